using System.Text.Json;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway;

/// <summary>Whether the account is this run's alone, and in order.</summary>
public sealed partial class OrderGateway
{
    /// <inheritdoc/>
    public GatewayStatus Status
    {
        get
        {
            lock (Gate)
            {
                var down = desks.Values.FirstOrDefault(d => !d.IsUp);
                return new GatewayStatus(down is null, down is null ? "" : $"{down.Instrument.Symbol}: {Keys.Redact(down.Why)}", ReconciledAt, desks.Values.Sum(d => d.AllFindings));
            }
        }
    }

    /// <summary>When a reconciliation last closed; 0 for never.</summary>
    internal long ReconciledAt { get; set; }

    /// <summary>By the venue's clock: an order of another run that was placed after this is a living engine's, and no dead one's.</summary>
    internal long OthersAreOverBy { get; private set; } = long.MaxValue;

    /// <summary>True for an order of this program that another run placed after this one began: two engines trade one account and symbol.</summary>
    internal bool IsAnotherEngines(OrderDesk desk, in OrderFacts order) =>
        order.PlacedAt > OthersAreOverBy && ClientOrderId.TryRead(order.ClientOrderId, out var id) && id.Tag != desk.Tag;

    /// <summary>Ends the run of a desk whose symbol another engine trades, too.</summary>
    internal static void AnotherEngine(OrderDesk desk, in OrderFacts order) => desk.Fail(new GatewayException(
        $"{desk.Instrument.Symbol}: another engine of this program trades this account and symbol: its order {order.ClientOrderId} ({order.VenueOrderId}) was placed after this run began. The two would cancel each other's quotes and hold twice what the limits allow, so this run ends. Find the other one (another store, host or container) and end it before you start again."));

    /// <summary>Takes what the journals say of the account as what is expected, and this moment as the start, before the venue is asked.</summary>
    internal void Remember()
    {
        lock (Gate)
        {
            Balances.Expect([.. desks.Values.Select(d => d.Start)]);
            OthersAreOverBy = clock.Now - link.Offset + (options.OtherRunGrace.Ticks * 100);
        }
    }

    /// <summary>
    /// A trade of an order that is not followed here. Of one that the journal has as over nothing brings the two together; any other is somebody
    /// else's, and reported once.
    /// </summary>
    internal void UnknownTrade(OrderDesk desk, in TradeFacts trade)
    {
        if (desk.IsSettled(trade))
        {
            return;
        }

        var what = $"trade {trade.TradeId} of {desk.Instrument.FormatQuantity(trade.Quantity)} at {desk.Instrument.FormatPrice(trade.Price)}";
        if (desk.HasOfJournal(trade.VenueOrderId))
        {
            desk.Fail(new GatewayException($"{desk.Instrument.Symbol}: {what} is of the venue's order {trade.VenueOrderId}, which is over for the run's journal. Venue and engine cannot be brought together; everything is to be cancelled and the account looked at."));
            return;
        }

        desk.ReportedForeign.Add(trade.TradeId);
        desk.Found(ReconciliationFinding.ForeignTrade, 0, trade.Time, $"{what} is by an order that is none of this run's", trade.VenueOrderId);
        desk.Alarm("somebody else traded with this account; no orders before it is reconciled");
        RequestReconciliation(ReconciliationTrigger.Doubt);
    }

    /// <summary>Learns again whether and by which rules the symbols trade; where that cannot be had, the next time tells.</summary>
    internal async Task RefreshRulesAsync(CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(options.TimeOut, Clock.Timers);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            limits.Refresh(await publicRest.ExchangeInfoAsync([.. desks.Keys], either.Token).ConfigureAwait(false), desks);
            await limits.LearnAssetsAsync(desks, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The request weight is used up, or the venue is slow: what waits behind this must not wait longer.
            return;
        }
        catch (Exception e) when (e is VenueOutOfReachException or VenueRefusedException or MalformedMessageException or JsonException or Instruments.InstrumentException)
        {
            // The rules that are known go on: what breaks them the venue refuses, and says so.
            return;
        }

        lock (Gate)
        {
            UpdateUp("the venue trades the symbol");
        }
    }
}
