using System.Text.Json;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Tests.Live;

namespace EventSourcedMM.Tests.Cli;

/// <summary>The configuration file, its schema and its page.</summary>
public sealed class ConfigurationTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Samples.Root, "..", ".."));

    [Fact]
    public void Schema_InGit_IsTheOneTheTableMakes() => Held("config/mm.schema.json", ConfigurationSchema.Json(), text => text);

    [Fact]
    public void Page_Parameters_AreTheOnesOfTheTable() => Held("docs/configuration.md", ConfigurationSchema.Table(), text =>
        text[(text.IndexOf("held by a test -->\n", StringComparison.Ordinal) + 19)..text.IndexOf("<!-- end -->", StringComparison.Ordinal)]);

    [Fact]
    public void Page_Portfolio_HasTheLimitsOfTheTable() => Held("docs/configuration.md", ConfigurationSchema.PortfolioTable(), text =>
        text[(text.IndexOf("PortfolioConfiguration.cs, held by a test -->\n", StringComparison.Ordinal) + 46)..text.IndexOf("<!-- end of portfolio -->", StringComparison.Ordinal)]);

    [Theory]
    [InlineData("""{"portfolio":{"day_los":1}}""", "portfolio: 'day_los' is no limit of a portfolio; these are day_loss, max_notional")]
    [InlineData("""{"portfolio":{"day_loss":-1}}""", "portfolio: day_loss is '-1'; it must be at least 0")]
    [InlineData("""{"portfolio":{"share_quote":1}}""", "share_quote is '1'; it must be true or false")]
    [InlineData("""{"portfolio":{"quote_capital":1}}""", "set share_quote true")]
    [InlineData("""{"portfolio":[]}""", "portfolio must be an object of limits")]
    public void File_PortfolioThatIsWrong_IsRefusedByName(string json, string says)
    {
        var path = Path.Combine(Path.GetTempPath(), $"mm-portfolio-{Guid.NewGuid():N}.json");
        File.WriteAllText(path, json);
        try
        {
            Assert.Contains(says, Assert.Throws<ConfigurationException>(() => ConfigurationFile.Load(path, "X")).Message, StringComparison.Ordinal);
            Assert.Contains(says, Assert.Throws<ConfigurationException>(() => ConfigurationFile.LoadPortfolio(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("NEXOUSDT")]
    [InlineData("BTCUSDT")]
    [InlineData("ETHUSDT")]
    public void ShippedFile_EachSymbol_Loads(string symbol)
    {
        var configuration = ConfigurationFile.Load(null, symbol);
        Assert.Equal(configuration.ToJson(), StrategyConfiguration.FromJson(configuration.ToJson()).ToJson());
    }

    [Fact]
    public void Defaults_TheSeedsFour_AreTheSeeds()
    {
        var c = StrategyConfiguration.Default;
        Assert.Equal(("0.1", "1.5", "1", "0.5"), (c["gamma"], c["k"], c["max_inventory"], c["inventory_threshold"]));
    }

    [Theory]
    [InlineData("""{"defaults":{"gama":1}}""", "defaults: 'gama' is not a parameter. Did you mean gamma?")]
    [InlineData("""{"symbols":{"X":{"gamma":-1}}}""", "symbols, X: gamma is '-1'; it must be at least 0")]
    [InlineData("""{"symbols":{"X":{"levels":1.5}}}""", "levels is '1.5'; it must be a whole number")]
    [InlineData("""{"symbols":{"X":{"horizon_mode":"forever"}}}""", "it must be one of rolling, session, stationary")]
    [InlineData("""{"symbols":{"X":{"k":0}}}""", "k is '0'; it must be above 0")]
    [InlineData("""{"strategy":{}}""", "'strategy' is not known")]
    [InlineData("""{"symbols":{"nexousdt":{"gamma":1}}}""", "'nexousdt' is no symbol; symbols are capital letters and digits, as in NEXOUSDT")]
    [InlineData("""{"symbols":{"":{"gamma":1}}}""", "'' is no symbol")]
    [InlineData("""{"symbols":{"X":{"gamma":1},"X":{"gamma":2}}}""", "\"X\" is there twice")]
    [InlineData("""{"symbols":{"X":{"gamma":1,"k":2,"gamma":3}}}""", "symbols, X: gamma is there twice")]
    [InlineData("""{"defaults":{},"defaults":{}}""", "\"defaults\" is there twice")]
    [InlineData("""[1]""", "must be a JSON object")]
    [InlineData("""{"defaults":{"gamma":}}""", "is not JSON")]
    [InlineData("""{"defaults":{"gamma":null}}""", "gamma must be a number")]
    public void File_WithAMistake_IsRefusedByName(string text, string expected)
    {
        var path = Path.Combine(Path.GetTempPath(), $"mm-config-{Guid.NewGuid():N}.json");
        File.WriteAllText(path, text);
        try
        {
            var e = Assert.Throws<ConfigurationException>(() => ConfigurationFile.Load(path, "NEXOUSDT"));
            Assert.Contains(expected, e.Message, StringComparison.Ordinal);
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("max_distance=0.02 min_half_spread=0.03", "max_distance (0.02) must not be below min_half_spread (0.03)")]
    [InlineData("max_distance=0.001", "max_distance (0.001) is less than one tick of TESTUSDT (0.01)")]
    [InlineData("max_inventory=90000000000", "max_inventory (90000000000) is too large: with 8 decimals it can be 2882303761 at most")]
    [InlineData("max_inventory=90000000000 order_size=90000000000", "is too large")]
    [InlineData("min_half_spread=90000000000", "min_half_spread (90000000000) is too large")]
    [InlineData("level_spacing=3000000000", "level_spacing (3000000000) is too large")]
    public void Parameters_ThatTheInstrumentCannotHold_AreRefusedByName(string words, string expected)
    {
        var e = Assert.Throws<ConfigurationException>(() => new StrategyParameters(Support.SampleRuns.Configure(words), Support.Naive.LineRecording.Instrument));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_Layers_BuiltInThenDefaultsThenSection()
    {
        var path = Path.Combine(Path.GetTempPath(), $"mm-config-{Guid.NewGuid():N}.json");
        File.WriteAllText(path, """{"symbols":{"NEXOUSDT":{"k":800}},"defaults":{"gamma":0.2,"k":3}}""");
        try
        {
            var c = ConfigurationFile.Load(path, "NEXOUSDT");
            Assert.Equal(("0.2", "800", "1"), (c["gamma"], c["k"], c["max_inventory"]));
            Assert.Equal("3", ConfigurationFile.Load(path, "BTCUSDT")["k"]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // MM_ACCEPT_SCHEMA=1 writes the schema; the page is edited by hand.
    private static void Held(string file, string expected, Func<string, string> part)
    {
        var path = Path.Combine(Root, file);
        if (Environment.GetEnvironmentVariable("MM_ACCEPT_SCHEMA") == "1" && file.EndsWith(".json", StringComparison.Ordinal))
        {
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path), $"{file} is missing; MM_ACCEPT_SCHEMA=1 writes it.");
        Assert.Equal(expected, part(File.ReadAllText(path)));
        if (file.EndsWith(".json", StringComparison.Ordinal))
        {
            JsonDocument.Parse(expected).Dispose();
        }
    }
}
