using System.CommandLine;
using EventSourcedMM.Cli.Commands;

namespace EventSourcedMM.Tests.Cli;

/// <summary>A start makes only the command that is named; nobody can tell.</summary>
public sealed class RootTests
{
    [Fact]
    public void Commands_EachName_IsItsCommands() =>
        Assert.All(Root.Commands, c => Assert.Equal(c.Name, c.Create().Name));

    [Theory]
    [InlineData("backtest --help")]
    [InlineData("store --help")]
    [InlineData("backtest --symbol")]
    [InlineData("backtest --no-such-flag 1")]
    [InlineData("backtest days")]
    [InlineData("--help")]
    [InlineData("nothing")]
    [InlineData("")]
    public void For_AnyArguments_AnswersAsTheWholeRootDoes(string line)
    {
        var arguments = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Answer(Root.All(), arguments), Answer(Root.For(arguments), arguments));
    }

    [Fact]
    public void For_ANamedCommand_MakesNoOther() =>
        Assert.Equal(["days"], Root.For(["days", "--json"]).Subcommands.Select(c => c.Name));

    private static (int Code, string Output, string Error) Answer(RootCommand root, string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = root.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
