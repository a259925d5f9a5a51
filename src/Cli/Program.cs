using System.CommandLine;
using EventSourcedMM.Cli.Commands;

var root = new RootCommand("Event-sourced market making: record, replay, prove.");
root.Subcommands.Add(BacktestCommand.Create());
root.Subcommands.Add(CaptureCommand.Create());
root.Subcommands.Add(TestCommand.Create());
root.Subcommands.Add(ImportCommand.Create());
root.Subcommands.Add(BookCommand.Create());
root.Subcommands.Add(DaysCommand.Create());
root.Subcommands.Add(SamplesCommand.Create());
root.Subcommands.Add(VenueCommand.Create());
root.Subcommands.Add(VerifyCommand.Create());
root.Subcommands.Add(EventsCommand.Create());
root.Subcommands.Add(StoreCommand.Create());
root.Subcommands.Add(CalibrateCommand.Create());
root.Subcommands.Add(ArticleCommand.Create());
ParseResult parsed = root.Parse(args);
int exitCode = parsed.Invoke();
// Usage errors exit with 2 here, everywhere; the library's own code for them is 1, which means "no" in this program.
return parsed.Errors.Count > 0 ? 2 : exitCode;
