using System.Net.Sockets;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Locations;
using EventSourcedMM.Stores.Postgres;
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

    /// <summary>True when the tables are not there.</summary>
    public static bool IsMissingSchema(Exception error) =>
        Find<PostgresException>(error) is { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedFunction };

    /// <summary>The contract's exception; null where the error says something else.</summary>
    public static Exception? Translate(Exception error, string place)
    {
        if (Find<PostgresException>(error) is { } server)
        {
            var said = Secrets.Redact(server.MessageText);
            return server.SqlState switch
            {
                ['0', '8', ..] or ['5', '7', 'P', ..] or ['4', '0', ..] => new StoreUnreachableException(place, said, error),
                _ when PostgresErrors.CannotNow(server.SqlState) => PostgresErrors.Now(place, said, server.SqlState, error),

                // It came back empty, or somebody dropped the schema: the next call makes it.
                _ when IsMissingSchema(error) => new StoreUnreachableException(place, $"its tables are gone ({said}).", error),
                PostgresErrorCodes.InvalidCatalogName => new StoreRefusedException(place, $"{said}. Make it with: createdb NAME.", error),
                ['2', '8', ..] => new StoreRefusedException(place, $"{said}. Check user and password.", error),
                PostgresErrorCodes.InsufficientPrivilege => new StoreRefusedException(place, $"{said}. The user needs the right to create a schema in the database, or to use the one that is there.", error),
                _ => new StoreRefusedException(place, $"the server refused: {said} ({server.SqlState}).", error),
            };
        }

        return Find<NpgsqlException>(error) is { } client ? new StoreUnreachableException(place, Innermost(client), error)
            : Find<SocketException>(error) is { } socket ? new StoreUnreachableException(place, socket.Message, error)
            : Find<TimeoutException>(error) is { } late ? new StoreUnreachableException(place, late.Message, error)
            : null;
    }

    /// <summary>The contract's exception for a document that is no event; null where the error is another one.</summary>
    /// <param name="error">What Marten threw.</param>
    /// <param name="stream">The stream that is read.</param>
    /// <param name="sequence">The event that is read.</param>
    /// <param name="place">The server, for messages.</param>
    public static Exception? Undecodable(Exception error, StreamName stream, long sequence, string place) =>
        Find<UnknownEventException>(error) is { } newer ? newer
        : (Find<JsonException>(error) ?? Find<FormatException>(error) ?? (Exception?)Find<CanonicalFormatException>(error)) is { } why
            ? new StreamDamagedException(stream, sequence, $"what stands in {place} there is no event: {why.Message}")
        : null;

    private static string Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : Secrets.Redact(error.Message);

    private static T? Find<T>(Exception? error)
        where T : Exception => error is null or T ? error as T : Find<T>(error.InnerException);
}
