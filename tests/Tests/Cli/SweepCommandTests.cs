using System.CommandLine;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm sweep</c> as a user and a script see it.</summary>
public sealed class SweepCommandTests : IDisposable
{
    private static readonly string[] Window = ["--symbol", "NEXOUSDT", "--from", "2024-07-24T00:00Z", "--to", "2024-07-24T03:00Z"];

    private readonly TempFolder store = new();

    public void Dispose() => store.Dispose();

    [Fact]
    public void Sweep_EveryRow_IsTheBacktestOfItsValues()
    {
        var (code, output, error) = Run(SweepCommand.Create(), ["sweep", .. Window, "--set", "gamma=0.05,0.2", "--set", "min-half-spread=0.001,0.002", "--inventory-skew", "2", "--stop-loss", "0.2", "--queue", "optimistic", "--fee-ppm", "0", "--json"]);
        Assert.Equal((0, ""), (code, error));
        using var json = JsonDocument.Parse(output);
        var sets = json.RootElement.GetProperty("sets").EnumerateArray().ToArray();
        Assert.Equal(["0.05 0.001", "0.05 0.002", "0.2 0.001", "0.2 0.002"], sets.Select(s => $"{s.GetProperty("parameters").GetProperty("gamma").GetRawText()} {s.GetProperty("parameters").GetProperty("min_half_spread").GetRawText()}"));
        foreach (var set in sets)
        {
            var values = set.GetProperty("parameters");
            var (_, text, _) = Run(BacktestCommand.Create(), ["backtest", .. Window, "--gamma", values.GetProperty("gamma").GetRawText(), "--min-half-spread", values.GetProperty("min_half_spread").GetRawText(), "--inventory-skew", "2", "--stop-loss", "0.2", "--queue", "optimistic", "--fee-ppm", "0", "--json"]);
            using var alone = JsonDocument.Parse(text);
            foreach (var field in (string[])["run", "stateHash", "events", "decisions", "orders", "fills", "pnl", "sharpe", "maxDrawdown", "hitRate", "roundTrips", "turnover", "position", "warnings"])
            {
                Assert.Equal(alone.RootElement.GetProperty(field).GetRawText(), set.GetProperty(field).GetRawText());
            }

            Assert.Equal(alone.RootElement.GetProperty("inventory").GetProperty("mean").GetString(), set.GetProperty("inventory").GetProperty("mean").GetString());
            Assert.Equal(alone.RootElement.GetProperty("halts").GetArrayLength(), set.GetProperty("halts").GetInt32());
        }

        Assert.Contains(sets, s => s.GetProperty("endedHalted").GetBoolean());
    }

    [Fact]
    public void Sweep_ForPeople_HasARowASetWithHashAndHalt()
    {
        var (code, output, error) = Run(SweepCommand.Create(), ["sweep", .. Window, "--set", "gamma=0.05,0.2", "--stop-loss", "0.2", "--queue", "optimistic", "--fee-ppm", "0", "--threads", "1"]);
        Assert.Equal((0, ""), (code, error));
        var lines = output.Split('\n');
        Assert.StartsWith("gamma  PnL USDT  Sharpe  drawdown  hit rate  fills  mean q NEXO", lines[2], StringComparison.Ordinal);
        Assert.StartsWith(" 0.05  ", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("  0.2  ", lines[4], StringComparison.Ordinal);
        Assert.Contains("halted by stopLoss", output, StringComparison.Ordinal);
        Assert.Contains("2 sets over ", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(store, "run")), "a sweep stores nothing");
    }

    [Theory]
    [InlineData("Name a parameter and its values: --set gamma=")]
    [InlineData("has no '='", "--set", "gamma")]
    [InlineData("'gama' is not a parameter. Did you mean gamma?", "--set", "gama=1,2")]
    [InlineData("gamma is 'x'", "--set", "gamma=1,x")]
    [InlineData("gamma is ''", "--set", "gamma=1,")]
    [InlineData("the value 0.1 is there twice", "--set", "gamma=0.1,0.10")]
    [InlineData("--set names gamma twice", "--set", "gamma=0.1", "--set", "gamma=0.2")]
    [InlineData("gamma is given with --gamma and with --set", "--set", "gamma=0.1", "--gamma", "0.2")]
    [InlineData("horizon_mode=rolling order_size=0.0000001: ", "--set", "horizon_mode=rolling,stationary", "--set", "order_size=10,0.0000001")]
    [InlineData("--threads 0 must be a whole number from 1 to 256", "--set", "gamma=0.1", "--threads", "0")]
    public void Sweep_BadInput_ExitsWithTwoAndSaysWhy(string reason, params string[] arguments)
    {
        var (code, output, error) = Run(SweepCommand.Create(), ["sweep", .. Window, .. arguments]);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Equal((2, ""), (code, output));
    }

    [Fact]
    public void Sweep_TooManySets_SaysHowMany()
    {
        var values = string.Join(',', Enumerable.Range(1, 100));
        var (code, _, error) = Run(SweepCommand.Create(), ["sweep", .. Window, "--set", $"gamma={values}", "--set", $"k={values}"]);
        Assert.Equal(2, code);
        Assert.Contains("These are 10000 sets; a sweep takes at most 4096", error, StringComparison.Ordinal);
    }

    private (int Code, string Output, string Error) Run(Command command, string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = new RootCommand { command }.Parse([.. arguments, "--store", store]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
