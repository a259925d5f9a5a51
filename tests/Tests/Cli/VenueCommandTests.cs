using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EventSourcedMM.Cli.Commands;
using TempFolder = EventSourcedMM.Tests.Stores.TempFolder;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm venue</c> with input that it cannot serve: it says which and how to write it, and opens no port.</summary>
public sealed class VenueCommandTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--queue foo is not a queue model; it is optimistic, pessimistic or fifo", "--queue", "foo")]
    [InlineData("--queue 2 is not a queue model", "--queue", "2")]
    [InlineData("fast", "--speed", "fast")]
    [InlineData("--port 70000 is not a port", "--port", "70000")]
    [InlineData("listens on loopback only", "--host", "0.0.0.0")]
    [InlineData("nonsense", "--faults", "nonsense=1%")]
    [InlineData("--seed -1", "--seed", "-1")]
    [InlineData("--life soon is not a duration", "--life", "soon")]
    [InlineData("KEY:SECRET", "--key", "alone")]
    [InlineData("cannot be read", "--key", "name:@/nowhere/key.pem")]
    [InlineData("1e3", "--balances", "BTC=1e3x")]
    [InlineData("much", "--commission", "much")]
    [InlineData("cheap", "--bnb", "cheap")]
    [InlineData("long", "--latency", "long")]
    [InlineData("--order-limit 0", "--order-limit", "0")]
    [InlineData("--weight-limit none", "--weight-limit", "none")]
    [InlineData("NOSUCHUSDT", "--symbols", "NOSUCHUSDT")]
    [InlineData("nobody", "--recording", "nobody")]
    [InlineData("--start noon", "--start", "noon")]
    public void Venue_WrongInput_SaysWhich(string reason, params string[] arguments)
    {
        var (code, output, error) = Run([.. arguments[0] == "--symbols" ? [] : (string[])["--symbols", "NEXOUSDT"], .. arguments, .. arguments[0] == "--port" ? [] : (string[])["--port", "0"]]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("EventSourcedMM.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Venue_PortThatIsTaken_SaysSo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var (code, output, error) = Run(["--symbols", "NEXOUSDT", "--port", port]);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(port, error, StringComparison.Ordinal);
    }

    private (int Code, string Output, string Error) Run(string[] arguments)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var parsed = new RootCommand { VenueCommand.Create() }.Parse(["venue", .. arguments, "--store", folder]);
        Assert.Empty(parsed.Errors);
        var code = parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
