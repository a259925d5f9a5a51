using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Replay.Runs;

/// <summary>Where the requests of a run at a venue go when it is executed again: nowhere. What the venue answered is recorded.</summary>
internal sealed class NoSink : IRequestSink
{
    private static readonly NoSink Instance = new();

    /// <summary>A sink for runs that traded at a venue; null for the others, which have the zero-latency venue.</summary>
    public static IRequestSink? For(LiveScript? live) => live is not null && LiveScript.IsAtVenue(live.Started.Kind) ? Instance : null;

    /// <inheritdoc/>
    public void Send(in OrderRequest request, long sequence)
    {
    }
}
