using System.CommandLine;
using System.Runtime.InteropServices;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Parquet;
using EventSourcedMM.VenueSim.Market;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Runs a command's body and turns what goes wrong into one clear line and an exit code.</summary>
public static class Guarded
{
    /// <summary>Gives a command its body.</summary>
    public static void SetGuardedAction(this Command command, Func<ParseResult, Terminal, int> body) =>
        command.SetAction(parsed =>
        {
            var terminal = new Terminal(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, terminal));
            using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, terminal));
            try
            {
                RefuseEmpty(parsed);
                return body(parsed, terminal);
            }
            catch (OperationCanceledException e) when (e is not TaskCanceledException)
            {
                // Ctrl-C; a network's time limit is the other kind. What commands write appears whole at the end, or not at all; those that keep a part say so themselves.
                terminal.Fail("stopped; nothing was stored");
                return ExitCode.No;
            }
            catch (Exception e) when (Explain(e) is { } code)
            {
                terminal.Fail(Faults.Words(e));
                return code;
            }
        });

    // Ctrl-C, or a request to terminate, in a command that has nothing to put in order: what it writes appears whole at the end, or is an answer.
    private static void Stop(PosixSignalContext signal, Terminal terminal)
    {
        if (!signal.Cancel && !Interrupt.IsListening)
        {
            signal.Cancel = true;
            terminal.Fail("stopped");
            Environment.Exit(ExitCode.No);
        }
    }

    // A script whose variable is empty means something else than what an empty name would do.
    private static void RefuseEmpty(ParseResult parsed)
    {
        foreach (var given in parsed.CommandResult.Children)
        {
            if (given.Tokens.Any(t => string.IsNullOrWhiteSpace(t.Value)))
            {
                var name = given is System.CommandLine.Parsing.OptionResult option ? option.Option.Name : ((System.CommandLine.Parsing.ArgumentResult)given).Argument.Name;
                throw new UsageException($"{name} is empty: give it a value or leave it out.");
            }
        }
    }

    // Null for what is a defect of the program: that keeps its stack trace.
    private static int? Explain(Exception exception) => exception switch
    {
        JournalFailedException => ExitCode.Stopped,
        UsageException or ConfigurationException or EmptyWindowException or NoSuchDayException or NoSuchRunException or NothingToExplainException => ExitCode.BadInput,
        FormatException or InvalidDataException or FileNotFoundException or DirectoryNotFoundException => ExitCode.BadInput,
        UnauthorizedAccessException or IOException => ExitCode.BadInput,
        CanonicalFormatException or UnknownEventException => ExitCode.BadInput,
        ArchiveException or ParquetException => ExitCode.BadInput,
        ImportException or InstrumentException or RecordingException => ExitCode.BadInput,
        CaptureException or LiveRunException or GatewayException => ExitCode.BadInput,
        VenueOutOfReachException => ExitCode.OutOfReach,
        VenueRefusedException e => e.IsPassing ? ExitCode.OutOfReach : ExitCode.BadInput,
        StreamExistsException or StreamDamagedException or StreamLockedException or StreamSealedException or TornTailException => ExitCode.BadInput,
        StreamConflictException or StreamNotFoundException or StoreRefusedException => ExitCode.BadInput,
        StoreUnreachableException => ExitCode.OutOfReach,
        InvariantBrokenException or OverflowException => ExitCode.Stopped,
        _ => null,
    };
}
