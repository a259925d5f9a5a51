using System.CommandLine;

namespace EventSourcedMM.Cli.Commands;

/// <summary>
/// The command <c>mm</c>. Where the first argument names a command, only that one is made: making the options of all of
/// them costs more than a short command takes. Everything else (help, a wrong name, completion) sees them all.
/// </summary>
public static class Root
{
    /// <summary>The commands by name, in the order that help lists them.</summary>
    public static IReadOnlyList<(string Name, Func<Command> Create)> Commands { get; } =
    [
        ("backtest", BacktestCommand.Create),
        ("sweep", SweepCommand.Create),
        ("capture", CaptureCommand.Create),
        ("live", LiveCommand.Create),
        ("guard", GuardCommand.Create),
        ("kill", KillCommand.Create),
        ("test", TestCommand.Create),
        ("import", ImportCommand.Create),
        ("archive", ArchiveCommand.Create),
        ("book", BookCommand.Create),
        ("days", DaysCommand.Create),
        ("samples", SamplesCommand.Create),
        ("venue", VenueCommand.Create),
        ("verify", VerifyCommand.Create),
        ("explain", ExplainCommand.Create),
        ("state", StateCommand.Create),
        ("diff", DiffCommand.Create),
        ("fork", ForkCommand.Create),
        ("certificate", CertificateCommand.Create),
        ("snapshot", SnapshotCommand.Create),
        ("report", ReportCommand.Create),
        ("serve", ServeCommand.Create),
        ("events", EventsCommand.Create),
        ("store", StoreCommand.Create),
        ("calibrate", CalibrateCommand.Create),
        ("article", ArticleCommand.Create),
    ];

    /// <summary>The root with every command.</summary>
    public static RootCommand All()
    {
        var root = Empty();
        foreach (var (_, create) in Commands)
        {
            root.Subcommands.Add(create());
        }

        return root;
    }

    /// <summary>The root with what these arguments need.</summary>
    public static RootCommand For(IReadOnlyList<string> arguments)
    {
        foreach (var (name, create) in Commands)
        {
            if (arguments.Count > 0 && arguments[0] == name)
            {
                var root = Empty();
                root.Subcommands.Add(create());
                return root;
            }
        }

        return All();
    }

    private static RootCommand Empty() => new("Event-sourced market making: record, replay, prove.");
}
