namespace EventSourcedMM.Stores.Locations;

/// <summary>
/// Where an event store is, as users write it: DIR, <c>postgres:…</c>, <c>marten:…</c>, <c>esdb://…</c>,
/// <c>esdb+discover://…</c>, or <c>env:NAME</c> for any of these in an environment variable. The text of a location, in messages,
/// reports and manifests, is <see cref="Redacted"/>: it names server, database and user and never a secret.
/// </summary>
public sealed class StoreLocation
{
    private StoreLocation(StoreKind kind, string address, string redacted)
    {
        Kind = kind;
        Address = address;
        Redacted = redacted;
    }

    /// <summary>Which kind of store.</summary>
    public StoreKind Kind { get; }

    /// <summary>
    /// What the store is opened with: a directory, a PostgreSQL connection string (key=value;…) or an EventStoreDB address.
    /// It may hold a password: it is for the store's client and for nothing that is shown or written.
    /// </summary>
    public string Address { get; }

    /// <summary>The location without secrets, for people.</summary>
    public string Redacted { get; }

    /// <summary>True for a server: writes go to a journal first and are forwarded from there.</summary>
    public bool IsServer => Kind != StoreKind.Journal;

    /// <summary>Reads a location.</summary>
    /// <param name="text">As the user wrote it.</param>
    /// <param name="environment">Value of an environment variable; null when it is not set.</param>
    /// <exception cref="StoreLocationException">It cannot be read; the message says what it should look like and shows nothing secret.</exception>
    public static StoreLocation Parse(string text, Func<string, string?> environment)
    {
        const string prefix = "env:";
        if (!text.StartsWith(prefix, StringComparison.Ordinal))
        {
            return Parse(text);
        }

        var name = text[prefix.Length..];
        var value = environment(name);
        if (string.IsNullOrWhiteSpace(value))
        {
            throw new StoreLocationException($"env:{name}: the environment variable {name} is not set; it holds the store's location, such as postgres://user:password@host/database.");
        }

        try
        {
            return Parse(value.Trim());
        }
        catch (StoreLocationException e)
        {
            throw new StoreLocationException($"env:{name}: {e.Message}");
        }
    }

    /// <summary>The embedded journal in a directory.</summary>
    public static StoreLocation Directory(string path) => new(StoreKind.Journal, path, path);

    /// <summary>The location without secrets.</summary>
    public override string ToString() => Redacted;

    private static StoreLocation Parse(string text)
    {
        if (text.Length == 0)
        {
            throw new StoreLocationException("The location of the store is empty; name a directory or a server.");
        }

        var colon = text.IndexOf(':');
        var scheme = colon < 0 ? "" : text[..colon];
        switch (scheme)
        {
            case "postgres" or "postgresql":
                var (server, shown) = PostgresAddress.Parse(text, "postgres");
                return new StoreLocation(StoreKind.PostgreSql, server, shown);
            case "marten":
                var (database, shownDatabase) = PostgresAddress.Parse(text, "marten");
                return new StoreLocation(StoreKind.Marten, database, shownDatabase);
            case "esdb" or "esdb+discover":
                return new StoreLocation(StoreKind.EventStoreDb, text, EventStoreDbAddress.Redact(text));
            case "env":
                throw new StoreLocationException("An environment variable that holds a location cannot name another variable.");
            default:
                // Not shown: it may be a server's address with a password, misspelt. One letter before the colon is a drive.
                return text.Contains("://", StringComparison.Ordinal) || (text.Contains('=') && text.Contains(';')) || Secrets.Redact(text) != text
                    || (colon >= 0 && text.IndexOf('@', colon) is var at and > 0 && text.AsSpan(0, at).IndexOfAny('/', '\\') < 0)
                    || (scheme.Length > 1 && scheme.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.'))
                    ? throw new StoreLocationException("The location looks like a server's address but begins with none of postgres:, marten:, esdb:// and esdb+discover:// (in small letters); anything else is a directory, one with such a name is written ./NAME.")
                    : Directory(text);
        }
    }
}

/// <summary>A store's location cannot be read; the message shows nothing secret.</summary>
public sealed class StoreLocationException(string what) : FormatException(what);
