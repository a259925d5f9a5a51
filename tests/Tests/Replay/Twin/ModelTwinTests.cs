using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Replay.Twin;

/// <summary>
/// A program in another language, written from docs/model.md alone by somebody who did not see the engine, reads the raw
/// recordings and must arrive at every fill and at the PnL to the last digit.
/// </summary>
public sealed class ModelTwinTests
{
    private const string Nexo = "gamma=0.0001 k=800 max_inventory=500 inventory_threshold=250 order_size=50";
    private const string Btc = "gamma=0.35 k=0.155 a=0.34 sigma_reference=7.9 max_inventory=0.1 inventory_threshold=0.05 order_size=0.01";

    [Theory]
    [InlineData("NEXOUSDT", Nexo, QueueModel.Fifo)]
    [InlineData("NEXOUSDT", Nexo, QueueModel.Optimistic)]
    [InlineData("NEXOUSDT", Nexo, QueueModel.Pessimistic)]
    [InlineData("BTCUSDT", Btc, QueueModel.Fifo)]
    [InlineData("BTCUSDT", Btc, QueueModel.Optimistic)]
    [InlineData("BTCUSDT", Btc, QueueModel.Pessimistic)]
    [InlineData("BTCUSDT", Btc + " levels=3 level_spacing=2 requote_ticks=50 min_quote_life_ms=700 max_notional=4000 min_half_spread=3 horizon_mode=stationary", QueueModel.Fifo)]
    [InlineData("NEXOUSDT", Nexo + " horizon_mode=session join_best=true max_distance=0.01 stop_loss=8 max_drawdown=30 stale_ms=60000 max_spread_ppm=3000 levels=2 max_orders_10s=9 price_collar_ppm=3500", QueueModel.Fifo)]
    public void Twin_WrittenFromThePage_ReproducesEveryFillAndThePnl(string symbol, string words, QueueModel queue)
    {
        var run = SampleRuns.Run(symbol, words, queue);
        using var twin = Execute(symbol, run, queue);
        var root = twin.RootElement;
        var theirs = root.GetProperty("fills").EnumerateArray().Select(Line).ToArray();
        var ours = run.Fills.Select(f => string.Create(CultureInfo.InvariantCulture,
            $"{f.Time} order {f.Fill.OrderId} {CodeNames<EventSourcedMM.Domain.Book.Side>.Name((int)f.Fill.Side)} {f.Fill.Price} x {f.Fill.Quantity} left {f.Fill.Remaining} {CodeNames<FillRule>.Name((int)f.Fill.Rule)} fee {f.Fill.Commission}")).ToArray();
        for (var i = 0; i < Math.Min(ours.Length, theirs.Length); i++)
        {
            Assert.True(ours[i] == theirs[i], $"fill {i} of {ours.Length}:\n ours   {ours[i]}\n theirs {theirs[i]}");
        }

        Assert.Equal(ours.Length, theirs.Length);
        var state = run.Result.State;
        var pnl = root.GetProperty("pnl");
        Assert.Equal(Text(state.Ledger.Realised), pnl.GetProperty("realised").GetString());
        Assert.Equal(Text(state.Ledger.Unrealised(state.Tracker.Book.MidTwice)), pnl.GetProperty("unrealised").GetString());
        Assert.Equal(Text(state.Ledger.Fees), pnl.GetProperty("fees").GetString());
        Assert.Equal(Text(state.Ledger.Equity(state.Tracker.Book.MidTwice)), pnl.GetProperty("total").GetString());
        Assert.Equal(state.Ledger.Position, root.GetProperty("position").GetInt64());
        Assert.Equal(Text(state.Risk.MaxDrawdown), root.GetProperty("maxDrawdown").GetString());
        Assert.Equal(state.Decisions, root.GetProperty("decisions").GetInt64());
        Assert.Equal(run.Result.Metrics.OrdersPlaced, root.GetProperty("orders").GetInt64());
        Assert.Equal(run.Result.Metrics.RoundTrips, root.GetProperty("roundTrips").GetInt64());
        Near(run.Result.Metrics.HitRate, root.GetProperty("hitRate"));
        Near(run.Result.Metrics.Pnl!.Sharpe, root.GetProperty("sharpe"));
        var inventory = root.GetProperty("inventory");
        Near(run.Result.Metrics.Inventory!.ShareBeyondThreshold, inventory.GetProperty("shareBeyondThreshold"));
    }

