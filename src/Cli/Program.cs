using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Cli.Shell;

using var output = new StandardStream("standard output", () => Console.Out);
using var error = new StandardStream("standard error", () => Console.Error);
return CommandLine.Run(Root.For(args), args, output, error);
