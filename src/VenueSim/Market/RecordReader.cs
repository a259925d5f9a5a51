using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>The events of a recording's days up to the end of the window, one after the other, with room to look ahead.</summary>
internal sealed class RecordReader(SymbolRecording recording) : IDisposable
{
    // Arrays kept for the next records; a long look ahead gives the others back to the collector.
    private const int MostSpare = 1_024;

    private readonly Queue<Record> ahead = new();
    private readonly Stack<byte[]> spare = new();
    private IEventSource? source;
    private int day;
    private bool ended;

    /// <summary>An event that was read, with its payload's bytes.</summary>
    public readonly record struct Record(EventHeader Header, byte[] Bytes, int Length)
    {
        /// <summary>Canonical payload bytes; valid until the record is released.</summary>
        public ReadOnlySpan<byte> Payload => Bytes.AsSpan(0, Length);
    }

    /// <summary>The next event without taking it; false at the end of the window.</summary>
    public bool TryPeek(out Record record) => ahead.TryPeek(out record) || (Load() && ahead.TryPeek(out record));

    /// <summary>Takes the next event; hand it to <see cref="Release"/> when done. There must be one.</summary>
    public Record Take() => TryPeek(out _) ? ahead.Dequeue() : throw new InvalidOperationException("The window has ended.");

    /// <summary>Gives a record's bytes back to be used again.</summary>
    public void Release(in Record record)
    {
        if (spare.Count < MostSpare)
        {
            spare.Push(record.Bytes);
        }
    }

    /// <summary>The first event not yet taken that is of a type, looking no further than a receive stamp.</summary>
    public bool TryFind(EventType type, long until, out Record found)
    {
        foreach (var record in ahead)
        {
            if (record.Header.Type == type)
            {
                found = record;
                return true;
            }

            if (record.Header.ReceiveTime > until)
            {
                found = default;
                return false;
            }
        }

        while (LoadOne() is { } record)
        {
            if (record.Header.Type == type)
            {
                found = record;
                return true;
            }

            if (record.Header.ReceiveTime > until)
            {
                break;
            }
        }

        found = default;
        return false;
    }

    /// <summary>True when one of the next events, at most <paramref name="most"/>, is of a type.</summary>
    public bool Holds(EventType type, int most)
    {
        foreach (var record in ahead)
        {
            if (record.Header.Type == type)
            {
                return true;
            }
        }

        while (ahead.Count < most && LoadOne() is { } record)
        {
            if (record.Header.Type == type)
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => source?.Dispose();

    private bool Load() => LoadOne() is not null;

    private Record? LoadOne()
    {
        while (!ended)
        {
            source ??= recording.Days[day]();
            if (source.Read(out var header, out var payload))
            {
                if (header.ReceiveTime >= recording.To)
                {
                    ended = true;
                    break;
                }

                var bytes = spare.TryPop(out var used) && used.Length >= payload.Length ? used : new byte[Math.Max(256, payload.Length * 2)];
                payload.CopyTo(bytes);
                var record = new Record(header, bytes, payload.Length);
                ahead.Enqueue(record);
                return record;
            }

            source.Dispose();
            source = null;
            day++;
            ended = day == recording.Days.Count;
        }

        return null;
    }
}
