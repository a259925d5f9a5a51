using System.CommandLine;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm store</c>: what is done with stores as a whole. Each subcommand has a file of its own.</summary>
public static class StoreCommand
{
    /// <summary>The command with its subcommands; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("store", "Copy, verify and look after event stores.");
        command.Subcommands.Add(StoreCopyCommand.Create());
        return command;
    }
}
