using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Projections.Trading;

namespace EventSourcedMM.Live.Trading;

/// <summary>Requests that an engine has decided, until they are in the journal and may leave.</summary>
internal sealed class GatewaySink : IRequestSink
{
    private GatewayRequest[] waiting = new GatewayRequest[16];

    /// <summary>Requests that wait.</summary>
    public int Count { get; private set; }

    /// <summary>The requests, in their order.</summary>
    public ReadOnlySpan<GatewayRequest> Waiting => waiting.AsSpan(0, Count);

    /// <inheritdoc/>
    public void Send(in OrderRequest request, long sequence)
    {
        if (Count == waiting.Length)
        {
            Array.Resize(ref waiting, Count * 2);
        }

        waiting[Count++] = new GatewayRequest(request, sequence);
    }

    /// <summary>They have left, or must not: those of a run that is executed again left long ago, or never.</summary>
    public void Clear() => Count = 0;
}
