using System.CommandLine;
using EventSourcedMM.Domain.Configuration;

namespace EventSourcedMM.Cli.Configuration;

/// <summary>A flag for every strategy parameter: --gamma 0.2, --max-inventory 500 …</summary>
public sealed class ParameterOptions
{
    private readonly Option<string?>[] options = Array.ConvertAll(ParameterTable.All, p => new Option<string?>(p.Flag)
    {
        Description = $"{p.Meaning}{(p.Unit.Length > 0 ? $" [{p.Unit}]" : "")}",
        HelpName = p.Kind == ParameterKind.Choice ? string.Join('|', p.Choices) : p.Kind == ParameterKind.Flag ? "true|false" : "VALUE",
    });

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in options)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The parameters whose flags were given.</summary>
    public IEnumerable<Parameter> Given(ParseResult parsed) => ParameterTable.All.Where((_, i) => parsed.GetValue(options[i]) is not null);

    /// <summary>Applies the flags that were given.</summary>
    /// <exception cref="ConfigurationException">Names the parameter and what is allowed.</exception>
    public StrategyConfiguration Apply(ParseResult parsed, StrategyConfiguration configuration)
    {
        for (var i = 0; i < options.Length; i++)
        {
            if (parsed.GetValue(options[i]) is { } value)
            {
                configuration = configuration.With(ParameterTable.All[i].Name, value);
            }
        }

        return configuration;
    }
}
