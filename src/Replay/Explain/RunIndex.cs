using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Explain;

/// <summary>How a run quoted from one event on.</summary>
/// <param name="Sequence">The decision or stop it begins with.</param>
/// <param name="Time">Engine time of it in nanoseconds since the epoch.</param>
/// <param name="Until">Engine time at which the next began, or the run ended.</param>
/// <param name="Stop">Why nothing was quoted; None when a decision quoted.</param>
/// <param name="Bid">Why the bid side was as it was.</param>
/// <param name="Ask">Why the ask side was as it was.</param>
/// <param name="HasBid">True when a bid was wanted.</param>
/// <param name="HasAsk">True when an ask was wanted.</param>
/// <param name="Inventory">q as the decision saw it, in quantity units; 0 for a stop.</param>
public sealed record QuotingStretch(long Sequence, long Time, long Until, StopReason Stop, SideReason Bid, SideReason Ask, bool HasBid, bool HasAsk, long Inventory)
{
    /// <summary>Why the portfolio forbade it, where it did.</summary>
    public PortfolioReason Portfolio { get; init; }

    /// <summary>True when both sides were wanted.</summary>
    public bool QuotesBoth => HasBid && HasAsk;

    /// <summary>True when the two differ in nothing but time, prices and inventory.</summary>
    public bool SameKind(QuotingStretch other) =>
        (Stop, Portfolio, HasBid, HasAsk) == (other.Stop, other.Portfolio, other.HasBid, other.HasAsk) && (HasBid || Bid == other.Bid) && (HasAsk || Ask == other.Ask);
}

/// <summary>A run's fills, and its decisions and stops as stretches.</summary>
internal sealed class RunIndex : IEventHandler
{
    private readonly List<QuotingStretch> stretches = [];

    /// <summary>Sequences of the fills by trade id.</summary>
    public Dictionary<long, long> Fills { get; } = [];

    /// <summary>Decisions and stops in order; a decision of the same kind as the one before does not begin a stretch of its own.</summary>
    public IReadOnlyList<QuotingStretch> Stretches => stretches;

    /// <summary>The run's last event; its time is how far the run is known.</summary>
    public EventHeader Last { get; private set; }

    /// <summary>Reads a run.</summary>
    public static RunIndex Read(StoredRun run)
    {
        var index = new RunIndex();
        var arena = new LevelArena();
        using var source = new UpcastSource(run.Store.OpenSource(run.Name));
        while (source.Read(out var header, out var payload))
        {
            index.Last = header;
            if (header.Type is EventType.OrderFilled or EventType.QuoteDecided or EventType.QuotingStopped)
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref index);
            }
        }

        index.CloseAt(index.Last.ReceiveTime);
        return index;
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        switch (payload)
        {
            case OrderFilled fill:
                Fills[fill.TradeId] = header.Sequence;
                break;
            case QuoteDecided d:
                Add(new QuotingStretch(header.Sequence, header.ReceiveTime, 0, StopReason.None, d.BidReason, d.AskReason, d.Bids.Count > 0, d.Asks.Count > 0, d.Inventory));
                break;
            case QuotingStopped s:
                Add(new QuotingStretch(header.Sequence, header.ReceiveTime, 0, s.Reason, SideReason.Quoted, SideReason.Quoted, false, false, 0) { Portfolio = s.Reason == StopReason.Portfolio ? (PortfolioReason)s.Observed : PortfolioReason.None });
                break;
            default:
                break;
        }
    }

    private void Add(QuotingStretch next)
    {
        CloseAt(next.Time);
        stretches.Add(next);
    }

    private void CloseAt(long time)
    {
        if (stretches.Count > 0)
        {
            stretches[^1] = stretches[^1] with { Until = time };
        }
    }
}
