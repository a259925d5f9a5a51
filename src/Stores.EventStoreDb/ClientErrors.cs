using System.Net.Sockets;
using EventSourcedMM.Stores.Locations;
using EventStore.Client;
using Grpc.Core;

namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>What the client's errors mean to the contract.</summary>
internal static class ClientErrors
{
    /// <summary>True when the same call may go through later: the server is away, was too slow, or another node leads now.</summary>
    public static bool IsPassing(Exception error) => error switch
    {
        RpcException { StatusCode: StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Aborted or StatusCode.Internal or StatusCode.Unknown } => true,
        NotLeaderException or DiscoveryException or HttpRequestException or IOException or SocketException or TimeoutException or ObjectDisposedException or OperationCanceledException => true,
        AggregateException { InnerException: { } inner } => IsPassing(inner),
        _ => false,
    };

    /// <summary>The contract's exception; the error itself where it says something else.</summary>
    public static Exception Translate(Exception error, string place) => error switch
    {
        AccessDeniedException => new StoreRefusedException(place, "access is denied; name a user with rights to read and write the streams (esdb://user:password@…).", error),
        NotAuthenticatedException => new StoreRefusedException(place, "user or password is wrong.", error),
        StreamDeletedException deleted => new StoreRefusedException(place, $"stream {deleted.Stream} was deleted there for good, and the server takes no events of its name again: use another streamPrefix.", error),
        WrongExpectedVersionException => new StoreUnreachableException(place, "somebody else appends to the stream, again and again at the same moment.", error),
        _ when IsPassing(error) => new StoreUnreachableException(place, Innermost(error), error),

        // A server that is too old does not know a call.
        RpcException { StatusCode: StatusCode.Unimplemented } => new StoreRefusedException(place, $"the server does not know a call that this needs ({Innermost(error)}): EventStoreDB 21.10 or later.", error),
        RpcException refused => new StoreRefusedException(place, $"the server refused: {Innermost(error)} ({refused.StatusCode}).", error),
        _ => error,
    };

    private static string Innermost(Exception error) => error is RpcException rpc && rpc.Status.Detail.Length > 0 ? Secrets.Redact(rpc.Status.Detail)
        : error.InnerException is { } inner ? Innermost(inner)
        : Secrets.Redact(error.Message);
}
