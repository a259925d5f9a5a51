using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>A connection to the venue came up or went down.</summary>
public struct ConnectionChanged : IPayload<ConnectionChanged>
{
    /// <summary>Name of the connection that brings market data.</summary>
    public const string Market = "market";

    /// <summary>Name of the connection that orders and the account need; up only while it is reconciled.</summary>
    public const string Account = "account";

    /// <summary>Which one: market or account.</summary>
    public string Connection;

    /// <summary>True when up.</summary>
    public bool Up;

    /// <summary>Why.</summary>
    public string Detail;

    /// <summary>An empty payload; text fields are never null.</summary>
    public ConnectionChanged()
    {
        Connection = "";
        Detail = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.ConnectionChanged;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref ConnectionChanged payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("connection", ref payload.Connection);
        visit.Flag("up", ref payload.Up);
        visit.Text("detail", ref payload.Detail);
    }
}
