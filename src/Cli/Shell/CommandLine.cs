using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using EventSourcedMM.Stores.Locations;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Runs the program for its arguments: what cannot be read of them is said in one line each, without the help.</summary>
public static class CommandLine
{
    // What the library's own handler answers for a defect of the program.
    private const int Defect = 1;

    /// <summary>Runs a command line.</summary>
    /// <param name="root">The commands.</param>
    /// <param name="arguments">What the user wrote.</param>
    /// <param name="output">Results.</param>
    /// <param name="error">Everything else.</param>
    /// <returns>The exit code (docs/cli.md).</returns>
    public static int Run(RootCommand root, IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var parsed = root.Parse(arguments);
        string[] problems = [.. Problems(parsed, arguments.Contains("--")).Distinct(StringComparer.Ordinal)];
        try
        {
            // Who asks for help gets it, whatever else is wrong; the program alone shows its own, which was no command.
            if (problems.Length > 0 && arguments.Count == 0)
            {
                parsed = root.Parse(["--help"]);
            }
            else if (problems.Length > 0 && parsed.Action is not HelpAction)
            {
                // What is repeated here may hold a connection string.
                foreach (var problem in problems.Append($"see '{string.Join(' ', Names(parsed.CommandResult))} --help'"))
                {
                    error.WriteLine("mm: " + Secrets.Redact(problem));
                }

                return ExitCode.BadInput;
            }

            var code = parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });

            return arguments.Count == 0 ? ExitCode.BadInput : code;
        }
        catch (OutputFailedException e)
        {
            return Say(error, "mm: " + e.Message, ExitCode.BadInput);
        }
        catch (Exception e)
        {
            return Say(error, "Unhandled exception: " + e, Defect);
        }
    }

    private static int Say(TextWriter error, string text, int code)
    {
        try
        {
            error.WriteLine(Secrets.Redact(text));
            return code;
        }
        catch (OutputFailedException)
        {
            // There is nobody left to tell but by the code.
            return code;
        }
    }

    private static IEnumerable<string> Problems(ParseResult parsed, bool isDelimited)
    {
        var swallowed = false;
        foreach (var option in parsed.CommandResult.Children.OfType<OptionResult>())
        {
            if (option.Tokens.Select(t => t.Value).FirstOrDefault(v => v.StartsWith("--", StringComparison.Ordinal) && Options(parsed).Contains(Name(v))) is { } next)
            {
                swallowed = true;
                yield return $"{option.Option.Name} has no value: {Name(next)}, which follows it, is an option";
            }
        }

        // The library takes an option that it does not know for an argument where there is room for one.
        foreach (var taken in parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Where(t => !isDelimited && t.Value.StartsWith("--", StringComparison.Ordinal)))
        {
            swallowed = true;
            yield return Unknown(parsed, taken.Value);
        }

        var unknown = parsed.UnmatchedTokens;
        for (var i = 0; i < unknown.Count; i++)
        {
            // What follows an unknown option is its value, and what is left behind one that was taken for something else is of no account.
            if (unknown[i].StartsWith('-') || !(swallowed || (i > 0 && unknown[i - 1].StartsWith('-'))))
            {
                yield return Unknown(parsed, unknown[i]);
            }
        }

        foreach (var problem in parsed.Errors.Where(e => !unknown.Any(u => e.Message.Contains($"'{u}'", StringComparison.Ordinal))))
        {
            if (problem.SymbolResult is OptionResult { Tokens.Count: 0, Implicit: false } option)
            {
                yield return $"{option.Option.Name} has no value";
            }
            else if (parsed.CommandResult is { Command.Subcommands.Count: 0 } command && problem.SymbolResult is (ArgumentResult { Tokens.Count: 0 } or CommandResult or OptionResult { Implicit: true }) && Missing(command) is { Length: > 0 } missing)
            {
                // Of an option that was taken for an argument it is not known what else is missing.
                if (!swallowed)
                {
                    yield return missing;
                }
            }
            else if (problem.SymbolResult is not CommandResult { Command.Subcommands: { Count: > 0 } commands })
            {
                yield return problem.Message.TrimEnd('.');
            }
            else if (unknown.Count == 0)
            {
                yield return $"Name a command: {string.Join(", ", commands.Select(c => c.Name))}";
            }
        }
    }

    // Options and arguments that have to be there and are not: said once, whatever the library says of each.
    private static string Missing(CommandResult command)
    {
        string[] missing =
        [
            .. command.Command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && command.GetResult(a) is not { Tokens.Count: > 0 }).Select(a => a.Name),
            .. command.Command.Options.Where(o => o.Required && command.GetResult(o) is not { Implicit: false }).Select(o => o.Name),
        ];
        return missing.Length == 0 ? "" : $"{string.Join(" and ", missing)} {(missing.Length == 1 ? "is" : "are")} missing";
    }

    private static string Unknown(ParseResult parsed, string token)
    {
        var commands = parsed.CommandResult.Command.Subcommands.Select(c => c.Name).ToArray();
        var isOption = token.StartsWith('-');
        var kind = !isOption && commands.Length > 0 ? "command" : "argument";
        var near = isOption ? Nearest.Of(Name(token), Options(parsed)) : Nearest.Of(token, commands);
        return $"Unrecognized {kind} '{token}'{(near is null ? "" : $"; did you mean {near}?")}";
    }

    // An option without the value that may hang on it.
    private static string Name(string token) => token.Split('=', ':')[0];

    private static IEnumerable<string> Options(ParseResult parsed) =>
        Results(parsed.CommandResult).Reverse().SelectMany(r => r.Command.Options.Where(o => r == parsed.CommandResult || o.Recursive)).SelectMany(o => o.Aliases.Prepend(o.Name));

    private static IEnumerable<string> Names(CommandResult command) => Results(command).Select(r => r.Parent is null ? "mm" : r.Command.Name);

    private static IEnumerable<CommandResult> Results(CommandResult command) => command.Parent is CommandResult above ? Results(above).Append(command) : [command];
}
