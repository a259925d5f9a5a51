using EventSourcedMM.VenueSim.Accounts;
using EventSourcedMM.VenueSim.Sockets;

namespace EventSourcedMM.VenueSim.Api;

/// <summary>A connection to the WebSocket API.</summary>
internal sealed class ApiSession(Connection connection, bool showsLimits)
{
    /// <summary>The connection.</summary>
    public Connection Connection => connection;

    /// <summary>True when answers tell rate limits unless a request says otherwise.</summary>
    public bool ShowsLimits => showsLimits;

    /// <summary>Key that has logged on; null without.</summary>
    public ApiKey? Key { get; set; }

    /// <summary>When it has logged on.</summary>
    public long LoggedOnAt { get; set; }
}
