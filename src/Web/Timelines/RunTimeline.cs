using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Web.Timelines;

/// <summary>
/// What the viewer keeps of one run: where each event stands, its quotes, holdings, fills, decisions and stops as columns,
/// and where the run stood at intervals. Made by one pass over the log; goes on where a run in progress grows.
/// </summary>
internal sealed class RunTimeline : IEventHandler, IDisposable
{
    private const int KeyframeSpacing = 1_024;

    private readonly Lock gate = new();
    private readonly LevelArena arena = new();
    private readonly RunFold fold = new();
    private readonly List<RunFold> keyframes = [];
    private UpcastSource? source;

    /// <summary>A timeline that has read nothing.</summary>
    public RunTimeline(StoredRun run, StreamInfo info)
    {
        Run = run;
        Events = info.Version;
        Sealed = info.Sealed;
    }

    /// <summary>The run.</summary>
    public StoredRun Run { get; }

    /// <summary>Its events; event n is at n − 1.</summary>
    public Column<RunPoint> Points { get; } = new();

    /// <summary>Our best resting prices where they changed.</summary>
    public Column<QuotePoint> Quotes { get; } = new();

    /// <summary>Holdings where they changed.</summary>
    public Column<HoldingPoint> Holdings { get; } = new();

    /// <summary>The log's marks.</summary>
    public Column<MarkSample> Marks { get; } = new();

    /// <summary>Decisions.</summary>
    public Column<DecisionPoint> Decisions { get; } = new();

    /// <summary>Fills.</summary>
    public Column<FillPoint> Fills { get; } = new();

    /// <summary>Stops, halts and what ends them.</summary>
    public Column<StopPoint> Stops { get; } = new();

    /// <summary>Events in the log, as far as is known.</summary>
    public long Events { get; private set; }

    /// <summary>Last event read.</summary>
    public long Indexed => Points.Count;

    /// <summary>True when nothing can be added.</summary>
    public bool Sealed { get; private set; }

    /// <summary>True when everything that can be read has been.</summary>
    public bool Complete => Damage is not null || (Sealed && Indexed >= Events);

    /// <summary>Why reading stopped; null while it did not.</summary>
    public string? Damage { get; private set; }

    /// <summary>How the run ended; null while it did not.</summary>
    public string? Ended => fold.Ended;

    /// <summary>The halt in force at the end of what was read; null when none is.</summary>
    public Halted? Halt => fold.Halt?.Halted;

    /// <summary>Largest fall of equity from its peak at any mark, in money.</summary>
    public Int128 MaxDrawdown { get; private set; }

    /// <summary>Number of the last input stream that an event was caused by.</summary>
    public int LastStream => Math.Max(1, fold.Root.Stream);

    /// <summary>Guards the columns while the run grows.</summary>
    public Lock Gate => gate;

    /// <summary>Reads on.</summary>
    /// <returns>False when there was nothing more to read now.</returns>
    public bool Advance(int most)
    {
        lock (gate)
        {
            if (Damage is not null)
            {
                return false;
            }

            var read = 0;
            try
            {
                source ??= new UpcastSource(Run.Store.OpenToLook(Run.Name));
                var self = this;
                while (read < most && source.Read(out var header, out var payload))
                {
                    arena.Clear();
                    EventCatalog.Decode(header, payload, arena, ref self);
                    read++;
                }
            }
            catch (Exception e) when (MarketIndex.IsDamage(e))
            {
                Damage = e.Message;
            }

            Events = Math.Max(Events, Indexed);
            return read > 0;
        }
    }

    /// <summary>Asks the store whether the run was sealed or grew.</summary>
    public void Refresh()
    {
        if (!Sealed && Run.Store.FindAsync(Run.Name).AsTask().GetAwaiter().GetResult() is { } info)
        {
            lock (gate)
            {
                Events = Math.Max(Events, info.Version);
                Sealed = info.Sealed;
            }
        }
    }