    /// <summary>A recording whose trades are aggregate trades: the same prints, the same fills, for engine and twin.</summary>
    [Fact]
    public void Twin_RecordingOfAggregateTradesAlone_HasTheFillsOfTheTrades()
    {
        using var folder = new Stores.TempFolder();
        var file = Path.Combine(folder, "aggregates.gz");
        using (var text = new StreamWriter(new System.IO.Compression.GZipStream(File.Create(file), System.IO.Compression.CompressionLevel.Fastest)))
        {
            foreach (var line in Live.Samples.Lines(Live.Samples.Btc))
            {
                text.WriteLine(Aggregated(line));
            }
        }

        var (directory, symbol) = EventSourcedMM.Live.Import.FileStore.Ensure(file, null, Path.Combine(folder, "files"));
        var stores = new EventSourcedMM.Replay.Days.StoreSet(new EventSourcedMM.Stores.Journal.JournalStore(directory, TimeProvider.System));
        var run = SampleRuns.Run(symbol, Btc, QueueModel.Fifo, stores: stores);
        Assert.Equal(EventSourcedMM.Projections.Venue.PrintSource.AggregateTrades, run.Result.Prints);
        var original = SampleRuns.Run("BTCUSDT", Btc, QueueModel.Fifo);
        Assert.True(run.Fills.Count > 100);
        Assert.Equal(original.Fills.Select(f => (f.Time, f.Fill.OrderId, f.Fill.Price, f.Fill.Quantity)), run.Fills.Select(f => (f.Time, f.Fill.OrderId, f.Fill.Price, f.Fill.Quantity)));

        // So do σ, A and k.
        var (trades, fit) = Calibrated(stores);
        Assert.Equal((19_904L, fit), (trades, Calibrated(SampleRuns.Stores).Fit));
        using var twin = Execute(symbol, run, QueueModel.Fifo, file);
        var theirs = twin.RootElement.GetProperty("fills").EnumerateArray().Select(f => (f.GetProperty("time").GetInt64(), f.GetProperty("orderId").GetInt64(), f.GetProperty("price").GetInt64(), f.GetProperty("quantity").GetInt64()));
        Assert.Equal(run.Fills.Select(f => (f.Time, f.Fill.OrderId, f.Fill.Price, f.Fill.Quantity)), theirs);
    }

    private static (long Trades, string Fit) Calibrated(EventSourcedMM.Replay.Days.StoreSet stores)
    {
        var days = new EventSourcedMM.Replay.Days.MarketDays(stores).Select("BTCUSDT", long.MinValue, long.MaxValue, null).Days;
        var result = EventSourcedMM.Replay.Calibration.Calibrator.Run([.. days.Select(d => d.ToInput())], long.MinValue, long.MaxValue, 0.1);
        return (result.Trades, result.Fit.ToString()!);
    }

