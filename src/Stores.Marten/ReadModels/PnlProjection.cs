using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Stores.Market;
using EventSourcedMM.Stores.Marten.Events;
using JasperFx.Events;
using Marten.Events.Aggregation;

namespace EventSourcedMM.Stores.Marten.ReadModels;

/// <summary>
/// Folds a run's fills and marks into its PnL, through the engine's own ledger. Every mark states what the engine had: where the
/// fold comes to another figure, the projection stops there.
/// </summary>
public sealed class PnlProjection : SingleStreamProjection<RunPnl, string>
{
    /// <summary>The projection's name in Marten's progress table.</summary>
    public const string ProjectionName = "pnl";

    /// <summary>The projection.</summary>
    public PnlProjection()
    {
        Name = ProjectionName;
        IncludeType<RunStartedEvent>();
        IncludeType<OrderFilledEvent>();
        IncludeType<MarkedEvent>();
    }

    /// <inheritdoc/>
    public override RunPnl? Evolve(RunPnl? snapshot, string id, IEvent e)
    {
        var model = snapshot ?? new RunPnl { Id = id };
        switch (e.Data)
        {
            case RunStartedEvent { Payload: var started }:
                model.Run = started.Run;
                model.Symbol = started.Symbol;
                break;
            case OrderFilledEvent fill:
                var ledger = Ledger.From(model.Ledger);
                ledger.Apply(fill.Payload);
                model.Ledger = ledger.State;
                DayOf(model, fill.Header.ReceiveTime).Fills++;
                break;
            case MarkedEvent mark:
                Mark(model, mark.Header, mark.Payload);
                break;
            default:
                return snapshot;
        }

        model.Sequence = ((MartenEvent)e.Data).Header.Sequence;
        return model;
    }

    private static void Mark(RunPnl model, in EventHeader header, in Marked mark)
    {
        var ledger = Ledger.From(model.Ledger);
        if (ledger.Position != mark.Position || ledger.Cash != mark.Cash || ledger.Realised != mark.Realised || ledger.Fees != mark.Fees)
        {
            throw new InvariantBrokenException(
                $"{model.Id}, event {header.Sequence}: the mark states position {mark.Position}, cash {mark.Cash}, realised {mark.Realised}, fees {mark.Fees}; its fills give {ledger.Position}, {ledger.Cash}, {ledger.Realised}, {ledger.Fees}.");
        }

        if (mark.BestBid == 0 || mark.BestAsk == 0)
        {
            return;
        }

        model.MidTwice = mark.BestBid + mark.BestAsk;
        ledger.Verify(model.MidTwice);
        model.Unrealised = ledger.Unrealised(model.MidTwice);
        if (model.Unrealised != mark.Unrealised)
        {
            throw new InvariantBrokenException($"{model.Id}, event {header.Sequence}: the mark states {mark.Unrealised} unrealised, its fills and its book give {model.Unrealised}.");
        }

        // The day before its total changes: a new day starts from what the one before ended with.
        var day = DayOf(model, header.ReceiveTime);
        model.Total = ledger.Realised + model.Unrealised - ledger.Fees;
        day.Pnl = model.Total - day.Start;
        model.MaxDrawdown = Int128.Max(model.MaxDrawdown, mark.Drawdown);
    }

    private static DayPnl DayOf(RunPnl model, long time)
    {
        var name = UtcDay.NameOf(time);
        if (model.Days.Count == 0 || model.Days[^1].Day != name)
        {
            model.Days.Add(new DayPnl { Day = name, Start = model.Total });
        }

        return model.Days[^1];
    }
}
