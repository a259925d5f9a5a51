using System.CommandLine;
using EventSourcedMM.Domain.Configuration;

namespace EventSourcedMM.Cli.Configuration;

/// <summary>A flag for every limit over all symbols: --portfolio-day-loss 200 …</summary>
public sealed class PortfolioOptions
{
    private readonly Option<string?>[] options = Array.ConvertAll(PortfolioConfiguration.Table, p => new Option<string?>("--portfolio-" + p.Name.Replace('_', '-'))
    {
        Description = $"All symbols together: {p.Meaning}{(p.Unit.Length > 0 ? $" [{p.Unit}]" : "")}",
        HelpName = p.Kind == ParameterKind.Flag ? "true|false" : "VALUE",
    });

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in options)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Applies the flags that were given.</summary>
    /// <exception cref="ConfigurationException">Names the limit and what is allowed.</exception>
    public PortfolioConfiguration Apply(ParseResult parsed, PortfolioConfiguration portfolio)
    {
        for (var i = 0; i < options.Length; i++)
        {
            if (parsed.GetValue(options[i]) is { } value)
            {
                try
                {
                    portfolio = portfolio.With(PortfolioConfiguration.Table[i].Name, value);
                }
                catch (ConfigurationException e)
                {
                    // A symbol has limits of the same names.
                    throw new ConfigurationException($"{options[i].Name}: {e.Message}");
                }
            }
        }

        _ = new PortfolioRules(portfolio);
        return portfolio;
    }
}