    // {"e":"trade",…,"t":1,…} becomes {"e":"aggTrade",…,"a":1,"f":1,"l":1,…}; what else an aggregate has or lacks is left.
    private static string Aggregated(string line)
    {
        if (!line.Contains("@trade\"", StringComparison.Ordinal))
        {
            return line;
        }

        var message = System.Text.Json.Nodes.JsonNode.Parse(Live.Samples.MessageOf(line))!;
        var data = message["data"]!;
        message["stream"] = "btcusdt@aggTrade";
        message["data"] = new System.Text.Json.Nodes.JsonObject
        {
            ["e"] = "aggTrade",
            ["E"] = data["E"]!.DeepClone(),
            ["s"] = data["s"]!.DeepClone(),
            ["a"] = data["t"]!.DeepClone(),
            ["p"] = data["p"]!.DeepClone(),
            ["q"] = data["q"]!.DeepClone(),
            ["f"] = data["t"]!.DeepClone(),
            ["l"] = data["t"]!.DeepClone(),
            ["T"] = data["T"]!.DeepClone(),
            ["m"] = data["m"]!.DeepClone(),
            ["M"] = true,
        };
        return $"{line.Split(' ')[0]} {message.ToJsonString()}";
    }

    // Metrics are real numbers: their sums may be taken in another order.
    private static void Near(double? ours, JsonElement theirs)
    {
        if (ours is not { } value)
        {
            Assert.Equal(JsonValueKind.Null, theirs.ValueKind);
            return;
        }

        Assert.InRange(theirs.GetDouble(), value - (1e-7 * Math.Abs(value)) - 1e-12, value + (1e-7 * Math.Abs(value)) + 1e-12);
    }

    private static string Text(Int128 value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Line(JsonElement fill) => string.Create(CultureInfo.InvariantCulture,
        $"{fill.GetProperty("time").GetInt64()} order {fill.GetProperty("orderId").GetInt64()} {fill.GetProperty("side").GetString()} {fill.GetProperty("price").GetInt64()} x {fill.GetProperty("quantity").GetInt64()} left {fill.GetProperty("remaining").GetInt64()} {fill.GetProperty("rule").GetString()} fee {fill.GetProperty("commission").GetInt64()}");

    private static JsonDocument Execute(string symbol, SampleRun run, QueueModel queue, string? file = null)
    {
        var root = Path.GetFullPath(Path.Combine(Live.Samples.Root, "..", ".."));
        var nexo = symbol == "NEXOUSDT";
        var started = run.Result.Started;
        var instrument = run.Result.State.Instrument!;
        var input = JsonSerializer.Serialize(new
        {
            files = file is not null ? [file] : nexo
                ? new[] { "binance-spot-nexousdt-2024-07-24/nexousdt_20240723.dat.gz", "binance-spot-nexousdt-2024-07-24/nexousdt_20240724.dat.gz" }.Select(Sample)
                : new[] { "binance-spot-btcusdt-2024-08-08/btcusdt_20240808.gz", "binance-spot-btcusdt-2024-08-08/btcusdt_20240809.gz" }.Select(Sample),
            symbol,
            tick = instrument.FormatPrice(instrument.Tick),
            lot = instrument.FormatQuantity(instrument.Lot),
            minNotional = instrument.FormatMoney(instrument.MinNotional),
            minQuantity = instrument.FormatQuantity(instrument.MinQuantity),
            from = nexo ? SampleRuns.NexoDay.From : (long?)null,
            to = nexo ? SampleRuns.NexoDay.To : (long?)null,
            queue = CodeNames<QueueModel>.Name((int)queue),
            feePpm = started.FeePartsPerMillion,
            logTerm = started.LogTerm,
            slope = started.StationarySlope,
            horizon = started.Horizon,
            configuration = JsonSerializer.Deserialize<JsonElement>(started.Configuration),
        });
        var path = Path.Combine(Path.GetTempPath(), $"mm-twin-{Environment.ProcessId}-{Guid.NewGuid():N}.json");
        File.WriteAllText(path, input);
        try
        {
            var start = new ProcessStartInfo("python3", [Path.Combine(root, "tests", "python", "model_twin.py"), "--input", path])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start; tools/needs.sh says what the tests need.");
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
            return JsonDocument.Parse(output);
        }
        finally
        {
            File.Delete(path);
        }

        static string Sample(string name) => Path.Combine(Live.Samples.Root, name);
    }
}
