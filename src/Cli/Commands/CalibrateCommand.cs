using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Cli.Backtest;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Calibration;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm calibrate</c>: σ, A and k of a recorded window, and the γ they suggest.</summary>
public static class CalibrateCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("calibrate", "Estimate σ, A and k from a recorded window.");
        var symbol = new Option<string?>("--symbol") { Description = "Symbol.", HelpName = "S" };
        var data = new Option<string?>("--data") { Description = "One recorded day as a file, instead of a stored day.", HelpName = "FILE" };
        var recording = new Option<string?>("--recording") { Description = "Recording to use where a day has several.", HelpName = "NAME" };
        var inventory = new Option<string>("--max-inventory") { Description = "N_max in base that γ is suggested for.", HelpName = "N", DefaultValueFactory = _ => "1" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        foreach (var option in (Option[])[symbol, data, recording, inventory, json])
        {
            command.Options.Add(option);
        }

        var window = new WindowOptions();
        window.AddTo(command);
        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            using var source = DaySource.Open(parsed.GetValue(symbol), parsed.GetValue(data), window.Read(parsed), parsed.GetValue(recording), store, parsed, terminal);
            var result = Calibrator.Run(source.Inputs, source.Window.From, source.Window.To, Inventory(parsed.GetValue(inventory)!));
            terminal.Output.WriteLine(parsed.GetValue(json) ? Json(result) : Text(result));
            return ExitCode.Done;
        });
        return command;
    }

    private static double Inventory(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 && double.IsFinite(value)
            ? value
            : throw new UsageException($"--max-inventory {text} must be a number above 0.");

    private static string Text(CalibrationResult r)
    {
        var quote = r.Instrument.QuoteAsset;
        var lines = new List<string>
        {
            Say($"{r.Instrument.Symbol}: {r.Seconds:N0} s, {r.Trades:N0} trades, mid {r.Mid:g7}, mean spread {r.Spread:g4} {quote}"),
            "",
            "σ in " + quote + "/√s by scale (a σ that falls with the scale is bounce between bid and ask):",
            "  " + string.Join("   ", Calibrator.Scales.Zip(r.Sigmas, (s, v) => Say($"{s} s {v:g4}"))),
            "",
            Say($"{"distance",12}{"bid hits",12}{"λ bid 1/s",14}{"ask hits",12}{"λ ask 1/s",14}"),
        };
        lines.AddRange(r.Bid.Zip(r.Ask, (b, a) => Say($"{b.Distance,12:g5}{b.Hits,12}{b.Rate,14:g4}{a.Hits,12}{a.Rate,14:g4}")));
        lines.Add("");
        lines.Add(Fit("bid", r.BidFit, quote));
        lines.Add(Fit("ask", r.AskFit, quote));
        lines.Add(Fit("per side, both pooled", r.Fit, quote));
        if (r is { Fit: { } fit, Gamma: { } gamma })
        {
            lines.Add("");
            lines.Add(Say($"For max_inventory {r.MaxInventory:g6} {r.Instrument.BaseAsset}: --k {fit.Decay:g4} --a {fit.Intensity:g4} --sigma-reference {r.Sigmas[2]:g4} --gamma {gamma:g3}"));
            lines.Add("(that γ makes the stationary skew at max_inventory equal to the half-spread)");
        }

        return string.Join('\n', lines);
    }

    private static string Fit(string name, IntensityFit? fit, string quote) => fit is { } f
        ? Say($"{name}: A = {f.Intensity:g4} 1/s, k = {f.Decay:g5} ± {f.DecayError:g2} 1/{quote}, from {f.Points} distances")
        : $"{name}: too few trades to fit A and k";

    private static string Json(CalibrationResult r)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("symbol", r.Instrument.Symbol);
            json.WriteNumber("seconds", r.Seconds);
            json.WriteNumber("trades", r.Trades);
            json.WriteNumber("mid", r.Mid);
            json.WriteNumber("spread", r.Spread);
            json.WriteStartArray("sigma");
            for (var i = 0; i < r.Sigmas.Length; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("seconds", Calibrator.Scales[i]);
                json.WriteNumber("sigma", r.Sigmas[i]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            Points(json, "bid", r.Bid);
            Points(json, "ask", r.Ask);
            Fit(json, "bidFit", r.BidFit);
            Fit(json, "askFit", r.AskFit);
            Fit(json, "fit", r.Fit);
            json.WriteNumber("maxInventory", r.MaxInventory);
            if (r.Gamma is { } gamma)
            {
                json.WriteNumber("gamma", gamma);
            }
            else
            {
                json.WriteNull("gamma");
            }

            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }

    private static void Points(Utf8JsonWriter json, string name, IntensityPoint[] points)
    {
        json.WriteStartArray(name);
        foreach (var point in points)
        {
            json.WriteStartObject();
            json.WriteNumber("distance", point.Distance);
            json.WriteNumber("hits", point.Hits);
            json.WriteNumber("waitedSeconds", point.Waited);
            json.WriteNumber("rate", point.Rate);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Fit(Utf8JsonWriter json, string name, IntensityFit? fit)
    {
        json.WritePropertyName(name);
        if (fit is not { } f)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteNumber("a", f.Intensity);
        json.WriteNumber("k", f.Decay);
        json.WriteNumber("kError", f.DecayError);
        json.WriteNumber("points", f.Points);
        json.WriteEndObject();
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
