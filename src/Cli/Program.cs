using System.CommandLine;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Stores.Locations;

var root = new RootCommand("Event-sourced market making: record, replay, prove.");
root.Subcommands.Add(BacktestCommand.Create());
root.Subcommands.Add(SweepCommand.Create());
root.Subcommands.Add(CaptureCommand.Create());
root.Subcommands.Add(LiveCommand.Create());
root.Subcommands.Add(GuardCommand.Create());
root.Subcommands.Add(KillCommand.Create());
root.Subcommands.Add(TestCommand.Create());
root.Subcommands.Add(ImportCommand.Create());
root.Subcommands.Add(ArchiveCommand.Create());
root.Subcommands.Add(BookCommand.Create());
root.Subcommands.Add(DaysCommand.Create());
root.Subcommands.Add(SamplesCommand.Create());
root.Subcommands.Add(VenueCommand.Create());
root.Subcommands.Add(VerifyCommand.Create());
root.Subcommands.Add(ExplainCommand.Create());
root.Subcommands.Add(StateCommand.Create());
root.Subcommands.Add(DiffCommand.Create());
root.Subcommands.Add(ForkCommand.Create());
root.Subcommands.Add(CertificateCommand.Create());
root.Subcommands.Add(SnapshotCommand.Create());
root.Subcommands.Add(ReportCommand.Create());
root.Subcommands.Add(ServeCommand.Create());
root.Subcommands.Add(EventsCommand.Create());
root.Subcommands.Add(StoreCommand.Create());
root.Subcommands.Add(CalibrateCommand.Create());
root.Subcommands.Add(ArticleCommand.Create());
ParseResult parsed = root.Parse(args);

// A usage error repeats the command line, which may hold a connection string.
int exitCode = parsed.Errors.Count > 0 ? ShowErrors(parsed) : parsed.Invoke();

// Usage errors exit with 2 here, everywhere; the library's own code for them is 1, which means "no" in this program.
return parsed.Errors.Count > 0 ? 2 : exitCode;

static int ShowErrors(ParseResult parsed)
{
    var (output, error) = (new StringWriter(), new StringWriter());
    int code = parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
    Console.Out.Write(Secrets.Redact(output.ToString()));
    Console.Error.Write(Secrets.Redact(error.ToString()));
    return code;
}