    /// <summary>Where the run stood after an event; from nothing for 0.</summary>
    public RunFold After(long sequence)
    {
        RunFold at;
        lock (gate)
        {
            var index = keyframes.FindLastIndex(k => k.Sequence <= sequence);
            at = index < 0 ? new RunFold() : keyframes[index].Copy();
        }

        if (at.Sequence < sequence)
        {
            var levels = new LevelArena();
            using var events = new UpcastSource(Run.Store.OpenToLook(Run.Name, at.Sequence + 1));
            while (at.Sequence < sequence && events.Read(out var header, out var payload))
            {
                levels.Clear();
                EventCatalog.Decode(header, payload, levels, ref at);
            }
        }

        return at;
    }

    /// <summary>The last event whose turn is not after a market event's; 0 when all are.</summary>
    public long LastOf(Cause market)
    {
        lock (gate)
        {
            var (low, high) = (0, Points.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                var root = Points[middle].Root;
                var after = root.Stream > market.Stream || (root.Stream == market.Stream && root.Sequence > market.Sequence);
                (low, high) = after ? (low, middle) : (middle + 1, high);
            }

            return low;
        }
    }

    /// <summary>The last event with an engine time up to a moment; 0 when all lie after it.</summary>
    public long LastAt(long time)
    {
        lock (gate)
        {
            return Points.LastAtOrBefore(time, p => p.Time) + 1;
        }
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        fold.On(header, payload);
        Points.Add(new RunPoint(header.Type, header.ReceiveTime, fold.Root));
        if (header.Sequence % KeyframeSpacing == 0)
        {
            keyframes.Add(fold.Copy());
        }

        switch (payload)
        {
            case OrderFilled fill:
                OnFill(header, fill);
                NoteQuotes(header);
                break;
            case OrderAccepted or OrderCancelled or OrderExpired:
                NoteQuotes(header);
                break;
            case QuoteDecided decided:
                Decisions.Add(new DecisionPoint(header.Sequence, header.ReceiveTime, Math.Sqrt(decided.Variance), decided.ReservationPrice));
                break;
            case Marked mark:
                var equity = mark.Realised + mark.Unrealised - mark.Fees;
                Marks.Add(new MarkSample(header.ReceiveTime, mark.BestBid > 0 && mark.BestAsk > 0 ? mark.BestBid + mark.BestAsk : 0, equity, mark.Drawdown));
                MaxDrawdown = Int128.Max(MaxDrawdown, mark.Drawdown);
                break;
            case QuotingStopped stopped:
                Stops.Add(new StopPoint(header.Sequence, header.ReceiveTime, header.Type, Name(stopped.Reason)));
                break;
            case Halted halted:
                Stops.Add(new StopPoint(header.Sequence, header.ReceiveTime, header.Type, Name(halted.Reason)));
                break;
            case Resumed or KillSwitchPulled:
                Stops.Add(new StopPoint(header.Sequence, header.ReceiveTime, header.Type, ""));
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            source?.Dispose();
            source = null;
            Damage ??= "closed";
        }
    }

    private void OnFill(in EventHeader header, in OrderFilled fill)
    {
        var ledger = fold.Ledger;
        Fills.Add(new FillPoint(header.Sequence, header.ReceiveTime, fold.Root, fill, ledger.Position));
        Holdings.Add(new HoldingPoint(header.Sequence, header.ReceiveTime, ledger.Cash - ledger.FeesElsewhere, ledger.Position));
    }

    private void NoteQuotes(in EventHeader header)
    {
        var (bid, ask) = (fold.Best(Side.Bid), fold.Best(Side.Ask));
        if (Quotes.Count == 0 || Quotes[Quotes.Count - 1] is var last && (last.Bid != bid || last.Ask != ask))
        {
            Quotes.Add(new QuotePoint(header.Sequence, header.ReceiveTime, bid, ask));
        }
    }

    private static string Name<TEnum>(TEnum value)
        where TEnum : unmanaged, Enum => CodeNames<TEnum>.Name(Convert.ToInt32(value, CultureInfo.InvariantCulture));
}
