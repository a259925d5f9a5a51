using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Stores.Json;

namespace EventSourcedMM.Cli.Configuration;

/// <summary>
/// The configuration file: one JSON object with "defaults" for every symbol and "symbols" with a section each
/// (config/mm.schema.json). A symbol's configuration is the built-in defaults, then "defaults", then its section, then flags.
/// </summary>
public static class ConfigurationFile
{
    private const string ShippedName = "EventSourcedMM.Cli.shipped.json";

    /// <summary>The configuration of a symbol from a file, or from the shipped one when no file is named.</summary>
    /// <exception cref="ConfigurationException">Names file, section and key.</exception>
    public static StrategyConfiguration Load(string? path, string symbol)
    {
        var name = path ?? "the shipped configuration";
        var bytes = path is null ? Shipped() : Read(path);
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Load(document.RootElement, name, symbol);
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"{name} is not JSON: {JsonFault.Of(e)}.");
        }
    }

    /// <summary>Before the work: that a file can be read, every section of it; nothing without a file.</summary>
    /// <exception cref="ConfigurationException">Names file, section and key.</exception>
    public static void Check(string? path)
    {
        if (path is not null)
        {
            _ = Load(path, "");
        }
    }

    /// <summary>The limits over all symbols from a file; none when no file is named, or the file has none.</summary>
    /// <exception cref="ConfigurationException">Names file, section and key.</exception>
    public static PortfolioConfiguration LoadPortfolio(string? path)
    {
        if (path is null)
        {
            return PortfolioConfiguration.Off;
        }

        try
        {
            using var document = JsonDocument.Parse(Read(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("portfolio", out var section)
                ? Portfolio(section, path)
                : PortfolioConfiguration.Off;
        }
        catch (JsonException e)
        {
            throw new ConfigurationException($"{path} is not JSON: {JsonFault.Of(e)}.");
        }
    }

    /// <summary>The parameters that a file sets for a symbol, in its defaults or the symbol's section; none without a file. The file was loaded before.</summary>
    public static IReadOnlySet<string> Given(string? path, string symbol)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        if (path is null)
        {
            return names;
        }

        using var document = JsonDocument.Parse(Read(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        if (document.RootElement.TryGetProperty("defaults", out var defaults))
        {
            names.UnionWith(defaults.EnumerateObject().Select(p => p.Name));
        }

        if (document.RootElement.TryGetProperty("symbols", out var symbols) && symbols.TryGetProperty(symbol, out var section))
        {
            names.UnionWith(section.EnumerateObject().Select(p => p.Name));
        }

        return names;
    }

    /// <summary>The shipped file's text.</summary>
    public static byte[] Shipped()
    {
        using var stream = typeof(ConfigurationFile).Assembly.GetManifestResourceStream(ShippedName)
            ?? throw new InvalidOperationException($"The program was built without {ShippedName}.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private static PortfolioConfiguration Portfolio(JsonElement section, string name)
    {
        var portfolio = PortfolioConfiguration.Off.With(section, $"{name}, portfolio");
        _ = new PortfolioRules(portfolio);
        return portfolio;
    }

    private static StrategyConfiguration Load(JsonElement root, string name, string symbol)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ConfigurationException($"{name} must be a JSON object with \"defaults\" and \"symbols\".");
        }

        var configuration = StrategyConfiguration.Default;
        StrategyConfiguration? own = null;
        RefuseTwice(root, name);
        foreach (var property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "$schema" or "about":
                    break;
                case "defaults":
                    configuration = configuration.With(property.Value, $"{name}, defaults");
                    break;
                case "symbols":
                    break;
                case "portfolio":
                    // Read here too, so that a mistake in it is found by whoever uses the file.
                    _ = Portfolio(property.Value, name);
                    break;
                default:
                    throw new ConfigurationException($"{name}: '{property.Name}' is not known; a configuration has \"defaults\", \"symbols\" and \"portfolio\".");
            }
        }

        if (root.TryGetProperty("symbols", out var symbols))
        {
            if (symbols.ValueKind != JsonValueKind.Object)
            {
                throw new ConfigurationException($"{name}: \"symbols\" must be an object with a section per symbol.");
            }

            // Every section is read, so that a mistake in another symbol's section is found now and not on its first day.
            RefuseTwice(symbols, $"{name}, symbols");
            foreach (var section in symbols.EnumerateObject())
            {
                if (section.Name.Length == 0 || section.Name.Any(c => c is not ((>= 'A' and <= 'Z') or (>= '0' and <= '9'))))
                {
                    throw new ConfigurationException($"{name}, symbols: '{section.Name}' is no symbol; symbols are capital letters and digits, as in NEXOUSDT.");
                }

                var read = configuration.With(section.Value, $"{name}, symbols, {section.Name}");
                own = section.Name == symbol ? read : own;
            }
        }

        return own ?? configuration;
    }

    // The later of two would win silently, and the one that somebody edits may be the other.
    private static void RefuseTwice(JsonElement of, string where)
    {
        if (of.EnumerateObject().GroupBy(p => p.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new ConfigurationException($"{where}: \"{twice.Key}\" is there twice; leave one.");
        }
    }

    private static byte[] Read(string path) => File.Exists(path)
        ? File.ReadAllBytes(path)
        : throw new UsageException(Directory.Exists(path) ? $"--config {path} is a directory; name the file." : $"There is no configuration file {path}.");
}
