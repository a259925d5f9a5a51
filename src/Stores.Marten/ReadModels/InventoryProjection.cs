using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Stores.Marten.Events;
using JasperFx.Events;
using Marten.Events.Aggregation;

namespace EventSourcedMM.Stores.Marten.ReadModels;

/// <summary>Folds a run's fills into its inventory, through the engine's own ledger.</summary>
public sealed class InventoryProjection : SingleStreamProjection<RunInventory, string>
{
    /// <summary>The projection's name in Marten's progress table.</summary>
    public const string ProjectionName = "inventory";

    /// <summary>The projection.</summary>
    public InventoryProjection()
    {
        Name = ProjectionName;
        IncludeType<RunStartedEvent>();
        IncludeType<OrderFilledEvent>();
    }

    /// <inheritdoc/>
    public override RunInventory? Evolve(RunInventory? snapshot, string id, IEvent e)
    {
        var model = snapshot ?? new RunInventory { Id = id };
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
                model.Lowest = Math.Min(model.Lowest, ledger.Position);
                model.Highest = Math.Max(model.Highest, ledger.Position);
                model.LastFillTime = fill.Header.ReceiveTime;
                break;
            default:
                return snapshot;
        }

        model.Sequence = ((MartenEvent)e.Data).Header.Sequence;
        return model;
    }
}
