using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Live.Telemetry;
using EventSourcedMM.Live.Trading;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EventSourcedMM.Cli.Live;

/// <summary>
/// Metrics and traces of a live run on their way to an OpenTelemetry collector (docs/live.md). Off unless an address is given; protocol,
/// headers, interval and whatever else a collector wants are OpenTelemetry's own variables (<c>OTEL_…</c>). A collector that is away or
/// refuses costs the run nothing but what it would have been told.
/// </summary>
public sealed class OtlpExport
{
    private const int FarewellMilliseconds = 2_000;
    private readonly Uri? address;

    private OtlpExport(Uri? address) => this.address = address;

    /// <summary>Where to, from the flag or else the environment; null when nothing is asked for.</summary>
    /// <exception cref="UsageException">What is given is no address.</exception>
    public static OtlpExport? Of(string? flag, Func<string, string?> variable)
    {
        if (string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (flag is not null)
        {
            return new OtlpExport(Read(flag, "--otlp"));
        }

        string[] names = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
        var given = names.Where(n => variable(n) is { Length: > 0 }).ToArray();
        foreach (var name in given)
        {
            Read(variable(name)!, name);
        }

        // The exporter reads the variables itself: each signal may have one of its own.
        return given.Length == 0 ? null : new OtlpExport(null);
    }

    /// <summary>Sends until disposed, which waits at most some seconds for the last figures to leave.</summary>
    public IDisposable Start(LiveSession session, LiveMode mode)
    {
        var resource = ResourceBuilder.CreateDefault()
            .AddService("mm", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version!.ToString(3), autoGenerateServiceInstanceId: false, serviceInstanceId: session.Run)
            .AddAttributes([new("mm.run", session.Run), new("mm.mode", mode.Name())])
            .AddEnvironmentVariableDetector();
        return new Sending(
            new LiveMetrics(session),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(LiveTelemetry.Name, "System.Runtime").AddOtlpExporter(o => Aim(o, "v1/metrics")).Build(),
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(LiveTelemetry.Name).AddOtlpExporter(o => Aim(o, "v1/traces")).Build());
    }

    private void Aim(OtlpExporterOptions options, string path)
    {
        if (address is not null)
        {
            // An address in code is taken as it stands: over HTTP the path of the signal belongs to it.
            options.Endpoint = options.Protocol == OtlpExportProtocol.HttpProtobuf ? new Uri(new Uri(address.AbsoluteUri.TrimEnd('/') + "/"), path) : address;
        }
    }

    private static Uri Read(string text, string name) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new UsageException($"{name} is no address of a collector; write for instance http://127.0.0.1:4317.");

    private sealed class Sending(LiveMetrics metrics, MeterProvider meters, TracerProvider traces) : IDisposable
    {
        public void Dispose()
        {
            traces.Shutdown(FarewellMilliseconds);
            meters.Shutdown(FarewellMilliseconds);
            traces.Dispose();
            meters.Dispose();
            metrics.Dispose();
        }
    }
}
