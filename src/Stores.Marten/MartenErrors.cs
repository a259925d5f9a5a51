using System.Net.Sockets;
using JasperFx.Events;
using Marten.Exceptions;
using Npgsql;

namespace EventSourcedMM.Stores.Marten;

/// <summary>What Marten's and the server's errors mean to the contract.</summary>
internal static class MartenErrors
{
    /// <summary>True when an append failed because of what is in the stream: another version, a seal, or another writer at the same moment.</summary>
    public static bool IsConflict(Exception error) => error is EventStreamUnexpectedMaxEventIdException or ExistingStreamIdCollisionException or InvalidStreamOperationException
        || Find<PostgresException>(error) is { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected };

    /// <summary>The contract's exception; null where the error says something else.</summary>
    public static Exception? Translate(Exception error, string place)
    {
        if (Find<PostgresException>(error) is { } server)
        {
            return server.SqlState switch
            {
                ['0', '8', ..] or ['5', '7', 'P', ..] or ['5', '3', ..] => new StoreUnreachableException(place, server.MessageText, error),
                ['2', '8', ..] or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InsufficientPrivilege => new StoreRefusedException(place, server.MessageText, error),
                _ => null,
            };
        }

        return Find<NpgsqlException>(error) is { } client ? new StoreUnreachableException(place, Innermost(client), error)
            : Find<SocketException>(error) is { } socket ? new StoreUnreachableException(place, socket.Message, error)
            : Find<TimeoutException>(error) is { } late ? new StoreUnreachableException(place, late.Message, error)
            : null;
    }

    private static string Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : error.Message;

    private static T? Find<T>(Exception? error)
        where T : Exception => error is null or T ? error as T : Find<T>(error.InnerException);
}
