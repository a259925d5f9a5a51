namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>Takes our own option out of an address, whose other options the client reads and of which it refuses those it does not know. Other nodes than the leader are refused.</summary>
internal static class ServerAddress
{
    private const string PrefixOption = "streamPrefix";
    private const string NodeOption = "nodePreference";

    /// <summary>The address for the client, and the prefix of the streams' names.</summary>
    /// <exception cref="StoreRefusedException">The prefix is no name, or nodes are preferred that may be behind.</exception>
    public static string Parse(string address, string place, out string prefix)
    {
        prefix = "";
        var question = address.IndexOf('?');
        if (question < 0)
        {
            return address;
        }

        var rest = new List<string>();
        foreach (var pair in address[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!pair.StartsWith(PrefixOption + "=", StringComparison.OrdinalIgnoreCase))
            {
                if (pair.StartsWith(NodeOption + "=", StringComparison.OrdinalIgnoreCase) && !pair.EndsWith("=leader", StringComparison.OrdinalIgnoreCase))
                {
                    throw new StoreRefusedException(place, $"{pair}: what is stored is asked of the leader alone, since every other node may be behind it. Leave the option out.");
                }

                rest.Add(pair);
                continue;
            }

            prefix = pair[(PrefixOption.Length + 1)..];
            if (prefix.Length is 0 or > 50 || !prefix.All(char.IsAsciiLetterOrDigit))
            {
                throw new StoreRefusedException(place, $"{PrefixOption}={prefix} is put before the streams' names: at most 50 letters and digits.");
            }
        }

        return rest.Count == 0 ? address[..question] : address[..question] + "?" + string.Join('&', rest);
    }
}
