using System.CommandLine;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm backtest</c> as a user and a script see it: halts, warnings, wrong input.</summary>
public sealed class BacktestCommandTests : IDisposable
{
    private static readonly string[] Day = ["--symbol", "NEXOUSDT", "--date", "2024-07-24", "--zone", "Asia/Taipei"];

    private readonly TempFolder store = new();

    public void Dispose() => store.Dispose();

    [Fact]
    public void Backtest_StoppedByItsStopLoss_SaysSoAndExitsWithFour()
    {
        var (code, output, _) = Run([.. Day, "--stop-loss", "5", "--json"]);
        Assert.Equal(4, code);
        using var json = JsonDocument.Parse(output);
        var halt = Assert.Single(json.RootElement.GetProperty("halts").EnumerateArray());
        Assert.Equal(("2024-07-24T02:34:38.362954Z", "stopLoss", "5", "-500"), (halt.GetProperty("time").GetString(), halt.GetProperty("reason").GetString(), halt.GetProperty("limit").GetString(), halt.GetProperty("position").GetString()));
        Assert.StartsWith("7.129", halt.GetProperty("observed").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, halt.GetProperty("resumed").ValueKind);
        Assert.Equal("-500", json.RootElement.GetProperty("position").GetString());

        var text = Run([.. Day, "--stop-loss", "5"]);
        Assert.Equal(4, text.Code);
        Assert.Contains("HALTED     2024-07-24T02:34:38.362954Z by stop_loss: the day lost 7.1294 USDT, allowed are 5.0000; not resumed within the run", text.Output, StringComparison.Ordinal);
        Assert.Contains("the position of -500 NEXO was kept", text.Output, StringComparison.Ordinal);
    }

    /// <summary>A day's stop-loss ends at midnight: the run goes on, and so ends well.</summary>
    [Fact]
    public void Backtest_HaltThatEndedAtMidnight_IsToldAndExitsWithZero()
    {
        var (code, output, _) = Run(["--symbol", "BTCUSDT", "--from", "2024-08-08T23:00Z", "--to", "2024-08-09T01:00Z", "--json"]);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("2024-08-09T00:00:00Z", Assert.Single(json.RootElement.GetProperty("halts").EnumerateArray()).GetProperty("resumed").GetString());
        Assert.True(json.RootElement.GetProperty("fills").GetInt64() > 100, "the shipped section is there to be learned from");
        Assert.Equal("trades", json.RootElement.GetProperty("prints").GetString());
    }

    [Fact]
    public void Backtest_ReferencesThatDoNotFitTheDay_AreWarnedOfWithNumbers()
    {
        var (_, output, _) = Run([.. Day, "--sigma-reference", "1", "--volatility-floor", "0.5", "--inventory-target", "1000", "--json"]);
        using var json = JsonDocument.Parse(output);
        var warnings = json.RootElement.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()!).ToArray();
        Assert.Contains(warnings, w => w.StartsWith("volatility_floor = 0.5 USDT/√s is above everything", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.StartsWith("inventory_target 1000 NEXO lies further", StringComparison.Ordinal));
        Assert.Contains(Warnings("--sigma-reference", "1"), w => w.StartsWith("sigma_reference = 1 USDT/√s is ", StringComparison.Ordinal));
    }

    [Fact]
    public void Backtest_NothingFilled_SaysWhy() =>
        Assert.Contains(Warnings("--min-half-spread", "0.3", "--max-distance", "0.5"), w => w.StartsWith("Nothing filled: the quotes stood 0.3", StringComparison.Ordinal) && w.Contains("min_half_spread is 0.3", StringComparison.Ordinal));

    [Fact]
    public void Backtest_WindowShorterThanTheWarmup_SaysThatNothingWasQuoted()
    {
        var (_, output, _) = Run(["--symbol", "NEXOUSDT", "--from", "2024-07-24T03:00Z", "--to", "2024-07-24T03:00:30Z", "--json"]);
        Assert.Contains("σ was not ready before the end", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("outside the years 1678 to 2261", "--symbol", "NEXOUSDT", "--date", "2300-01-01")]
    [InlineData("outside the years 1678 to 2261", "--symbol", "NEXOUSDT", "--date", "9999-12-31", "--zone", "America/New_York")]
    [InlineData("outside the years 1678 to 2261", "--symbol", "NEXOUSDT", "--from", "9999-12-31T23:59", "--zone", "America/New_York")]
    [InlineData("is not a day", "--symbol", "NEXOUSDT", "--date", "２０２４-07-24")]
    [InlineData("--out is empty", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--out", "")]
    [InlineData("--data is empty", "--data", "")]
    [InlineData("--symbol is empty", "--symbol", " ", "--date", "2024-07-24")]
    [InlineData("cannot be written", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--out", "/proc/nothing")]
    [InlineData("there is no directory", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--chart", "/nothing/there.svg")]
    [InlineData("is too large", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--max-inventory", "9e10")]
    [InlineData("must be a whole number of millionths", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--fee-ppm", "１０００")]
    [InlineData("gamma is 'NaN'", "--symbol", "NEXOUSDT", "--date", "2024-07-24", "--gamma", "NaN")]
    public void Backtest_BadInput_ExitsWithTwoAndSaysWhy(string reason, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Single(Directory.Exists(store) ? Directory.GetDirectories(store, "run").Prepend("") : [""]);
    }

    [Fact]
    public void Backtest_EmptyStore_ExitsWithTwo()
    {
        using var error = new StringWriter();
        var code = new RootCommand { BacktestCommand.Create() }.Parse(["backtest", .. Day, "--store", ""]).Invoke(new InvocationConfiguration { Output = TextWriter.Null, Error = error });
        Assert.Equal(2, code);
        Assert.Contains("--store is empty: give it a value or leave it out.", error.ToString(), StringComparison.Ordinal);
    }

    private string[] Warnings(params string[] arguments)
    {
        using var json = JsonDocument.Parse(Run([.. Day, .. arguments, "--json"]).Output);
        return [.. json.RootElement.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()!)];
    }

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = new RootCommand { BacktestCommand.Create() }.Parse(["backtest", .. arguments, "--store", store]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
