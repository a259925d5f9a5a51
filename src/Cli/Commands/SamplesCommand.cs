using System.CommandLine;
using EventSourcedMM.Cli.Shell;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm samples ensure</c>: makes the store of the bundled recordings ahead of its first use. Hidden: a user never needs it.</summary>
public static class SamplesCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("samples", "The bundled recordings.") { Hidden = true };
        var ensure = new Command("ensure", "Make the store of the bundled recordings, and print where it is.");
        ensure.SetGuardedAction((_, terminal) =>
        {
            foreach (var directory in Samples.Root())
            {
                terminal.Output.WriteLine(directory);
            }

            return ExitCode.Done;
        });
        command.Subcommands.Add(ensure);
        return command;
    }
}
