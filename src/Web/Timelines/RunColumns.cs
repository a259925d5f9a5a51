using System.Globalization;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Web.Timelines;

/// <summary>A run's log as columns: where each event stands, its quotes, holdings, marks, decisions, fills and stops.</summary>
/// <param name="capacity">Events to make room for.</param>
internal sealed class RunColumns(int capacity)
{
    /// <summary>Its events; event n is at n − 1.</summary>
    public Column<RunPoint> Points { get; } = new(capacity);

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

    /// <summary>Largest fall of equity from its peak at any mark, in money.</summary>
    public Int128 MaxDrawdown { get; set; }

    /// <summary>Takes the next event.</summary>
    /// <param name="header">Its envelope.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="fold">The run after it.</param>
    public void Add<T>(in EventHeader header, in T payload, RunFold fold)
        where T : struct, IPayload<T>
    {
        Points.Add(new RunPoint(header.Type, header.ReceiveTime, fold.Root));
        switch (payload)
        {
            case OrderFilled fill:
                Fills.Add(new FillPoint(header.Sequence, header.ReceiveTime, fold.Root, fill, fold.Ledger.Position));
                Holdings.Add(new HoldingPoint(header.Sequence, header.ReceiveTime, fold.Ledger.Cash - fold.Ledger.FeesElsewhere, fold.Ledger.Position));
                NoteQuotes(header, fold);
                break;
            case OrderAccepted or OrderCancelled or OrderExpired:
                NoteQuotes(header, fold);
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

    private void NoteQuotes(in EventHeader header, RunFold fold)
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
