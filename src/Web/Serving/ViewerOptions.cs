using System.Net;
using EventSourcedMM.Replay.Days;

namespace EventSourcedMM.Web;

/// <summary>What a viewer is started with.</summary>
public sealed record ViewerOptions
{
    /// <summary>Stores that are shown; forks are written to the first journal.</summary>
    public required StoreSet Stores { get; init; }

    /// <summary>Address to listen on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port to listen on; 0 picks a free one.</summary>
    public int Port { get; init; }

    /// <summary>What a visitor must know; null for nothing, which only a loopback address allows.</summary>
    public string? Token { get; init; }

    /// <summary>Timers for following what grows.</summary>
    public required TimeProvider Timers { get; init; }

    /// <summary>
    /// True to answer every question once, of a small recording and a run that are built in, as soon as it listens: the first
    /// click then meets code that is compiled already. It stops as soon as a page opens something.
    /// </summary>
    public bool WarmUp { get; init; }
}
