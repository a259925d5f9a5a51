using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores.Archive;

/// <summary>The events of blocks as canonical records.</summary>
internal sealed class BlockRecords : IEventHandler
{
    private readonly List<byte[]> records = [];
    private readonly ByteBuffer record = new();

    /// <summary>Reads a source to its end.</summary>
    public static List<byte[]> Of(IBlockSource source)
    {
        var self = new BlockRecords();
        var block = new EventBlock();
        var arena = new LevelArena();
        using (source)
        {
            while (source.Read(block))
            {
                Assert.InRange(block.Count, 1, EventBlock.Events);
                block.Play(ref self, arena);
            }
        }

        return self.records;
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        record.Clear();
        EventRecord.Write(record, header, payload);
        records.Add(record.Span.ToArray());
    }
}
