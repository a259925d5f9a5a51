using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Cli;

/// <summary><c>mm test</c> against a venue on loopback: each component as it passes, and as it fails.</summary>
public sealed class TestCommandTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Quotes_Pass() =>
        Assert.Equal(["equations 29 and 30", "the article's six rows"], Passed(await RunAsync(0, "--component", "quotes")));

    [Fact]
    public async Task Store_OnADiskThatCanBeWritten_PassesAndLeavesNothing()
    {
        Assert.Equal(["append", "fsync", "read back", "room"], Passed(await RunAsync(0, "--component", "store", "--store", folder)));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public async Task Store_ThatCannotBeWritten_FailsAndSaysWhatToDo()
    {
        var json = await RunAsync(1, "--component", "store", "--store", "/proc/nothing");
        Assert.Contains("name another directory with --store", Failed(json, "append"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Venue_WithTheRightTime_Passes()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "10");
        Assert.Equal(["round trip", "clock", "limits", "filters of NEXOUSDT"], Passed(await RunAsync(0, [.. At(bench), "--component", "venue"])));
    }

    [Fact]
    public async Task Venue_WhoseClockIsWrong_Fails()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "1");
        await bench.ControlAsync("/sim/faults?kind=wrong-clock&for=1h&offset=300s", post: true);
        Assert.Contains("NTP", Failed(await RunAsync(1, [.. At(bench), "--component", "venue"]), "clock"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Venue_WithoutTheSymbol_FailsAndNamesIt()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "10");
        var json = await RunAsync(1, "--endpoint", bench.Endpoint.Name, "--component", "venue", "--symbols", "NOSUCHUSDT", "--store", folder);
        Assert.Contains("Invalid symbol", json.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("NOSUCHUSDT", json.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Data_WithoutTheSymbol_IsALineOfTheTable()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "10");
        var json = await RunAsync(1, "--endpoint", bench.Endpoint.Name, "--component", "data", "--symbols", "NOSUCHUSDT", "--store", folder);
        Assert.Contains("does the venue list NOSUCHUSDT?", json.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("50d", "longer than 49d")]
    [InlineData("0s", "not a duration")]
    [InlineData("long", "not a duration")]
    public void Duration_ThatCannotBeWaitedFor_IsRefused(string text, string words) =>
        Assert.Contains(words, Assert.Throws<UsageException>(() => Durations.Parse(text, "--for")).Message, StringComparison.Ordinal);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Ws_OnAGoodLine_PassesWithThreePings()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "30");
        var json = await RunAsync(null, [.. At(bench), "--component", "ws", "--for", "85s"]);
        Assert.Equal(["connect", "messages", "ping and pong", "reconnect", "stays open"], Checks(json).Where(c => c.Passed && c.Name != "latency").Select(c => c.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Ws_OnALineThatBreaks_Fails()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "30", "cut=1/10s");
        Assert.Contains("proxies and firewalls", Failed(await RunAsync(1, [.. At(bench), "--component", "ws", "--for", "85s"]), "stays open"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Book_AgainstFreshSnapshots_HasEveryLevelEqual()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "30");
        var json = await RunAsync(0, [.. At(bench), "--component", "book"]);
        Assert.Equal(["NEXOUSDT in step", "NEXOUSDT against REST"], Passed(json));
        Assert.Matches("^0 of [0-9],[0-9]{3} levels differ in 5 comparisons", Checks(json)[1].Value);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Book_WithoutSnapshots_Fails()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "120");
        await bench.ControlAsync("/sim/faults?kind=server-error&count=1000&on=/api/v3/depth", post: true);
        Assert.Contains("no snapshot joins the diffs", Failed(await RunAsync(1, [.. At(bench), "--component", "book"]), "NEXOUSDT in step"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Data_OnAGoodLine_Passes()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60");
        var json = await RunAsync(0, [.. At(bench), "--component", "data", "--for", Cases.IsSoak ? "15m" : "150s"]);
        Assert.Equal(["connection", "NEXOUSDT recorded", "NEXOUSDT holes", "NEXOUSDT book"], Passed(json));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Data_WhenMessagesAreLost_ReportsHoles()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "30", "drop=10%");
        Assert.Contains("messages are lost", Failed(await RunAsync(1, [.. At(bench), "--component", "data", "--for", Cases.IsSoak ? "10m" : "90s"]), "NEXOUSDT holes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoNetwork_IsSaidAtOnceWithExitThree()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var endpoint = FormattableString.Invariant($"http://127.0.0.1:{port}");
        var (code, output, error) = await InvokeAsync("--endpoint", endpoint, "--component", "data", "--store", folder);
        Assert.Equal((3, ""), (code, output));
        Assert.Contains("mm venue", error, StringComparison.Ordinal);

        // What needs no network is checked all the same, and the answer stays 3.
        var json = await RunAsync(3, "--endpoint", endpoint, "--store", folder);
        Assert.Contains("mm venue", json.GetProperty("unreachable").GetString(), StringComparison.Ordinal);
        Assert.Equal(["quotes", "store"], json.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("component").GetString()!).Distinct());
    }

    [Theory]
    [InlineData("--component nonsense is not a component", "--component", "nonsense")]
    [InlineData("--for", "--for", "soon")]
    [InlineData("is not an endpoint", "--endpoint", "nowhere")]
    public async Task WrongInput_ExitsWithTwoAndSaysWhich(string reason, params string[] arguments)
    {
        var (code, output, error) = await InvokeAsync(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private string[] At(CaptureBench bench) => ["--endpoint", bench.Endpoint.Name, "--symbols", "NEXOUSDT", "--store", folder];

    private static List<(string Name, bool Passed, string Value, string? Advice)> Checks(JsonElement json) =>
        [.. json.GetProperty("checks").EnumerateArray().Select(c => (c.GetProperty("check").GetString()!, c.GetProperty("passed").GetBoolean(), c.GetProperty("value").GetString()!, c.GetProperty("advice").GetString()))];

    private static IEnumerable<string> Passed(JsonElement json) => Checks(json).Where(c => c.Passed).Select(c => c.Name);

    private static string Failed(JsonElement json, string check)
    {
        Assert.False(json.GetProperty("passed").GetBoolean());
        var found = Checks(json).Single(c => c.Name == check);
        Assert.False(found.Passed, $"{check} passed: {found.Value}");
        return found.Advice!;
    }

    private static async Task<JsonElement> RunAsync(int? expected, params string[] arguments)
    {
        var (code, output, error) = await InvokeAsync([.. arguments, "--json"]);
        Assert.True(code == (expected ?? code), $"exit code {code}: {output}{error}");
        return JsonDocument.Parse(output).RootElement.Clone();
    }

    private static Task<(int Code, string Output, string Error)> InvokeAsync(params string[] arguments) => Task.Run(() =>
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var code = TestCommand.Create().Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    });
}
