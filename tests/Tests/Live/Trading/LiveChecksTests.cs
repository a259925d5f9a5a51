using EventSourcedMM.Cli.Live;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Trading;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>What must hold before an order may leave: nothing of it can be had by leaving something out.</summary>
public sealed class LiveChecksTests
{
    private static readonly StrategyConfiguration Bounded = StrategyConfiguration.Default.With("stop_loss", "10").With("max_drawdown", "20").With("max_notional", "100").With("stale_ms", "5000");

    [Theory]
    [InlineData("stop_loss")]
    [InlineData("max_drawdown")]
    [InlineData("max_notional")]
    [InlineData("stale_ms")]
    public void Real_OneLimitMissing_IsRefusedByName(string limit)
    {
        LiveChecks.Require(LiveMode.Real, true, One(Bounded));
        var e = Assert.Throws<UsageException>(() => LiveChecks.Require(LiveMode.Real, true, One(Bounded.With(limit, "0"))));
        Assert.Contains($"{limit} of BTCUSDT", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Session_WithoutAnEndOrBehindIt_IsRefusedByName()
    {
        var session = One(Bounded.With("horizon_mode", "session"));
        Assert.Contains("horizon_mode session of BTCUSDT", Assert.Throws<UsageException>(() => LiveChecks.RequireSessionEnd(session, null)).Message, StringComparison.Ordinal);
        Assert.Contains("is over", Assert.Throws<UsageException>(() => LiveChecks.RequireSessionEnd(session, 10, now: 10)).Message, StringComparison.Ordinal);
        LiveChecks.RequireSessionEnd(session, 11, now: 10);
        LiveChecks.RequireSessionEnd(One(Bounded), null);
    }

    [Fact]
    public void Real_WithoutTheFlag_IsRefused()
    {
        Assert.Contains("--real-money", Assert.Throws<UsageException>(() => LiveChecks.Require(LiveMode.Real, false, One(Bounded))).Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => LiveChecks.Require(LiveMode.Testnet, true, One(Bounded)));
    }

    [Fact]
    public void Real_ShippedConfigurationAlone_IsRefusedByName()
    {
        var e = Assert.Throws<UsageException>(() => LiveChecks.RequireOwn(LiveMode.Real, Given("max_notional")));
        foreach (var name in (string[])["stop_loss", "max_drawdown", "stale_ms", "order_size", "max_inventory"])
        {
            Assert.Contains($"{name} of BTCUSDT", e.Message, StringComparison.Ordinal);
        }

        LiveChecks.RequireOwn(LiveMode.Real, Given("stop_loss", "max_drawdown", "max_notional", "stale_ms", "order_size", "max_inventory"));
        LiveChecks.RequireOwn(LiveMode.Testnet, Given());
    }

    [Theory]
    [InlineData("http://api.example.com", false)]
    [InlineData("https://api.example.com", true)]
    [InlineData("https://api.example.com,ws://api.example.com", false)]
    [InlineData("https://api.example.com,wss://api.example.com,ws://api.example.com", false)]
    [InlineData("http://127.0.0.1:9080", true)]
    [InlineData("prod", true)]
    public void Endpoint_ThatKeysWouldCrossInClearText_IsRefused(string endpoint, bool taken)
    {
        var place = VenueEndpoint.Parse(endpoint);
        Assert.Equal(taken, place.IsEncrypted);
        if (!taken)
        {
            Assert.Contains("clear text", Assert.Throws<UsageException>(() => LiveChecks.RequireEncrypted(place)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Endpoint_WithAPassword_IsRefusedAndNotRepeated()
    {
        var e = Assert.Throws<FormatException>(() => VenueEndpoint.Parse("https://me:hunter2@api.example.com"));
        Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("real", "http://127.0.0.1:9080")]
    [InlineData("demo", "http://127.0.0.1:9080")]
    [InlineData("testnet", "testnet")]
    [InlineData("paper", "prod")]
    public void Lockstep_AnywhereButAtASimulatedVenue_IsRefused(string mode, string endpoint)
    {
        Assert.Throws<UsageException>(() => LiveChecks.RequireLockstepPlace(true, LiveModes.Parse(mode)!.Value, VenueEndpoint.Parse(endpoint)));
        LiveChecks.RequireLockstepPlace(false, LiveModes.Parse(mode)!.Value, VenueEndpoint.Parse(endpoint));
        LiveChecks.RequireLockstepPlace(true, LiveMode.Testnet, VenueEndpoint.Parse("http://127.0.0.1:9080"));
    }

    [Theory]
    [InlineData("real", "prod", "true")]
    [InlineData("real", "http://127.0.0.1:9080", "true")]
    [InlineData("demo", "demo", "true")]
    [InlineData("testnet", "testnet", "true")]
    [InlineData("testnet", "http://127.0.0.1:9080", "false")]
    [InlineData("paper", "prod", "false")]
    public void OwnOrders_WhereTheMarketShowsThem_AreTakenOffUnlessTheUserSaysOtherwise(string mode, string endpoint, string expected)
    {
        var (kind, place) = (LiveModes.Parse(mode)!.Value, VenueEndpoint.Parse(endpoint));
        Assert.Equal(expected, LiveChecks.WithOwnOrders(StrategyConfiguration.Default, kind, place, Given()["BTCUSDT"])["own_orders_in_book"]);
        var said = StrategyConfiguration.Default.With("own_orders_in_book", expected == "true" ? "false" : "true");
        Assert.Equal(said["own_orders_in_book"], LiveChecks.WithOwnOrders(said, kind, place, Given("own_orders_in_book")["BTCUSDT"])["own_orders_in_book"]);
    }

    [Fact]
    public void Durability_IsTheModesUnlessItIsSaid()
    {
        Assert.True(LiveChecks.DecisionsOnDisk(null, LiveMode.Real));
        Assert.False(LiveChecks.DecisionsOnDisk(null, LiveMode.Testnet));
        Assert.True(LiveChecks.DecisionsOnDisk("disk", LiveMode.Testnet));
        Assert.False(LiveChecks.DecisionsOnDisk("os", LiveMode.Real));
        Assert.Throws<UsageException>(() => LiveChecks.DecisionsOnDisk("tape", LiveMode.Real));
    }

    private static Dictionary<string, IReadOnlySet<string>> Given(params string[] names) => new() { ["BTCUSDT"] = names.ToHashSet() };

    [Theory]
    [InlineData("testnet", "prod")]
    [InlineData("testnet", "demo")]
    [InlineData("demo", "prod")]
    [InlineData("demo", "https://api.binance.com")]
    [InlineData("testnet", "https://API.BINANCE.COM,wss://stream.binance.com:9443,wss://ws-api.binance.com:443")]
    [InlineData("testnet", "https://api.binance.us,wss://stream.binance.us:9443,wss://ws-api.binance.us:443")]
    [InlineData("demo", "https://api.binance.com.,wss://stream.binance.com:9443,wss://ws-api.binance.com:443")]
    [InlineData("testnet", "https://proxy.example,wss://proxy.example,wss://proxy.example")]
    [InlineData("real", "testnet")]
    [InlineData("real", "demo")]
    [InlineData("real", "data")]
    public void Endpoint_ThatContradictsTheMode_IsRefused(string mode, string endpoint) =>
        Assert.Throws<UsageException>(() => LiveChecks.Endpoint(LiveModes.Parse(mode)!.Value, endpoint));

    [Theory]
    [InlineData("paper", null, "prod")]
    [InlineData("paper", "data", "data")]
    [InlineData("testnet", null, "testnet")]
    [InlineData("demo", null, "demo")]
    [InlineData("real", null, "prod")]
    [InlineData("testnet", "http://127.0.0.1:9080", "http://127.0.0.1:9080")]
    public void Endpoint_OfTheMode_IsTaken(string mode, string? endpoint, string expected) =>
        Assert.Equal(expected, LiveChecks.Endpoint(LiveModes.Parse(mode)!.Value, endpoint).Name);

    [Fact]
    public void Keys_NotThere_AreAskedForUnlessTheVenueIsOnThisMachine()
    {
        Assert.Throws<UsageException>(() => LiveChecks.Keys(VenueEndpoint.Parse("testnet"), _ => null));
        Assert.NotNull(LiveChecks.Keys(VenueEndpoint.Parse("http://127.0.0.1:9080"), _ => null));
    }

    [Fact]
    public void Portfolio_SeveralSymbolsWithRealMoney_NeedLimitsTogether()
    {
        var bounded = PortfolioConfiguration.Off.With("day_loss", "10").With("max_notional", "100").With("share_quote", "true");
        LiveChecks.RequirePortfolio(LiveMode.Real, 2, lockstep: false, bounded);
        LiveChecks.RequirePortfolio(LiveMode.Real, 1, lockstep: false, PortfolioConfiguration.Off);
        LiveChecks.RequirePortfolio(LiveMode.Testnet, 2, lockstep: false, PortfolioConfiguration.Off);
        foreach (var (limit, off) in new[] { ("day_loss", "0"), ("max_notional", "0"), ("share_quote", "false") })
        {
            Assert.Contains(limit, Assert.Throws<UsageException>(() => LiveChecks.RequirePortfolio(LiveMode.Real, 2, lockstep: false, bounded.With(limit, off))).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("share_quote", "true", false, "quote_capital")]
    [InlineData("budget_percent", "80", false, "budget_percent")]
    [InlineData("day_loss", "1", true, "--lockstep")]
    public void Portfolio_ThatPaperOrLockstepCannotKeep_IsRefused(string limit, string value, bool lockstep, string says) =>
        Assert.Contains(says, Assert.Throws<UsageException>(() => LiveChecks.RequirePortfolio(LiveMode.Paper, 2, lockstep, PortfolioConfiguration.Off.With(limit, value))).Message, StringComparison.Ordinal);

    private static Dictionary<string, StrategyConfiguration> One(StrategyConfiguration configuration) => new() { ["BTCUSDT"] = configuration };
}
