using System.CommandLine;
using System.Globalization;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Replay.Article;

namespace EventSourcedMM.Cli.Commands;

/// <summary>
/// <c>mm article</c>: the published tables of Avellaneda and Stoikov beside our Monte Carlo and the exact moments.
/// </summary>
public static class ArticleCommand
{
    private const int Done = 0;
    private const int BadInput = 2;

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
        command.SetAction(parseResult => Run(
            parseResult.GetValue(gamma)!,
            parseResult.GetValue(paths)!,
            parseResult.GetValue(seed)!,
            parseResult.GetValue(json),
            parseResult.InvocationConfiguration.Output,
            parseResult.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(string gammaText, string pathsText, string seedText, bool json, TextWriter output, TextWriter error)
    {
        if (!TryParseGammas(gammaText, out List<double> gammas, out string problem))
        {
            error.WriteLine(problem);
            return BadInput;
        }
        if (!int.TryParse(pathsText, NumberStyles.None, CultureInfo.InvariantCulture, out int paths) || paths < 2)
        {
            error.WriteLine($"--paths {pathsText}: must be a whole number from 2 to {int.MaxValue}; a standard deviation needs two paths.");
            return BadInput;
        }
        if (!ulong.TryParse(seedText, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            error.WriteLine($"--seed {seedText}: must be a whole number from 0 to {ulong.MaxValue}.");
            return BadInput;
        }

        IReadOnlyList<ArticleRow> rows;
        try
        {
            rows = ArticleRow.ComputeAll(gammas, paths, seed);
        }
        catch (ArgumentOutOfRangeException outOfRange)
        {
            error.WriteLine($"--gamma {gammaText}: {MessageOf(outOfRange)}");
            return BadInput;
        }
        output.WriteLine(json ? ArticleReport.Json(rows, paths, seed) : ArticleReport.Table(rows, paths, seed));
        return Done;
    }

    private static bool TryParseGammas(string text, out List<double> gammas, out string problem)
    {
        gammas = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double gamma))
            {
                problem = $"--gamma {text}: '{part}' is not a number. Give risk aversions separated by commas, as in --gamma 0.1,0.01,1.";
                return false;
            }
            try
            {
                _ = ModelConstants.Create(gamma, ArticleExperiment.Decay);
            }
            catch (ArgumentOutOfRangeException outOfRange)
            {
                problem = $"--gamma {text}: '{part}' is out of range. {MessageOf(outOfRange)}";
                return false;
            }
            gammas.Add(gamma);
        }
        problem = "";
        return true;
    }

    /// <summary>The message without the parameter name and value that the runtime appends to it.</summary>
    private static string MessageOf(ArgumentOutOfRangeException exception) =>
        exception.Message.Split(" (Parameter ", 2)[0];
}
