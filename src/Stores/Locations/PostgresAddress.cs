using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace EventSourcedMM.Stores.Locations;

/// <summary>
/// Addresses of PostgreSQL: a connection string of key=value pairs, or a URL as psql takes it. Nothing of what the user wrote
/// is repeated when it cannot be read: a password that is quoted wrongly looks like anything.
/// </summary>
internal static class PostgresAddress
{
    private const int ConnectSeconds = 5;

    /// <summary>Reads what stands behind the scheme.</summary>
    /// <param name="text">The whole location.</param>
    /// <param name="scheme">postgres or marten, as it is to be shown.</param>
    /// <returns>The connection string, and the location without secrets.</returns>
    /// <exception cref="StoreLocationException">It cannot be read.</exception>
    public static (string ConnectionString, string Redacted) Parse(string text, string scheme)
    {
        var rest = text[(text.IndexOf(':') + 1)..];
        var builder = rest.StartsWith("//", StringComparison.Ordinal) ? FromUrl(rest, scheme)
            : rest.StartsWith("postgres://", StringComparison.Ordinal) || rest.StartsWith("postgresql://", StringComparison.Ordinal) ? FromUrl(rest[(rest.IndexOf(':') + 1)..], scheme)
            : FromPairs(rest, scheme);
        if (string.IsNullOrEmpty(builder.Host))
        {
            throw new StoreLocationException($"{scheme}: no host is named; {Shape(scheme)}");
        }

        if (builder.Port is < 1 or > 65_535)
        {
            throw new StoreLocationException($"{scheme}: a port is a number from 1 to 65535.");
        }

        if (builder.SearchPath is { } path && !IsPlainSchema(path.Split(',')[0].Trim()))
        {
            throw new StoreLocationException($"{scheme}: the schema in Search Path is lower-case letters, digits and underscores, at most 40, and begins with no digit.");
        }

        // The client waits for a host that does not answer three times as long; whoever needs that says Timeout.
        if (!new DbConnectionStringBuilder { ConnectionString = builder.ConnectionString }.ContainsKey("Timeout"))
        {
            builder.Timeout = ConnectSeconds;
        }

        return (builder.ConnectionString, Redact(builder, scheme));
    }

    /// <summary>True for a name of a schema that needs no quotes.</summary>
    internal static bool IsPlainSchema(string schema) =>
        schema.Length is > 0 and <= 40 && !char.IsAsciiDigit(schema[0]) && schema.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    // A list of what may be shown, not of what may not: a new keyword of the client is then never shown by mistake.
    private static string Redact(NpgsqlConnectionStringBuilder builder, string scheme)
    {
        var user = string.IsNullOrEmpty(builder.Username) ? "" : Uri.EscapeDataString(builder.Username) + "@";
        var port = builder.Port == NpgsqlConnection.DefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{builder.Port}");
        var database = builder.Database ?? builder.Username ?? "";

        // Two schemas of one database are two stores.
        var schema = string.IsNullOrEmpty(builder.SearchPath) ? "" : "Search%20Path=" + Uri.EscapeDataString(builder.SearchPath);
        return builder.Host!.StartsWith('/')
            ? $"{scheme}://{user}/{Uri.EscapeDataString(database)}?host={builder.Host}{(port.Length > 0 ? "&port=" + port[1..] : "")}{(schema.Length > 0 ? "&" + schema : "")}"
            : $"{scheme}://{user}{builder.Host}{port}/{Uri.EscapeDataString(database)}{(schema.Length > 0 ? "?" + schema : "")}";
    }

    private static NpgsqlConnectionStringBuilder FromPairs(string pairs, string scheme)
    {
        if (!pairs.Contains('='))
        {
            throw new StoreLocationException($"{scheme}: there is no connection string behind it; {Shape(scheme)}");
        }

        try
        {
            return new NpgsqlConnectionStringBuilder(pairs);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException or OverflowException)
        {
            throw Unreadable(scheme);
        }
    }

    private static NpgsqlConnectionStringBuilder FromUrl(string url, string scheme)
    {
        // //user:password@host:port/database?key=value: an @, / or ? of a password must be written as %40, %2F, %3F.
        var end = url.IndexOfAny(['/', '?'], 2);
        var authority = end < 0 ? url[2..] : url[2..end];
        var query = url.IndexOf('?');
        var database = end < 0 || url[end] == '?' ? "" : url[(end + 1)..(query < 0 ? url.Length : query)];
        if ((end >= 0 && url.IndexOf('@', end) >= 0) || authority.Count(c => c == '@') > 1 || database.Contains('/'))
        {
            throw new StoreLocationException($"{scheme}: in a URL, @ / ? and : inside user, password or database are written %40 %2F %3F %3A.");
        }

        var at = authority.IndexOf('@');
        var user = at < 0 ? "" : authority[..at];
        var colon = user.IndexOf(':');
        var builder = new NpgsqlConnectionStringBuilder();
        try
        {
            SetHost(builder, authority[(at + 1)..]);
            Set(builder, "Username", colon < 0 ? user : user[..colon]);
            Set(builder, "Password", colon < 0 ? "" : user[(colon + 1)..]);
            Set(builder, "Database", database);
            foreach (var pair in query < 0 ? [] : url[(query + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = pair.IndexOf('=');
                Set(builder, Keyword(pair[..equals]), pair[(equals + 1)..]);
            }

            return builder;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException or OverflowException)
        {
            throw Unreadable(scheme);
        }
    }

    private static void SetHost(NpgsqlConnectionStringBuilder builder, string host)
    {
        var colon = host.LastIndexOf(':');
        if (colon >= 0 && !host.EndsWith(']'))
        {
            builder.Port = int.Parse(host[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture);
            host = host[..colon];
        }

        Set(builder, "Host", host.Trim('[', ']'));
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string keyword, string escaped)
    {
        if (escaped.Length > 0)
        {
            builder[keyword] = Uri.UnescapeDataString(escaped);
        }
    }

    // The names that psql's URLs use; others are the client's own.
    private static string Keyword(string name) => name switch
    {
        "user" => "Username",
        "dbname" => "Database",
        "sslmode" => "SSL Mode",
        "application_name" => "Application Name",
        "connect_timeout" => "Timeout",
        _ => Uri.UnescapeDataString(name),
    };

    private static StoreLocationException Unreadable(string scheme) =>
        new($"{scheme}: the connection string cannot be read; {Shape(scheme)} It is not shown here, since it may hold a password.");

    private static string Shape(string scheme) =>
        $"write {scheme}://user:password@host:5432/database, or {scheme}:\"Host=…;Port=5432;Database=…;Password=…;Username=…\", or env:NAME and put that into the variable.";
}
