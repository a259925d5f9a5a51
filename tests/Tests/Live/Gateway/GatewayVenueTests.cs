using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Tests.Live.Gateway;

/// <summary>The gateway against the simulated venue over real sockets: with each fault, both agree in the end on orders, position and cash to the last digit.</summary>
public sealed class GatewayVenueTests
{
    [Theory]
    [InlineData("")]
    [InlineData("lost-answer=20%")]
    [InlineData("unknown-status=20%")]
    [InlineData("cut-request=5%")]
    [InlineData("early-report=60%,double-report=50%")]
    [InlineData("late-report=40%:5s..60s")]
    [InlineData("fill-before-cancel=30%")]
    [InlineData("half-replace=50%")]
    [InlineData("no-balance=20%")]
    [InlineData("server-error=20%")]
    [InlineData("lost-report=30%")]
    public async Task Session_WithAFault_AgreesWithTheVenue(string faults)
    {
        await using var bench = await GatewayBench.StartAsync("NEXOUSDT", "100", faults: faults.Length > 0 ? faults : null);
        var best = await bench.BestAsync();
        var session = new ToySession(bench, 0, faults.Length);
        await session.RunAsync(turns: 60, kills: 1, () => best);
        Assert.True(session.Maker.Count(EventType.OrderAccepted) > 0, $"only {session.Maker.Count(EventType.OrderAccepted)} orders were accepted");
        Assert.Equal(1, session.Restarts);
    }
}
