using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventSourcedMM.Live.Telemetry;

/// <summary>
/// What a live run says of its work to whoever listens in this process (docs/live.md): histograms that the work itself records and the
/// source of its traces. While nobody listens a call costs a look at a flag and allocates nothing. No attribute holds a key, a signature or
/// anything of an account but the ids that the run's own journal has.
/// </summary>
public static class LiveTelemetry
{
    /// <summary>Name of the meters and of the source of traces.</summary>
    public const string Name = "EventSourcedMM.Live";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> ToDecision = Meter.CreateHistogram<double>("mm.latency.decision", "s", "From bytes in to what was decided from them.", advice: Latencies());
    private static readonly Histogram<double> ToOrder = Meter.CreateHistogram<double>("mm.latency.order", "s", "From bytes in to the requests handed to the gateway.", advice: Latencies());
    private static readonly Histogram<double> ToAnswer = Meter.CreateHistogram<double>("mm.request.duration", "s", "From a request to the venue's answer.");

    /// <summary>Where traces begin.</summary>
    internal static ActivitySource Source { get; } = new(Name);

    /// <summary>A symbol as the attribute that its figures carry; made once.</summary>
    internal static KeyValuePair<string, object?> Tag(string symbol) => new("symbol", symbol);

    /// <summary>Something was decided, so many nanoseconds after its bytes came in.</summary>
    internal static void Decided(long nanoseconds, in KeyValuePair<string, object?> symbol)
    {
        if (ToDecision.Enabled)
        {
            ToDecision.Record(nanoseconds / 1e9, symbol);
        }
    }

    /// <summary>Requests were handed to the gateway, so many nanoseconds after the bytes came in that they follow from.</summary>
    internal static void Left(long nanoseconds, in KeyValuePair<string, object?> symbol)
    {
        if (ToOrder.Enabled)
        {
            ToOrder.Record(nanoseconds / 1e9, symbol);
        }
    }

    /// <summary>The venue answered a request.</summary>
    internal static void Answered(TimeSpan time, string method, string answer)
    {
        if (ToAnswer.Enabled)
        {
            ToAnswer.Record(time.TotalSeconds, new("method", method), new("answer", answer));
        }
    }

    /// <summary>True while somebody wants requests measured or traced.</summary>
    internal static bool WantsRequests => ToAnswer.Enabled || Source.HasListeners();

    /// <summary>A turn whose requests leave: they are its children. Null while nobody listens.</summary>
    /// <param name="symbol">Symbol in capitals.</param>
    /// <param name="sequence">The run's last event.</param>
    /// <param name="requests">Requests that leave.</param>
    internal static Activity? Turn(string symbol, long sequence, int requests)
    {
        if (!Source.HasListeners() || Source.StartActivity("decision") is not { } turn)
        {
            return null;
        }

        turn.SetTag("symbol", symbol);
        turn.SetTag("mm.event", sequence);
        turn.SetTag("mm.requests", requests);
        return turn;
    }

    // A microsecond to a tenth of a second, in powers of two: the usual bounds begin at 5 ms.
    private static InstrumentAdvice<double> Latencies() => new() { HistogramBucketBoundaries = [.. Enumerable.Range(0, 18).Select(i => Math.Pow(2, i) * 1e-6)] };
}
