using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Stores.Market;

/// <summary>The recorded days that an embedded store holds.</summary>
public static class MarketCatalog
{
    /// <summary>The symbols with at least one day, in ordinal order.</summary>
    public static List<string> Symbols(JournalStore store)
    {
        var symbols = new List<string>();
        foreach (var name in store.ListAsync("market/").ToBlockingEnumerable())
        {
            var symbol = name.Parts[1];
            if (symbols.Count == 0 || symbols[^1] != symbol)
            {
                symbols.Add(symbol);
            }
        }

        return symbols;
    }

    /// <summary>A symbol's days, in the order of their first stamps. Streams without events are left out.</summary>
    /// <param name="store">The store.</param>
    /// <param name="symbol">Symbol in capitals.</param>
    /// <param name="damaged">Told each stream whose manifest or end is damaged, which is left out then; null to fail at it.</param>
    /// <exception cref="StreamDamagedException">A stream's manifest or end is damaged.</exception>
    public static List<MarketStream> Of(JournalStore store, string symbol, Action<StreamName, StreamDamagedException>? damaged = null)
    {
        var streams = new List<MarketStream>();
        foreach (var name in store.List($"market/{symbol}/"))
        {
            try
            {
                if (Find(store, name) is { } stream)
                {
                    streams.Add(stream);
                }
            }
            catch (StreamDamagedException e) when (damaged is not null)
            {
                damaged(name, e);
            }
        }

        streams.Sort((a, b) => a.Info.FirstTime != b.Info.FirstTime
            ? a.Info.FirstTime.CompareTo(b.Info.FirstTime)
            : string.CompareOrdinal(a.Name.Value, b.Name.Value));
        return streams;
    }

    private static MarketStream? Find(JournalStore store, StreamName name)
    {
        StreamManifest? manifest;
        try
        {
            manifest = store.ReadManifest(name);
        }
        catch (InvalidDataException e)
        {
            throw new StreamDamagedException(name, 1, e.Message);
        }

        if (manifest is not null)
        {
            return new MarketStream(new StreamInfo(name, manifest.Events, manifest.FirstTime, manifest.LastTime, true, manifest.ContentHash), manifest);
        }

        var info = store.FindAsync(name).AsTask().GetAwaiter().GetResult();
        return info is null ? null : new MarketStream(info, null);
    }
}
