using System.CommandLine;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Reports;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Replay.Snapshots;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>The audit's commands as a user and a script see them.</summary>
public sealed class SnapshotAndReportTests : IDisposable
{
    private static readonly string[] HalfHour = ["--symbol", "NEXOUSDT", "--from", "2024-07-24T02:30Z", "--to", "2024-07-24T03:00Z"];

    private readonly TempFolder folder = new();

    private string Snapshots => Path.Combine(folder, "snapshots");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Snapshot_PinnedAndUnchanged_IsTheSameAndLeavesNothing()
    {
        Assert.Equal(0, Run(["snapshot", "add", "half", .. HalfHour, "--dir", Snapshots]).Code);
        var (code, output, _) = Run("snapshot", "check", "--dir", Snapshots);
        Assert.Equal((0, "same     half\n"), (code, output.ReplaceLineEndings("\n")));
        Assert.Equal(["half.events.verified.txt", "half.verified.txt"], Directory.GetFiles(Snapshots).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("is there already", Run(["snapshot", "add", "half", .. HalfHour, "--dir", Snapshots]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshot_WithAnotherParameter_NamesTheFirstDifferingEventAndIsAccepted()
    {
        Run(["snapshot", "add", "half", .. HalfHour, "--dir", Snapshots]);
        var path = Path.Combine(Snapshots, "half.verified.txt");

        // As if the program had changed: the pinned text asks for one thing, the pinned events came from another.
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"min_half_spread\":0.0026", "\"min_half_spread\":0.0035", StringComparison.Ordinal));
        var (code, output, _) = Run("snapshot", "check", "--dir", Snapshots);
        Assert.Equal(1, code);
        Assert.Contains("CHANGED  half", output, StringComparison.Ordinal);
        Assert.Contains("  - pnl ", output, StringComparison.Ordinal);

        // The same answer as comparing the two runs themselves.
        var first = Backtest();
        var second = Backtest("--min-half-spread", "0.0035");
        using var diff = JsonDocument.Parse(Run("diff", first, second, "--json").Output);
        var sequence = diff.RootElement.GetProperty("firstDifference").GetProperty("sequence").GetInt64();
        Assert.Contains($"first differing event: {{\"sequence\":{sequence},", output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run("snapshot", "check", "half", "--dir", Snapshots, "--json").Output);
        Assert.Equal(sequence, json.RootElement.GetProperty("snapshots")[0].GetProperty("firstDifferent").GetProperty("sequence").GetInt64());

        Assert.True(File.Exists(Path.Combine(Snapshots, "half.received.txt")));
        Assert.Equal(0, Run("snapshot", "accept", "half", "--dir", Snapshots).Code);
        Assert.Equal(0, Run("snapshot", "check", "--dir", Snapshots).Code);
        Assert.Equal(2, Directory.GetFiles(Snapshots).Length);
    }

    [Theory]
    [InlineData("There is no snapshot in", "snapshot", "check", "--dir", "nowhere")]
    [InlineData("There is nothing to accept", "snapshot", "accept", "--dir", "nowhere")]
    [InlineData("cannot name a snapshot", "snapshot", "add", "../x", "--symbol", "NEXOUSDT", "--date", "2024-07-24")]
    [InlineData("There is no run", "report", "nothing")]
    [InlineData("There is no run", "explain", "nothing", "--seq", "1")]
    [InlineData("Say what to explain", "explain", "nothing")]
    [InlineData("one of --seq", "explain", "nothing", "--seq", "1", "--fill", "1")]
    [InlineData("--seq x must be a whole number", "explain", "nothing", "--seq", "x")]
    [InlineData("There is no run", "diff", "a", "b")]
    [InlineData("There is no run", "fork", "a", "--seq", "5")]
    [InlineData("go together", "verify", "a", "--certificate", "c.json")]
    [InlineData("There is no key file", "verify", "a", "--certificate", "c.json", "--key", "nowhere.pem")]
    [InlineData("There is no day", "verify", "NEXOUSDT/2020-01-01")]
    public void Commands_BadInput_ExitWithTwoAndSayWhatToDo(string reason, params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Fork_BadInput_ExitsWithTwoAndSaysWhatToDo()
    {
        var run = Backtest();
        (string Reason, string[] Arguments)[] cases =
        [
            ("--at TIME or --seq N", []),
            ("fork before its last", ["--seq", "9999999"]),
            ("is not within the run", ["--at", "2024-07-25T00:00Z"]),
            ("must be KEY=VALUE", ["--seq", "500", "--set", "gamma"]),
            ("'gama' is not a parameter", ["--seq", "500", "--set", "gama=1"]),
            ("cannot change at a fork", ["--seq", "500", "--set", "volatility-lag=3"]),
            ("is not a queue model", ["--seq", "500", "--queue", "x"]),
        ];
        foreach (var (reason, arguments) in cases)
        {
            var (code, _, error) = Run(["fork", run, .. arguments]);
            Assert.Equal(2, code);
            Assert.Contains(reason, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Verify_ADay_ChecksItsStreamsAndEveryRunOnIt()
    {
        var (first, second) = (Backtest(), Backtest("--gamma", "0.01"));
        var (code, output, _) = Run("verify", "NEXOUSDT/2024-07-24");
        Assert.Equal(0, code);
        Assert.Contains("whole: 72,932 events of market/NEXOUSDT/2024-07-24/", output, StringComparison.Ordinal);
        Assert.Contains(first, output, StringComparison.Ordinal);
        Assert.Contains(second, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfARun_NeedsNothingFromOutsideAndShowsWhatTheRunHas()
    {
        var run = Backtest();
        var path = Path.Combine(folder, "r.html");
        Assert.Equal(0, Run("report", run, "--out", path).Code);
        var html = File.ReadAllText(path);
        Assert.DoesNotMatch("(?i)(src|href)\\s*=|url\\(|@import|<script|<link", html);
        foreach (var part in (string[])["Price", "PnL and drawdown", "Inventory distribution", "Round trips", "Mark-out", "Spread", "Volatility", "Where the PnL came from", "With a trusted book", "Configuration", "N★", "Is the mean PnL per 60 s positive?", "print through"])
        {
            Assert.Contains(part, html, StringComparison.Ordinal);
        }

        using var json = JsonDocument.Parse(Run(["backtest", .. HalfHour, "--json"]).Output);
        var fills = json.RootElement.GetProperty("fills").GetInt64();
        Assert.Equal(fills, html.Split("<tr><td>").Skip(1).Count(r => r.Contains("▲ bought", StringComparison.Ordinal) || r.Contains("▼ sold", StringComparison.Ordinal)));
        foreach (var warning in json.RootElement.GetProperty("warnings").EnumerateArray())
        {
            Assert.Contains(System.Net.WebUtility.HtmlEncode(warning.GetString()!), html, StringComparison.Ordinal);
        }

        // Well formed enough for a strict reader: every element that is opened is closed.
        foreach (var element in (string[])["div", "table", "svg", "figure", "tr", "p", "span"])
        {
            Assert.Equal(html.Split($"<{element}>").Length + html.Split($"<{element} ").Length - 2, html.Split($"</{element}>").Length - 1);
        }
    }

    [Fact]
    public void Report_TrustedAndUntrustedPnl_AddUpToTheTotal()
    {
        using var audited = new AuditedDay();
        var run = audited.HalfHour("");
        var sampler = ReportSampler.For(audited.Stores, run);
        var executed = RunExecution.Execute(audited.Stores, run, null, sampler);
        var last = executed.Result.State.Risk.Equity;
        Assert.Equal(executed.Result.Metrics.Fills, sampler.Fills.Count);
        Assert.Equal(executed.Result.Metrics.Inventory!.Minimum, Math.Min(0, sampler.Fills.Min(f => f.Inventory)));
        Assert.True(Int128.Abs(last - sampler.TrustedPnl - sampler.UntrustedPnl) < (Int128)10_000_000_000_000_000);
        Assert.Equal(executed.Result.Metrics.Markouts.Results()[0].PartsPerMillion, Weighted(sampler, executed, 0), 6);
    }

    [Fact]
    public void Prints_OfALongRun_KeepEveryNthAndStillFindTheDifference()
    {
        var plain = new SnapshotLog(null);
        Feed(plain, -1);
        Assert.Equal(2, plain.Prints.Stride);
        var kept = SnapshotPrints.Parse(plain.Prints.ToText(), "x");
        Assert.True(plain.Prints.ToText().Length < 250_000);

        var same = new SnapshotLog(kept);
        Feed(same, -1);
        Assert.Null(same.Different);
        Assert.False(same.EndedEarly);

        var changed = new SnapshotLog(kept);
        Feed(changed, 30_000);
        Assert.InRange(30_000, changed.DifferentFrom, changed.Different!.Header.Sequence);
        Assert.True(changed.Different.Header.Sequence - changed.DifferentFrom <= 2);

        static void Feed(SnapshotLog log, long changedAt)
        {
            for (var i = 1; i <= 60_000; i++)
            {
                log.Append(EventType.Marked, 1, i, Cause.None, [(byte)(i == changedAt ? 1 : 0)]);
            }
        }
    }

    // The report's curves by side, weighted by turnover, are the metric's mark-out.
    private static double Weighted(ReportSampler sampler, ExecutedRun executed, int horizon)
    {
        var turnover = new double[2];
        var last = executed.Result.Metrics.Marks[^1].Time;
        foreach (var fill in sampler.Fills.Where(f => f.Time + 1_000_000_000 <= last + 60_000_000_000))
        {
            turnover[(int)fill.Fill.Side] += (double)fill.Fill.Price * fill.Fill.Quantity;
        }

        return ((sampler.Markout(Side.Bid, horizon) ?? 0) * turnover[0] / turnover.Sum()) + ((sampler.Markout(Side.Ask, horizon) ?? 0) * turnover[1] / turnover.Sum());
    }

    private string Backtest(params string[] flags)
    {
        using var json = JsonDocument.Parse(Run(["backtest", .. HalfHour, .. flags, "--json"]).Output);
        return json.RootElement.GetProperty("run").GetString()!;
    }

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var root = new RootCommand
        {
            BacktestCommand.Create(), VerifyCommand.Create(), ExplainCommand.Create(), DiffCommand.Create(), ForkCommand.Create(),
            CertificateCommand.Create(), SnapshotCommand.Create(), ReportCommand.Create(),
        };
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = arguments is ["snapshot", "accept", ..] ? arguments : [.. arguments, "--store", folder];
        var code = root.Parse(all).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
