using System.CommandLine;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm store</c>: what can be done with stored streams as a whole.</summary>
public static class StoreCommand
{
    /// <summary>The group; docs/cli.md documents each command.</summary>
    public static Command Create()
    {
        var command = new Command("store", "Copy, verify, compact and measure stored streams.");
        command.Subcommands.Add(StoreCopyCommand.Create());
        command.Subcommands.Add(StoreVerifyCommand.Create());
        command.Subcommands.Add(StoreCompactCommand.Create());
        command.Subcommands.Add(StoreStatsCommand.Create());
        return command;
    }
}
