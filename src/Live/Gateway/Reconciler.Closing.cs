using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway;

/// <summary>The end of a reconciliation: balances are compared, and the desks told whether orders may be sent again.</summary>
internal sealed partial class Reconciler
{
    private string? Close(JsonElement account, long fillsBefore, long lossesBefore, ReconciliationTrigger trigger)
    {
        lock (gateway.Gate)
        {
            var time = account.TryGetProperty("updateTime", out _) ? AccountJson.Stamp(account, "updateTime") : 0;
            gateway.Balances.SetAll(AccountJson.Balances(account.TryGetProperty("balances", out var list) ? list : default, "asset", "free", "locked"), time);
            var assets = gateway.Desks.SelectMany(d => new[] { d.Instrument.BaseAsset, d.Instrument.QuoteAsset }).Concat(gateway.Balances.Held).ToList();

            // A fill between the question about balances and now is in one of the two only.
            var isWhole = gateway.Balances.Fills == fillsBefore && !sawUnknownTrade;
            var remembers = !hasBaseline && gateway.Balances.Expects;
            if (remembers && !isWhole)
            {
                return "orders filled while the balances were asked for";
            }

            if (!hasBaseline || isWhole)
            {
                foreach (var (asset, expected, actual) in gateway.Balances.Compare(assets, believe: !hasBaseline && !remembers))
                {
                    foreach (var desk in gateway.Desks.Where(d => asset == d.Instrument.BaseAsset || asset == d.Instrument.QuoteAsset))
                    {
                        desk.Found(ReconciliationFinding.Balance, 0, time, FormattableString.Invariant($"the account has {actual} {asset}; fills and transfers make it {expected}"));
                        desk.Alarm($"the account's {asset} is not what fills and transfers make it; no orders before it is reconciled again");
                        Request(ReconciliationTrigger.Doubt);
                    }
                }

                if (remembers && trigger == ReconciliationTrigger.Start && gateway.Balances.Suspects)
                {
                    // The venue's lists may lag: what is still so when it is asked again is told before anything is risked.
                    return "the account's balances are not what the run's journal makes them";
                }

                hasBaseline = true;
            }

            foreach (var desk in gateway.Desks)
            {
                desk.Balance(gateway.Balances.Of(desk.Instrument), always: true);

                // What was reported while the connection was away again is lost: nothing is closed, and the next reconciliation is due already.
                desk.IsReconciled = desk.IsReconciled || (link.IsUp && gateway.Losses == lossesBefore);
                desk.IsAlarmed = desk.Alarms > 0;
                if (!desk.IsReconciled)
                {
                    continue;
                }

                desk.Emit(
                    new ReconciliationClosed { Reconciliation = gateway.Reconciliation, Findings = desk.Findings, OpenOrders = desk.Tracker.Resting, LastTradeId = desk.LastTradeId, VenueTime = clock.Now - link.Offset },
                    0,
                    0);
                desk.Settle();
            }

            gateway.ReconciledAt = clock.Now;
            gateway.UpdateUp("reconciled");
            return null;
        }
    }
}
