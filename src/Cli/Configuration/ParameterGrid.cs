using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Configuration;

namespace EventSourcedMM.Cli.Configuration;

/// <summary>Parameters with several values each: every combination is a set, the last parameter varying fastest.</summary>
public sealed class ParameterGrid
{
    /// <summary>Most sets of one sweep: each has an engine, a venue and metrics in memory.</summary>
    public const int MostSets = 4_096;

    private readonly string[][] values;

    private ParameterGrid(IReadOnlyList<string> names, string[][] values)
    {
        Names = names;
        this.values = values;
        Count = values.Aggregate(1, (n, v) => n * v.Length);
    }

    /// <summary>The parameters, in the order they were given.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Number of sets.</summary>
    public int Count { get; }

    /// <summary>Reads texts such as gamma=0.05,0.1.</summary>
    /// <exception cref="UsageException">One is not of that form, or comes twice.</exception>
    /// <exception cref="ConfigurationException">A parameter is unknown, or a value impossible.</exception>
    public static ParameterGrid Parse(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            throw new UsageException("Name a parameter and its values: --set gamma=0.05,0.1,0.2.");
        }

        var names = new List<string>();
        var all = new List<string[]>();
        var count = 1L;
        foreach (var text in texts)
        {
            var cut = text.IndexOf('=', StringComparison.Ordinal);
            if (cut <= 0)
            {
                throw new UsageException($"--set {text} has no '='; write --set gamma=0.05,0.1,0.2.");
            }

            var name = text[..cut].Trim().Replace('-', '_');
            if (names.Contains(name))
            {
                throw new UsageException($"--set names {name} twice; give all its values at once: --set {name}=A,B.");
            }

            // Values in their one written form: 0.1 and 0.10 are one set, and would be one run.
            var values = text[(cut + 1)..].Split(',').Select(v => StrategyConfiguration.Default.With(name, v.Trim())[name]).ToArray();
            if (values.GroupBy(v => v, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            {
                throw new UsageException($"--set {text}: the value {twice.Key} is there twice; leave one.");
            }

            names.Add(name);
            all.Add(values);
            count = Math.Min(count * values.Length, int.MaxValue);
        }

        return count <= MostSets
            ? new ParameterGrid(names, [.. all])
            : throw new UsageException($"These are {count} sets; a sweep takes at most {MostSets}. Sweep in parts.");
    }

    /// <summary>The values of a set, in the order of the names.</summary>
    public string[] Values(int set)
    {
        var row = new string[values.Length];
        for (var i = values.Length - 1; i >= 0; i--)
        {
            row[i] = values[i][set % values[i].Length];
            set /= values[i].Length;
        }

        return row;
    }

    /// <summary>A set as a user would write it: gamma=0.1 levels=2.</summary>
    public string Label(int set) => string.Join(' ', Names.Zip(Values(set), (name, value) => $"{name}={value}"));

    /// <summary>Every set's configuration.</summary>
    public IReadOnlyList<StrategyConfiguration> Apply(StrategyConfiguration configuration) =>
        [.. Enumerable.Range(0, Count).Select(set => Names.Zip(Values(set)).Aggregate(configuration, (c, p) => c.With(p.First, p.Second)))];

    /// <summary>Makes sure that no parameter is both swept and fixed.</summary>
    /// <exception cref="UsageException">One is.</exception>
    public void RefuseGivenTwice(IEnumerable<Parameter> given)
    {
        if (given.FirstOrDefault(p => Names.Contains(p.Name)) is { } both)
        {
            throw new UsageException($"{both.Name} is given with {both.Flag} and with --set; leave one.");
        }
    }
}
