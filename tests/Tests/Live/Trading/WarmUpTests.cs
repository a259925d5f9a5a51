using EventSourcedMM.Cli.Live;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Tests.Live.Trading;

/// <summary>Warming up goes through everything that a message goes through, leaves nothing behind, and then allocates nothing.</summary>
public sealed class WarmUpTests
{
    [Theory]
    [InlineData(LiveMode.Paper)]
    [InlineData(LiveMode.Testnet)]
    public async Task WarmUp_OfAMode_DecidesOrdersAndThenAllocatesNothingForAMessage(LiveMode mode)
    {
        var result = await WarmUp.AgainAsync(new LiveOptions
        {
            Mode = mode,
            Capture = new CaptureOptions { Symbols = ["NEXOUSDT"], Endpoint = VenueEndpoint.Parse("http://127.0.0.1:1") },
            Strategies = new Dictionary<string, StrategyConfiguration>(),
            Header = LiveRunHeader.Of,
            EngineVersion = RunHeader.EngineVersion,
            Notes = LiveRunHeader.Notes,
        });
        Assert.NotNull(result);
        Assert.Null(result.Failure);
        Assert.InRange(result.Messages, 2_000, 5_000);
        Assert.InRange(result.Decisions, 500, 5_000);
        Assert.InRange(result.Orders, 300, 20_000);

        // On paper a message and all that follows from it, flushes now and then included; at a venue the made-up answers are objects, as real ones are.
        Assert.InRange(result.BytesAMessage, 0, mode == LiveMode.Paper ? 24 : 200);
        Assert.False(Directory.Exists(result.Folder));

        // Three orders a round through the gateway: of two rounds one order fills whole, one in part, and every other one is cancelled, replaced or amended.
        if (mode == LiveMode.Paper)
        {
            Assert.Null(result.Account);
            return;
        }

        Assert.Equal(new GatewayWarmUpResult(192, 64, 160, null), result.Account);
    }
}
