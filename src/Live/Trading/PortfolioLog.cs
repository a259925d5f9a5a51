using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Portfolio;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Live.Trading;

/// <summary>The stream of a run's portfolio and the engine that folds it: what is stepped is written with what follows from it.</summary>
internal sealed class PortfolioLog : IDisposable
{
    private readonly JournalWriter writer;
    private readonly EventBatch batch = new();
    private readonly Outbox outbox = new();
    private readonly ByteBuffer payloadBytes = new();
    private long sequence;
    private bool isClosed;

    /// <summary>Becomes the stream's writer; what it holds is folded, and must follow from itself.</summary>
    /// <exception cref="LiveRunException">It does not.</exception>
    public PortfolioLog(JournalStore store, StreamName stream)
    {
        Stream = stream;
        writer = store.OpenWriter(stream, Durability.OnClose);
        try
        {
            if (writer.Version > 0)
            {
                Continue(store);
            }
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    public StreamName Stream { get; }

    public PortfolioState State { get; } = new();

    /// <summary>Events written.</summary>
    public long Events => sequence;

    /// <summary>Steps a fact and writes it with its verdicts, which are handed to the operating system.</summary>
    /// <param name="time">When, in nanoseconds since the epoch.</param>
    /// <param name="fact">What is told.</param>
    /// <param name="onDisk">True to bring it to the disk.</param>
    /// <returns>The verdicts, in their order.</returns>
    public IReadOnlyList<PortfolioVerdict> Tell<T>(long time, in T fact, bool onDisk)
        where T : struct, IPayload<T>
    {
        time = Math.Max(time, State.Now);
        var header = new EventHeader(++sequence, T.Type, T.Version, 0, time, Cause.None);
        payloadBytes.Clear();
        EventRecord.WritePayload(payloadBytes, fact);
        batch.Add(header, payloadBytes.Span);
        PortfolioEngine.Step(State, header, fact, outbox);
        var verdicts = new List<PortfolioVerdict>();
        for (var i = 0; i < outbox.Count; i++)
        {
            verdicts.Add(Stores.Schemas.PayloadBytes.Read<PortfolioVerdict>(outbox.Payload(i), new LevelArena()));
        }

        Drain();
        Write(onDisk);
        return verdicts;
    }

    /// <summary>Ends it, and seals the stream.</summary>
    public void End(string reason, string engineVersion)
    {
        PortfolioEngine.End(State, new Cause(0, sequence), reason, outbox);
        Drain();
        Write(onDisk: false);
        isClosed = true;
        writer.Seal(engineVersion, PortfolioRuns.Notes(State));
        writer.Dispose();
    }

    /// <summary>Brings what was handed over to the disk.</summary>
    public void Flush()
    {
        if (!isClosed)
        {
            writer.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!isClosed)
        {
            isClosed = true;
            writer.Dispose();
        }
    }

    private void Drain()
    {
        for (var i = 0; i < outbox.Count; i++)
        {
            ref readonly var entry = ref outbox[i];
            batch.Add(new EventHeader(++sequence, entry.Type, entry.Version, 0, entry.Time, entry.Cause), outbox.Payload(i));
        }

        outbox.Clear();
    }

    private void Write(bool onDisk)
    {
        writer.Append(batch);
        batch.Clear();
        writer.WriteOut();
        if (onDisk)
        {
            writer.Flush();
        }
    }

    // What a dead process had stepped is stepped again; verdicts that it had no time to write are written.
    private void Continue(JournalStore store)
    {
        var folder = new Folder(State, outbox);
        var arena = new LevelArena();
        var given = 0L;
        using (var source = new UpcastSource(store.OpenSource(Stream)))
        {
            while (source.Read(out var header, out var payload))
            {
                sequence = header.Sequence;
                if (header.Type == EventType.PortfolioVerdict)
                {
                    given++;
                    continue;
                }

                if (header.Type == EventType.PortfolioEnded)
                {
                    throw new LiveRunException($"{Stream} has ended, and its symbols have not: --new starts another run.");
                }

                if (given < State.Verdicts)
                {
                    throw new LiveRunException($"{Stream} lacks verdict {given + 1} before event {header.Sequence}: it is damaged, or was made by another version of the program. --new starts another run.");
                }

                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref folder);
            }
        }

        if (given > State.Verdicts)
        {
            throw new LiveRunException($"{Stream} has {given} verdicts; executed again {State.Verdicts} are given. The run cannot go on; --new starts another one.");
        }

        // The verdicts of the last fact that are there already are not written twice.
        var missing = (int)(State.Verdicts - given);
        for (var i = folder.Last - missing; i < folder.Last; i++)
        {
            ref readonly var entry = ref outbox[i];
            batch.Add(new EventHeader(++sequence, entry.Type, entry.Version, 0, entry.Time, entry.Cause), outbox.Payload(i));
        }

        outbox.Clear();
        if (batch.Count > 0)
        {
            Write(onDisk: false);
        }
    }

    // Keeps what the last event led to.
    private struct Folder(PortfolioState state, Outbox outbox) : IEventHandler
    {
        public int Last { get; private set; }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            outbox.Clear();
            PortfolioEngine.Step(state, header, payload, outbox);
            Last = outbox.Count;
        }
    }
}
