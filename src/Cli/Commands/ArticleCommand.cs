using System.CommandLine;
using System.Globalization;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Replay.Article;

namespace EventSourcedMM.Cli.Commands;

/// <summary>
/// <c>mm article</c>: the published tables of Avellaneda and Stoikov beside our Monte Carlo and the exact moments.
/// </summary>
public static class ArticleCommand
{
    /// <summary>The command with its options; they are documented in docs/article.md.</summary>
    public static Command Create()
    {
        var gamma = new Option<string>("--gamma")
        {
            Description = "Risk aversions, separated by commas.",
            HelpName = "LIST",
            DefaultValueFactory = _ => "0.1,0.01,1",
        };
        // Numbers are read as text and parsed here, so that a bad one names itself and exits with 2.
        var paths = new Option<string>("--paths")
        {
            Description = "Monte Carlo paths a row, at least 2.",
            HelpName = "N",
            DefaultValueFactory = _ => "1000",
        };
        var seed = new Option<string>("--seed")
        {
            Description = "Seed of the random numbers, 0 to 18446744073709551615; the same seed gives the same numbers everywhere.",
            HelpName = "S",
            DefaultValueFactory = _ => "1",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };

        var command = new Command(
            "article", "Reproduce the article's experiment: published rows, Monte Carlo with errors, exact moments.")
        {
            gamma,
            paths,
            seed,
            json,
        };
        command.SetGuardedAction((parsed, terminal) => Run(
            parsed.GetValue(gamma)!,
            parsed.GetValue(paths)!,
            parsed.GetValue(seed)!,
            parsed.GetValue(json),
            terminal));
        return command;
    }

    private static int Run(string gammaText, string pathsText, string seedText, bool json, Terminal terminal)
    {
        List<double> gammas = Gammas(gammaText);
        if (!int.TryParse(pathsText, NumberStyles.None, CultureInfo.InvariantCulture, out int paths) || paths < 2)
        {
            throw new UsageException($"--paths {pathsText}: must be a whole number from 2 to {int.MaxValue}; a standard deviation needs two paths.");
        }
        if (!ulong.TryParse(seedText, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            throw new UsageException($"--seed {seedText}: must be a whole number from 0 to {ulong.MaxValue}.");
        }

        IReadOnlyList<ArticleRow> rows;
        try
        {
            rows = ArticleRow.ComputeAll(gammas, paths, seed);
        }
        catch (ArgumentOutOfRangeException outOfRange)
        {
            throw new UsageException($"--gamma {gammaText}: {MessageOf(outOfRange)}");
        }
        terminal.Output.WriteLine(json ? ArticleReport.Json(rows, paths, seed) : ArticleReport.Table(rows, paths, seed));
        return ExitCode.Done;
    }

    private static List<double> Gammas(string text)
    {
        List<double> gammas = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double gamma))
            {
                throw new UsageException($"--gamma {text}: '{part}' is not a number. Give risk aversions separated by commas, as in --gamma 0.1,0.01,1.");
            }
            try
            {
                _ = ModelConstants.Create(gamma, ArticleExperiment.Decay);
            }
            catch (ArgumentOutOfRangeException outOfRange)
            {
                throw new UsageException($"--gamma {text}: '{part}' is out of range. {MessageOf(outOfRange)}");
            }
            gammas.Add(gamma);
        }
        return gammas;
    }

    /// <summary>The message without the parameter name and value that the runtime appends to it.</summary>
    private static string MessageOf(ArgumentOutOfRangeException exception) =>
        exception.Message.Split(" (Parameter ", 2)[0];
}
