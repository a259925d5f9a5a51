using System.Text.Json;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Simulation.Orders;
using EventSourcedMM.Tests.Stores.Parquet;

namespace EventSourcedMM.Tests.Simulation;

/// <summary>
/// The order side is held to the real protocol by clients that we did not write: public packages of npm sign, place, amend,
/// replace and cancel orders, read the account and the user data stream, and see their fills.
/// </summary>
[Trait("Category", "Slow")]
public sealed class PublicClientOrdersTests
{
    private static readonly NodeTool Clients = new("binance-clients");

    [Theory]
    [InlineData("official-orders.mjs", true)]
    [InlineData("sieblyio-orders.mjs", true)]
    [InlineData("node-binance-api-orders.mjs", false)]
    public async Task Client_OrdersOfEveryKind_AreDoneAndReported(string script, bool listens)
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "max", change: o => o with { Paused = true, Queue = QueueModel.Optimistic });
        var rest = bench.Venue.HttpUri.GetLeftPart(UriPartial.Authority);
        var told = await Task.Run(() => Clients.Run(script, "", rest, bench.Venue.StreamUri.GetLeftPart(UriPartial.Authority) + "/ws-api/v3", "NEXOUSDT"));
        var report = JsonDocument.Parse(told.Trim().Split('\n')[^1]).RootElement;
        Assert.Equal(
            ("NEW", -2010, 15m, "SUCCESS", "CANCELED", "FILLED", "FILLED"),
            (Text(report, "placed"), report.GetProperty("refused").GetInt32(), OrderBench.Number(report.GetProperty("amended")), Text(report, "replaced"), Text(report, "cancelled"), Text(report, "taken"), Text(report, "resting")));
        var trades = report.GetProperty("trades").EnumerateArray().Select(t => (t.GetProperty("id").GetInt64(), OrderBench.Number(t.GetProperty("quantity")), t.GetProperty("maker").GetBoolean())).ToArray();
        Assert.Equal((9_000_000_001, 10m, false), trades[0]);
        Assert.Equal(20m, trades[1..].Sum(t => t.Item2));
        Assert.All(trades[1..], t => Assert.True(t.Item3));

        // What the client has read of its account is what the venue holds, to the last digit.
        var account = (await bench.ControlAsync("/sim/accounts")).GetProperty("accounts")[0].GetProperty("balances");
        Assert.Equal(Balances(account), Balances(report.GetProperty("balances")));
        Assert.Equal(1_029.97m, Balances(account)["NEXO"].Free);
        if (listens)
        {
            var reports = report.GetProperty("reports").EnumerateArray().Select(r => (Text(r, "kind"), r.GetProperty("trade").GetInt64())).ToArray();
            Assert.Equal(["NEW", "REPLACED", "CANCELED", "NEW", "NEW", "CANCELED", "NEW"], reports.Take(7).Select(r => r.Item1));
            Assert.Equal(trades.Select(t => t.Item1), reports.Where(r => r.Item1 == "TRADE").Select(r => r.Item2));
            Assert.Equal(6 + trades.Length - 1, report.GetProperty("positions").GetInt32());
        }
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static SortedDictionary<string, (decimal Free, decimal Locked)> Balances(JsonElement list) => new(list.EnumerateArray().ToDictionary(
        b => Text(b, "asset"), b => (OrderBench.Number(b.GetProperty("free")), OrderBench.Number(b.GetProperty("locked")))));
}
