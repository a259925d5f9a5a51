using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventSourcedMM.Cli.Live;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Live.Telemetry;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.VenueSim.Accounts;
using Xunit.Abstractions;

namespace EventSourcedMM.Tests.Live.Telemetry;

/// <summary>What a live run sends to an OpenTelemetry collector, and that it costs nothing while there is none.</summary>
public sealed class TelemetryTests(ITestOutputHelper output)
{
    private const string Key = "keyThatMustNotLeave0123456789";
    private const string Secret = "secretThatMustNotLeave9876543210";

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Otlp_LiveRunWithOrders_SendsMetricsAndTracesAndNoSecret()
    {
        await using var bench = await CaptureBench.StartAsync("NEXOUSDT", "60", change: o => o with { Repeat = true, Accounts = [new AccountOptions { Keys = [new ApiKeyOptions { Key = Key, Secret = Secret }] }] });
        using var folder = new TempFolder();
        await using var receiver = new OtlpReceiver();
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "mm.dll"), "live", "--mode", "testnet", "--symbols", "NEXOUSDT", "--endpoint", bench.Endpoint.Name, "--store", folder, "--for", "8m", "--json"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["BINANCE_API_KEY"] = Key;
        start.Environment["BINANCE_API_SECRET"] = Secret;
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address;
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        start.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "400";
        start.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        var text = "";
        for (var exit = 3; exit == 3;)
        {
            // A busy machine may be late by the venue's clock at the start: a service is started again then.
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            text = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            exit = process.ExitCode;
            Assert.True(exit is 0 or 3, text + await errors);
        }

        Assert.Contains("\"budgets\":{\"weightUsed\":", text, StringComparison.Ordinal);
        await receiver.DisposeAsync();

        output.WriteLine(string.Join('\n', receiver.Metrics.Select(m => $"{m.Key} {string.Join(' ', m.Value.Take(4))}")));
        output.WriteLine(string.Join(", ", receiver.Spans.GroupBy(s => s.Name).Select(g => $"{g.Key} {g.Count()}")));
        Assert.Equal(("mm", "testnet"), (receiver.Resource["service.name"], receiver.Resource["mm.mode"]));
        Assert.StartsWith("testnet-", receiver.Resource["mm.run"], StringComparison.Ordinal);
        Assert.All(
            (string[])["mm.pnl", "mm.position", "mm.drawdown", "mm.book.synced", "mm.quoting", "mm.decisions", "mm.fills", "mm.run.events", "mm.latency.decision", "mm.latency.order"],
            name => Assert.Contains("symbol=NEXOUSDT", receiver.Metrics[name]));
        Assert.All(
            (string[])["mm.messages", "mm.connections.up", "mm.request.weight.used", "mm.orders.unfilled.used", "mm.clock.error", "mm.request.duration", "dotnet.gc.collections"],
            name => Assert.Contains(name, receiver.Metrics.Keys));
        Assert.Contains("answer=done", receiver.Metrics["mm.request.duration"]);

        // A decision, its requests below it, each by the id that the journal has.
        var decisions = receiver.Spans.Where(s => s.Name == "decision").ToDictionary(s => s.Id);
        var orders = receiver.Spans.Where(s => s.Name is "order.place" or "order.cancelReplace").ToList();
        Assert.True(orders.Count > 2 && orders.Count(o => decisions.ContainsKey(o.Parent)) > orders.Count / 2, $"{orders.Count} orders, {decisions.Count} decisions");
        Assert.All(orders, o => Assert.Equal(("NEXOUSDT", "mm1-"), (o.Attributes["symbol"], o.Attributes["newClientOrderId"][..4])));
        Assert.Contains(receiver.Spans, s => s.Name == "reconciliation");
        Assert.Contains(receiver.Spans, s => s.Name == "snapshot");
        Assert.Contains(receiver.Spans, s => s.Name == "kill switch");
        Assert.All((string[])[Key, Secret, "signature", "apiKey"], secret => Assert.False(receiver.Holds(secret), secret));
    }

    [Fact]
    public void Recording_WhileNobodyListens_AllocatesNothing()
    {
        var tag = LiveTelemetry.Tag("NEXOUSDT");
        Work(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Work(10_000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Work(int times)
        {
            for (var i = 0; i < times; i++)
            {
                LiveTelemetry.Decided(i, tag);
                LiveTelemetry.Left(i, tag);
                using var turn = LiveTelemetry.Turn("NEXOUSDT", i, 1);
                Assert.False(turn is not null || LiveTelemetry.WantsRequests);
            }
        }
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("http://127.0.0.1:4317", null, true)]
    [InlineData(null, "http://127.0.0.1:4317", true)]
    public void Export_IsOffUnlessAnAddressIsGiven(string? flag, string? variable, bool isOn)
    {
        Assert.Equal(isOn, OtlpExport.Of(flag, n => n == "OTEL_EXPORTER_OTLP_ENDPOINT" ? variable : null) is not null);
        Assert.Null(OtlpExport.Of(flag, n => n == "OTEL_SDK_DISABLED" ? "true" : variable));
    }

    [Fact]
    public void Export_WhatIsNoAddress_IsRefusedByName()
    {
        Assert.Contains("--otlp", Assert.Throws<UsageException>(() => OtlpExport.Of("collector", _ => null)).Message, StringComparison.Ordinal);
        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT", Assert.Throws<UsageException>(() => OtlpExport.Of(null, n => n == "OTEL_EXPORTER_OTLP_ENDPOINT" ? "127.0.0.1:4317" : null)).Message, StringComparison.Ordinal);
    }
}
