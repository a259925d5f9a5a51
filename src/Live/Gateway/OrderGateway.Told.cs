using System.Text.Json;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Gateway.Orders;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway;

/// <summary>What the account's event stream tells.</summary>
public sealed partial class OrderGateway
{
    private const string LockedElsewhere = "externalLockUpdate";

    private readonly HashSet<string> unknownEvents = new(StringComparer.Ordinal);

    private void Happened(JsonElement json)
    {
        switch (AccountJson.OptionalText(json, "e"))
        {
            case "executionReport":
                if (AccountJson.Report(json, symbol => desks.GetValueOrDefault(symbol)?.Instrument) is { } report)
                {
                    Reported(desks[report.Symbol], report);
                }

                break;
            case "outboundAccountPosition":
                Balances.Set(AccountJson.Balances(json.TryGetProperty("B", out var list) ? list : default, "a", "f", "l"), AccountJson.Stamp(json, "u"));
                foreach (var desk in desks.Values)
                {
                    desk.Balance(Balances.Of(desk.Instrument), always: false);
                }

                break;
            case "balanceUpdate":
                Balances.Transferred(AccountJson.Text(json, "a"), AccountJson.Amount(json, "d"));
                break;
            case "listStatus" or "eventStreamTerminated" or "serverShutdown":
                // Lists of orders are somebody else's; the others are the connection's.
                break;
            case { Length: > 0 } other when other == LockedElsewhere || unknownEvents.Add(other):
                // What it says of the account is not known here: it is asked for, while orders go on.
                RequestReconciliation(ReconciliationTrigger.Periodic);
                break;
        }
    }

    private void Reported(OrderDesk desk, in ExecutionReport report)
    {
        var tracker = desk.Tracker;
        if (report.Kind is ExecutionKind.Replaced or ExecutionKind.Trade or ExecutionKind.Cancelled && tracker.Find(report.Order.NewClientOrderId) is { } next)
        {
            tracker.Link(next, report.Order);
        }

        if (Find(desk, report.Order) is not { } order)
        {
            if (report.Trade is { } foreign)
            {
                UnknownTrade(desk, foreign);
            }
            else if (report.Kind == ExecutionKind.New && IsAnotherEngines(desk, report.Order))
            {
                AnotherEngine(desk, report.Order);
            }

            return;
        }

        if (report.Trade is { } trade)
        {
            tracker.Traded(order, trade);
        }
        else if (report.Kind != ExecutionKind.Replaced)
        {
            tracker.Stands(order, report.Order);
        }

        resolver.IfNeeded(desk, order);
    }
}
