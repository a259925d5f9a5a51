using System.Globalization;

namespace EventSourcedMM.Stores.Locations;

/// <summary>Addresses of EventStoreDB: <c>esdb://user:password@host:2113,host:2113?options</c>. Its own client reads the options.</summary>
internal static class EventStoreDbAddress
{
    private const string PrefixOption = "streamPrefix=";

    /// <summary>The address without user, password and options other than the streams' prefix.</summary>
    /// <exception cref="StoreLocationException">It cannot be read.</exception>
    public static string Redact(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal);
        if (start < 0)
        {
            throw Unreadable("esdb");
        }

        var scheme = text[..start];
        var rest = text[(start + 3)..];
        var end = rest.IndexOfAny(['/', '?']);
        var authority = end < 0 ? rest : rest[..end];
        if ((end >= 0 && rest.IndexOf('@', end) >= 0) || authority.Count(c => c == '@') > 1)
        {
            throw new StoreLocationException($"{scheme}: in the address, @ / and ? inside user or password are written %40 %2F and %3F.");
        }

        var hosts = authority[(authority.IndexOf('@') + 1)..];
        foreach (var host in hosts.Split(','))
        {
            var colon = host.LastIndexOf(':');
            var name = colon < 0 ? host : host[..colon];
            if (name.Length == 0
                || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
                || (colon >= 0 && !ushort.TryParse(host[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                throw Unreadable(scheme);
            }
        }

        // Two prefixes on one server are two stores.
        var prefix = end < 0 ? null : rest[end..].Split('?', '&').FirstOrDefault(o => o.StartsWith(PrefixOption, StringComparison.OrdinalIgnoreCase))?[PrefixOption.Length..];
        return prefix is { Length: > 0 and <= 50 } && prefix.All(char.IsAsciiLetterOrDigit) ? $"{scheme}://{hosts}?{PrefixOption}{prefix}" : $"{scheme}://{hosts}";
    }

    private static StoreLocationException Unreadable(string scheme) =>
        new($"{scheme}: the address cannot be read; write {scheme}://user:password@host:2113?tls=true, or env:NAME and put that into the variable. It is not shown here, since it may hold a password.");
}
