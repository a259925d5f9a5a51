using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Reports;

namespace EventSourcedMM.Cli.Backtest;

/// <summary>The JSON object of a backtest; docs/cli.md documents every field.</summary>
public static class BacktestJson
{
    /// <summary>Writes it on one line.</summary>
    public static string Write(BacktestResult result, long runEvents, double seconds, IReadOnlyList<string> warnings)
    {
        var state = result.State;
        var metrics = result.Metrics;
        var instrument = state.Instrument!;
        var started = result.Started;
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("run", started.Run);
            json.WriteString("symbol", started.Symbol);
            json.WriteString("stateHash", StateHash.Of(state).ToString());
            json.WriteNumber("events", state.Inputs);
            json.WriteNumber("runEvents", runEvents);
            json.WriteNumber("levelUpdates", state.LevelUpdates);
            json.WriteNumber("decisions", state.Decisions);
            json.WriteNumber("orders", metrics.OrdersPlaced);
            json.WriteNumber("fills", metrics.Fills);
            WritePnl(json, state);
            WriteOptional(json, "sharpe", metrics.Pnl!.Sharpe);
            json.WriteString("maxDrawdown", instrument.FormatMoney(state.Risk.MaxDrawdown));
            WriteOptional(json, "hitRate", metrics.HitRate);
            json.WriteNumber("roundTrips", metrics.RoundTrips);
            json.WriteNumber("fillRatio", metrics.FillRatio);
            json.WriteString("turnover", instrument.FormatMoney(metrics.Turnover));
            json.WriteNumber("quotedSpreadPpm", metrics.QuotedSpreadPpm);
            json.WriteNumber("capturedSpreadPpm", metrics.CapturedSpreadPpm);
            json.WriteString("spreadCaptured", instrument.FormatMoney(metrics.SpreadCaptured));
            json.WriteString("position", instrument.FormatQuantity(state.Ledger.Position));
            WriteInventory(json, result);
            WriteMarkouts(json, result);
            WriteHalts(json, result);
            WriteValidation(json, result);
            json.WriteString("prints", CodeName(result.Prints));
            WriteRun(json, result);
            json.WriteStartArray("warnings");
            foreach (var warning in warnings)
            {
                json.WriteStringValue(warning);
            }

            json.WriteEndArray();
            json.WriteNumber("seconds", Math.Round(seconds, 3));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }

    internal static void WritePnl(Utf8JsonWriter json, EngineState state)
    {
        var instrument = state.Instrument!;
        var unrealised = state.HasMarket ? state.Ledger.Unrealised(state.MidTwice) : 0;
        json.WriteStartObject("pnl");
        json.WriteString("total", instrument.FormatMoney(state.Ledger.Realised + unrealised - state.Ledger.Fees));
        json.WriteString("realised", instrument.FormatMoney(state.Ledger.Realised));
        json.WriteString("unrealised", instrument.FormatMoney(unrealised));
        json.WriteString("fees", instrument.FormatMoney(state.Ledger.Fees));
        json.WriteEndObject();
    }

    private static void WriteInventory(Utf8JsonWriter json, BacktestResult result)
    {
        var inventory = result.Metrics.Inventory!;
        var instrument = result.State.Instrument!;
        json.WriteStartObject("inventory");
        json.WriteString("mean", Decimal(inventory.Mean));
        json.WriteString("standardDeviation", Decimal(inventory.StandardDeviation));
        json.WriteString("min", instrument.FormatQuantity(inventory.Minimum));
        json.WriteString("max", instrument.FormatQuantity(inventory.Maximum));
        json.WriteNumber("shareBeyondThreshold", inventory.ShareBeyondThreshold);
        json.WriteStartArray("histogram");
        foreach (var share in inventory.Histogram())
        {
            json.WriteNumberValue(share);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteMarkouts(Utf8JsonWriter json, BacktestResult result)
    {
        json.WriteStartArray("markouts");
        foreach (var markout in result.Metrics.Markouts.Results())
        {
            json.WriteStartObject();
            json.WriteNumber("seconds", markout.Seconds);
            json.WriteNumber("fills", markout.Fills);
            json.WriteString("money", result.State.Instrument!.FormatMoney(markout.Money));
            json.WriteNumber("ppm", markout.PartsPerMillion);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteHalts(Utf8JsonWriter json, BacktestResult result)
    {
        var instrument = result.State.Instrument!;
        json.WriteStartArray("halts");
        foreach (var halt in result.Halts)
        {
            json.WriteStartObject();
            json.WriteString("time", Shell.Moments.Text(halt.Time));
            json.WriteString("reason", CodeName(halt.Reason));
            json.WriteString("observed", instrument.FormatMoney(halt.Observed));
            json.WriteString("limit", instrument.FormatMoney(halt.Limit));
            json.WriteString("position", instrument.FormatQuantity(halt.Position));
            if (halt.Resumed is { } resumed)
            {
                json.WriteString("resumed", Shell.Moments.Text(resumed));
            }
            else
            {
                json.WriteNull("resumed");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteValidation(Utf8JsonWriter json, BacktestResult result)
    {
        json.WriteStartArray("validation");
        foreach (var validation in Validation.Of(result, StrategyConfiguration.FromJson(result.Started.Configuration)))
        {
            json.WriteStartObject();
            json.WriteString("question", validation.Question);
            json.WriteBoolean("answer", validation.Answer);
            json.WriteNumber("value", validation.Value);
            json.WriteNumber("threshold", validation.Threshold);
            json.WriteString("unit", validation.Unit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRun(Utf8JsonWriter json, BacktestResult result)
    {
        var started = result.Started;
        json.WriteString("windowStart", Shell.Moments.Text(started.WindowStart));
        json.WriteString("windowEnd", started.WindowEnd == long.MaxValue ? "" : Shell.Moments.Text(started.WindowEnd));
        json.WriteString("queue", CodeName(started.Queue));
        json.WriteNumber("feePpm", started.FeePartsPerMillion);
        json.WriteNumber("logTerm", started.LogTerm);
        json.WriteNumber("slope", started.StationarySlope);
        json.WriteNumber("horizon", started.Horizon);
        json.WriteString("horizonSource", started.HorizonSource);
        json.WritePropertyName("configuration");
        json.WriteRawValue(started.Configuration);
        json.WriteStartArray("inputs");
        foreach (var line in started.Inputs.Split('\n'))
        {
            json.WriteStringValue(line);
        }

        json.WriteEndArray();
    }

    internal static string CodeName<TEnum>(TEnum value)
        where TEnum : unmanaged, Enum => Domain.Canonical.CodeNames<TEnum>.Name(Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture));

    internal static string Decimal(double value) => FixedPoint.Format((Int128)Math.Round(value * 1e8), 8);

    internal static void WriteOptional(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
