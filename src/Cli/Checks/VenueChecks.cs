using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Guard;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Instruments;

namespace EventSourcedMM.Cli.Checks;

/// <summary>Component venue: reach, clock, limits, and the filters of each symbol.</summary>
public static class VenueChecks
{
    private const int Times = 5;

    /// <summary>Runs them.</summary>
    public static async Task RunAsync(CheckContext context, CancellationToken ct)
    {
        context.Progress("venue: asking for time, limits and filters");
        var times = new List<VenueTime>();
        for (var i = 0; i < Times; i++)
        {
            times.Add(await context.AskAsync(() => context.Rest.TimeAsync(context.Clock, ct), ct));
        }

        // The quickest answer is the least uncertain.
        var best = times.MinBy(t => t.RoundTrip);
        var trips = times.Select(t => t.RoundTrip / 1e6).Order().ToArray();
        context.Report("venue", "round trip", trips[Times / 2] < 1_000 * context.Clock.Factor, $"median {trips[Times / 2]:0.0} ms, quickest {trips[0]:0.0} ms", "the way to the venue is slow: look at the network, or move nearer");

        // The venue accepts stamps up to a second ahead of its own, and by default five behind (rest-api.md, timing security).
        var limit = context.Clock.Patience(TimeSpan.FromSeconds(1)).TotalMilliseconds * (context.Clock.IsSimulated ? 5 : 1);
        context.Report("venue", "clock", Math.Abs(best.Offset / 1e6) < limit, $"ours minus the venue's: {best.Offset / 1e6:0.0} ms ± {best.RoundTrip / 2e6:0.0}", "set this machine's clock by NTP: the venue refuses orders stamped more than a second ahead");

        var info = await context.AskAsync(() => context.Rest.ExchangeInfoAsync(context.Symbols, ct), ct);
        context.Report("venue", "limits", context.Rest.Budget.Limit > 0 && context.Rest.Budget.Used * 5 < context.Rest.Budget.Limit * 4, $"weight {context.Rest.Budget.Used} of {context.Rest.Budget.Limit} used in this minute", "another program at this address uses the venue: the limit is per address");
        foreach (var symbol in context.Symbols)
        {
            var instrument = InstrumentJson.Read(info, symbol, "exchangeInfo", InstrumentSource.ExchangeInfo);
            var passed = instrument is { Tick: > 0, Lot: > 0 };
            context.Add(new CheckResult(
                "venue",
                $"filters of {symbol}",
                passed,
                instrument is null ? "not listed" : $"tick {FixedPoint.Format(instrument.Tick, instrument.PriceScale.Decimals)}, lot {FixedPoint.Format(instrument.Lot, instrument.QuantityScale.Decimals)}",
                "the symbol cannot be traded here as it is"));
        }

        await AccountAsync(context, ct);
    }

    // Signed: only where there are keys.
    private static async Task AccountAsync(CheckContext context, CancellationToken ct)
    {
        ApiKeys? keys;
        try
        {
            keys = ApiKeys.FromEnvironment(Environment.GetEnvironmentVariable);
        }
        catch (GatewayException e)
        {
            context.Report("venue", "keys", false, $"{e.Message}", "docs/live.md says how keys are given");
            return;
        }

        if (keys is null)
        {
            return;
        }

        if (!context.Endpoint.IsEncrypted)
        {
            context.Report("venue", "keys", false, $"they would travel to {context.Endpoint.Name} in clear text and were not sent", "write https:// and wss://");
            return;
        }

        context.Progress("venue: asking for the account");
        using var sweep = new AccountSweep(context.Endpoint, keys, context.Clock);
        try
        {
            var account = await sweep.CheckAsync(ct);
            context.Report("venue", "account", account.MayTrade, $"{account.Signing} keys accepted, {account.Assets} assets, maker commission {(account.MakerRate.Length > 0 ? account.MakerRate : "not told")}", "the key may not trade: allow spot trading for it at the venue");
            context.Report("venue", "order count", account.OrdersUsed < account.OrdersLimit, $"{account.OrdersUsed} of {account.OrdersLimit} unfilled orders in the shortest window", "another program of the account places orders");
            context.Report("venue", "account stream", true, $"subscribed after {(await sweep.ProbeAsync(ct)).TotalMilliseconds:0.0} ms", "");
        }
        catch (Exception e) when (e is GatewayException or VenueRefusedException or VenueOutOfReachException)
        {
            context.Report("venue", "account", false, $"{e.Message}", "make keys for this endpoint at the venue, and give them as docs/live.md says");
        }
    }
}
