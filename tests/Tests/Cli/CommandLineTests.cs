using System.CommandLine;
using System.Globalization;
using System.Text;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Cli.Shell;

namespace EventSourcedMM.Tests.Cli;

/// <summary>The program for its arguments: what cannot be read is said in a line each, and an output that fails in one.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("backtest --json --gama 1", "backtest", "Unrecognized argument '--gama'; did you mean --gamma?")]
    [InlineData("backtest --gama=1", "backtest", "Unrecognized argument '--gama=1'; did you mean --gamma?")]
    [InlineData("backtest --gamma 1 1", "backtest", "Unrecognized argument '1'")]
    [InlineData("backtest --zzzzzz --tresholds x", "backtest", "Unrecognized argument '--zzzzzz'", "Unrecognized argument '--tresholds'")]
    [InlineData("backtest --join-best --store X", "backtest", "--join-best has no value: --store, which follows it, is an option")]
    [InlineData("backtest --join-best --store=X", "backtest", "--join-best has no value")]
    [InlineData("backtest --symbol", "backtest", "--symbol has no value")]
    [InlineData("bakctest --symbol X", "", "Unrecognized command 'bakctest'; did you mean backtest?", "Unrecognized argument '--symbol'")]
    [InlineData("nothing", "", "Unrecognized command 'nothing'")]
    [InlineData("days days", "days", "Unrecognized argument 'days'")]
    [InlineData("store", "store", "Name a command: copy, verify, compact, stats")]
    [InlineData("store verfy", "store", "Unrecognized command 'verfy'; did you mean verify?")]
    [InlineData("store verify --repare", "store verify", "Unrecognized argument '--repare'; did you mean --repair?")]
    [InlineData("store verify --repare run/a", "store verify", "Unrecognized argument '--repare'; did you mean --repair?")]
    [InlineData("verify --jsn RUN", "verify", "Unrecognized argument '--jsn'; did you mean --json?")]
    [InlineData("verify --jsn", "verify", "Unrecognized argument '--jsn'; did you mean --json?")]
    [InlineData("diff A", "diff", "RUN_B is missing")]
    [InlineData("diff", "diff", "RUN_A and RUN_B are missing")]
    [InlineData("book", "book", "--symbol is missing")]
    [InlineData("diff A B C", "diff", "Unrecognized argument 'C'")]
    [InlineData("days postgres://u:s3cr3t@db/mm", "days", "Unrecognized argument 'postgres://u:***@db/mm'")]
    public void UsageError_IsALineEachAndNoHelp(string line, string command, params string[] problems)
    {
        var (code, output, error) = Run(line.Split(' '));
        var lines = string.Concat(problems.Append($"see 'mm {command}{(command.Length > 0 ? " " : "")}--help'").Select(p => $"mm: {p}\n"));
        Assert.Equal((2, "", lines), (code, output, error.ReplaceLineEndings("\n")));
    }

    [Fact]
    public void Help_ItselfOrForNothing_IsOnStandardOutput()
    {
        var (code, help, error) = Run("--help");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("backtest", help, StringComparison.Ordinal);
        Assert.Equal((2, help, ""), Run());

        // Who asks for help gets it, also beside a mistake.
        Assert.Equal(Run("days", "--help"), Run("days", "--nosuch", "1", "--help"));
        Assert.Equal(0, Run("days", "--help").Code);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("backtest", "--help")]
    [InlineData("--version")]
    [InlineData("article", "--paths", "2")]
    [InlineData("days", "--json", "--store", "/nosuch")]
    public void Output_ThatFails_IsOneLineAndTheCodeOfBadInput(params string[] arguments)
    {
        foreach (var (failure, says) in (ValueTuple<Exception, string>[])
            [(new IOException("No space left on device"), "mm: standard output: No space left on device\n"), (new UnauthorizedAccessException("Access"), "mm: standard output is closed, or open for reading only\n")])
        {
            using var error = new StringWriter(CultureInfo.InvariantCulture);
            using var output = new StandardStream("standard output", () => new Broken(failure));
            Assert.Equal(2, CommandLine.Run(Root.For(arguments), arguments, output, error));
            Assert.EndsWith(says, error.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Error_ThatFails_IsNoStackTraceEither()
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StandardStream("standard error", () => new Broken(new IOException("No space left on device")));
        Assert.Equal(2, CommandLine.Run(Root.For(["nothing"]), ["nothing"], output, error));
        Assert.Equal(2, CommandLine.Run(Root.For(["article", "--paths", "x"]), ["article", "--paths", "x"], output, error));
    }

    [Fact]
    public void Nearest_OfAWord_IsWhatHasTheFewestChangesAtMostAThird()
    {
        Assert.Equal("orderFilled", Nearest.Of("OrderFilled", ["orderFilled", "orderFailed"]));
        Assert.Equal("verify", Nearest.Of("verfiy", ["compact", "verify", "stats"]));
        Assert.Null(Nearest.Of("zzz", ["compact", "verify", "stats"]));
        Assert.Null(Nearest.Of("verify", []));
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        return (CommandLine.Run(Root.For(arguments), arguments, output, error), output.ToString(), error.ToString());
    }

    private sealed class Broken(Exception failure) : TextWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw failure;

        public override void Flush() => throw failure;
    }
}
