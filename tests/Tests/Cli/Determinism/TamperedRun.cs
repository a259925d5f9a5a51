using System.Text.Json.Nodes;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Cli.Determinism;

/// <summary>A run that the program stored, and copies of it in which somebody changed something and sealed it again with
/// right checksums and hashes: only executing it again can tell.</summary>
public sealed class TamperedRun : IDisposable
{
    private readonly TempFolder folder = new();

    /// <summary>Makes the run.</summary>
    public TamperedRun()
    {
        var said = MmProcess.Run(Mode.Usual, "backtest", "--symbol", "NEXOUSDT", "--from", "2024-07-24T02:20Z", "--to", "2024-07-24T02:40Z", "--min-half-spread", "0.001", "--store", folder, "--json").Done();
        Run = (string)JsonNode.Parse(said)!["run"]!;
        Stream = StreamName.Run(Run, "NEXOUSDT");
        using var source = new JournalStore(folder, TimeProvider.System).OpenSource(Stream);
        while (source.Read(out var header, out var payload))
        {
            Events.Add((header, payload.ToArray()));
        }
    }

    /// <summary>Its name.</summary>
    public string Run { get; }

    /// <summary>Its stream.</summary>
    public StreamName Stream { get; }

    /// <summary>Its events.</summary>
    public List<(EventHeader Header, byte[] Payload)> Events { get; } = [];

    /// <summary>Index of the nth event of a type, from 0, counted from the first after the middle of the run.</summary>
    public int Find(EventType type) => Events.FindIndex(Events.Count / 2, e => e.Header.Type == type);

    /// <summary>An event with one field changed.</summary>
    public static (EventHeader Header, byte[] Payload) Change<T>((EventHeader Header, byte[] Payload) stored, Func<T, T> change)
        where T : struct, IPayload<T>
    {
        var reader = new CanonicalReader(stored.Payload, new LevelArena());
        var payload = default(T);
        T.Describe(ref reader, ref payload);
        var buffer = new ByteBuffer();
        EventRecord.WritePayload(buffer, change(payload));
        Assert.NotEqual(stored.Payload, buffer.Span.ToArray());
        return (stored.Header, buffer.Span.ToArray());
    }

    /// <summary>Stores events as this run in an empty store.</summary>
    public void Forge(string store, IEnumerable<(EventHeader Header, byte[] Payload)> events)
    {
        var batch = new EventBatch();
        foreach (var (header, payload) in events)
        {
            batch.Add(header with { Sequence = batch.Count + 1 }, payload);
        }

        using var detached = new JournalStore(store, TimeProvider.System).CreateDetached(Stream);
        detached.Writer.Append(batch);
        detached.Writer.Seal("1", []);
        detached.Publish();
        Assert.True(JournalVerifier.Verify(store, Stream).IsClean);
    }

    /// <inheritdoc/>
    public void Dispose() => folder.Dispose();
}
