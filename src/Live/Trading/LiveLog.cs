using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// The events of a live run of one symbol on their way into the journal. A run that goes on after its process was killed is
/// first executed again from what was recorded: as long as stored events are left, each must be the one that is stored, byte
/// for byte; from there on they are appended. Never written before the market events that they follow from.
/// </summary>
internal sealed class LiveLog : IRunLog, IDisposable
{
    private const int MostWaiting = 4_096;

    private readonly JournalStore store;
    private readonly EventBatch batch = new(256 * 1024);
    private readonly ByteBuffer executed = new(4096);
    private readonly ByteBuffer expected = new(4096);
    private readonly List<LiveHalt> halts = [];
    private readonly Lock gate = new();
    private JournalWriter? writer;
    private UpcastSource? stored;
    private long sequence;
    private long found;
    private bool isClosed;

    public LiveLog(JournalStore store, StreamName stream)
    {
        this.store = store;
        Stream = stream;
    }

    public StreamName Stream { get; }

    /// <summary>Events of the run so far.</summary>
    public long Events => sequence;

    /// <summary>Last sequence that is on disk.</summary>
    public long Durable => writer?.DurableVersion ?? 0;

    /// <summary>Hands the market events recorded so far to the operating system.</summary>
    public Action WriteMarket { private get; set; } = () => { };

    /// <summary>Base held now, relative to the start; noted with a halt.</summary>
    public Func<long> Position { get; init; } = () => 0;

    /// <summary>The limits that stopped quoting, in order.</summary>
    public IReadOnlyList<LiveHalt> Halts => halts;

    /// <summary>True once it could not be written to: nothing more of the run can be stored by this process.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>True when everything that was stored has been executed again.</summary>
    public bool IsExhausted => sequence >= found;

    /// <summary>True while what is executed is compared with what is stored.</summary>
    public bool IsComparing => stored is not null;

    /// <summary>Becomes the stream's writer and finds what it holds.</summary>
    /// <param name="after">Last event that is not executed again; 0 to execute all.</param>
    /// <param name="before">The halts that the stream holds; those up to that event are not met again.</param>
    /// <exception cref="StreamLockedException">Another process runs this run.</exception>
    public void Open(long after = 0, IEnumerable<StoredHalt>? before = null)
    {
        writer = store.OpenWriter(Stream, Durability.OnClose);
        sequence = after;
        halts.AddRange((before ?? []).Where(h => h.Sequence <= after).Select(h => h.ResumedAt > after ? h.Halt with { Resumed = null } : h.Halt));
        if (writer.Version > after)
        {
            found = writer.Version;
            stored = new UpcastSource(store.OpenSource(Stream, after + 1));
        }
    }

    /// <inheritdoc/>
    public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
    {
        sequence++;
        Note(type, time, payload);
        var header = new EventHeader(sequence, type, version, 0, time, cause);
        if (stored is not null)
        {
            if (Compare(header, payload))
            {
                return sequence;
            }

            stored.Dispose();
            stored = null;
        }

        batch.Add(header, payload);
        if (batch.Count >= MostWaiting)
        {
            WriteOut();
        }

        return sequence;
    }

    /// <summary>Nothing is left to execute: stored events that did not come again follow from something that is not stored.</summary>
    public void EndComparison()
    {
        if (stored is null)
        {
            return;
        }

        if (stored.Read(out var header, out _))
        {
            throw new LiveRunException($"Event {header.Sequence} of {Stream} follows from market data that is not stored: the machine may have lost power. The run cannot go on; --new starts another one.");
        }

        stored.Dispose();
        stored = null;
    }

    /// <summary>Hands the market events recorded so far to the operating system, then everything of the run.</summary>
    public void WriteOut()
    {
        try
        {
            WriteMarket();
        }
        catch
        {
            // What follows from market events that are not stored must not be either.
            HasFailed = true;
            throw;
        }

        Commit();
    }

    /// <summary>Hands everything to the operating system. The market events must be there.</summary>
    public void Commit()
    {
        if (batch.Count == 0 || isClosed || HasFailed)
        {
            return;
        }

        try
        {
            writer!.Append(batch);
            batch.Clear();
            writer.WriteOut();
        }
        catch
        {
            HasFailed = true;
            throw;
        }
    }

    /// <summary>Brings what was handed over to the disk.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (!isClosed)
            {
                writer?.Flush();
            }
        }
    }

    /// <summary>The run has ended: its stream is sealed.</summary>
    public void Seal(string engineVersion, IEnumerable<KeyValuePair<string, string>> notes)
    {
        Commit();
        lock (gate)
        {
            writer!.Seal(engineVersion, notes);
            isClosed = true;
            writer.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stored?.Dispose();
        lock (gate)
        {
            if (!isClosed)
            {
                isClosed = true;
                writer?.Dispose();
            }
        }
    }

    private void Note(EventType type, long time, ReadOnlySpan<byte> payload)
    {
        if (type == EventType.Halted)
        {
            var halted = PayloadBytes.Read<Halted>(payload, new LevelArena());
            halts.Add(new LiveHalt(time, halted.Reason, halted.Observed, halted.Limit, Position(), null));
        }
        else if (type == EventType.Resumed && halts.Count > 0)
        {
            halts[^1] = halts[^1] with { Resumed = time };
        }
    }

    private bool Compare(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        if (!stored!.Read(out var storedHeader, out var storedPayload))
        {
            return false;
        }

        executed.Clear();
        EventRecord.Write(executed, header, payload);
        expected.Clear();
        EventRecord.Write(expected, storedHeader, storedPayload);
        return executed.Span.SequenceEqual(expected.Span)
            ? true
            : throw new LiveRunException($"Executed again, event {header.Sequence} of {Stream} is not the one that is stored ({header.Type}, stored {storedHeader.Type}): another version of the program, other settings, or a damaged store. The run cannot go on; --new starts another one.");
    }
}

/// <summary>A limit stopped quoting.</summary>
/// <param name="Time">Engine time in nanoseconds since the epoch.</param>
/// <param name="Reason">Which limit.</param>
/// <param name="Observed">What was seen, in money.</param>
/// <param name="Limit">What is allowed, in money.</param>
/// <param name="Position">Base held then, relative to the start.</param>
/// <param name="Resumed">When quoting was allowed again; null when it was not.</param>
public sealed record LiveHalt(long Time, Domain.Risk.HaltReason Reason, Int128 Observed, Int128 Limit, long Position, long? Resumed);
