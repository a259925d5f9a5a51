using System.Net.Sockets;
using Npgsql;

namespace EventSourcedMM.Stores.Postgres;

/// <summary>What went wrong at the server, in the contract's words.</summary>
internal static class PostgresErrors
{
    /// <summary>True when the tables are not there: the server came back empty, or somebody dropped the schema.</summary>
    public static bool IsMissingSchema(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.UndefinedColumn };

    /// <summary>
    /// True when the request met another that was under way, such as somebody who was dropping the schema: the server says that two waited
    /// for each other, or that what it had just found is gone.
    /// </summary>
    public static bool IsPassing(Exception e) =>
        e is PostgresException p && (p.SqlState.StartsWith("40", StringComparison.Ordinal) || (p.SqlState == PostgresErrorCodes.InternalError
            && (p.MessageText.StartsWith("cache lookup failed", StringComparison.Ordinal) || p.MessageText.StartsWith("could not open relation", StringComparison.Ordinal) || p.MessageText.StartsWith("tuple concurrently", StringComparison.Ordinal))));

    /// <summary>True when the connection, not the request, was the problem.</summary>
    public static bool IsBrokenConnection(Exception e) => e switch
    {
        PostgresException p => p.SqlState.StartsWith("57P", StringComparison.Ordinal) || p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.SqlState == PostgresErrorCodes.TooManyConnections,
        NpgsqlException or SocketException or TimeoutException or IOException => true,
        _ => false,
    };

    /// <summary>True when the server did not answer within the time it had: another attempt at once would only take as long again.</summary>
    public static bool IsTimeout(Exception? e) => e is TimeoutException || (e?.InnerException is { } inner && IsTimeout(inner));

    /// <summary>The exception to throw instead; null for one that is not the server's.</summary>
    public static Exception? Translate(Exception e, string place)
    {
        if (IsBrokenConnection(e))
        {
            return new StoreUnreachableException(place, $"{Reason(e)} Start the server, or check host and port.", e);
        }

        if (e is not PostgresException refused)
        {
            return null;
        }

        var said = Locations.Secrets.Redact(refused.MessageText);
        if (IsPassing(e) || (IsMissingSchema(e) && refused.SqlState != PostgresErrorCodes.UndefinedColumn))
        {
            // Somebody is changing the database; the next request finds out what there is.
            return new StoreUnreachableException(place, $"it is being changed ({said}, {refused.SqlState}).", e);
        }

        if (CannotNow(refused.SqlState))
        {
            return Now(place, said, refused.SqlState, e);
        }

        return new StoreRefusedException(
            place,
            refused.SqlState switch
            {
                PostgresErrorCodes.InvalidCatalogName => $"{said}. Make it with: createdb NAME.",
                PostgresErrorCodes.InsufficientPrivilege => $"{said}. The user needs the right to create a schema in the database, or to use the one that is there.",
                _ when refused.SqlState.StartsWith("28", StringComparison.Ordinal) => $"{said}. Check user and password.",
                _ => $"the server refused: {said} ({refused.SqlState}).",
            },
            e);
    }

    /// <summary>True for a server that is full, out of memory, read-only after a failover, locked, cancelled, or whose disk fails: not for ever, and no other command line helps.</summary>
    /// <param name="state">The five characters of SQLSTATE.</param>
    public static bool CannotNow(string state) =>
        state is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.ObjectInUse or PostgresErrorCodes.LockNotAvailable
        || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("58", StringComparison.Ordinal);

    /// <summary>What is thrown for a server that <see cref="CannotNow"/>.</summary>
    public static StoreUnreachableException Now(string place, string said, string state, Exception e) =>
        new(place, $"the server cannot take it now: {said} ({state}). Free its disk or memory, or end what keeps it read-only.", e);

    private static string Reason(Exception e)
    {
        var innermost = e;
        while (innermost.InnerException is { } inner)
        {
            innermost = inner;
        }

        var text = innermost is PostgresException p ? p.MessageText : innermost.Message;
        return Locations.Secrets.Redact(text).TrimEnd('.') + ".";
    }
}
