using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Live.Import;

/// <summary>A recording of the symbol that the store holds already.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Days">Its days in order.</param>
internal sealed record StoredRecording(string Name, IReadOnlyList<MarketStream> Days)
{
    /// <summary>First receive stamp.</summary>
    public long FirstTime => Days[0].Info.FirstTime;

    /// <summary>Last receive stamp of its last day.</summary>
    public long LastTime => Days[^1].Info.LastTime;

    /// <summary>True when every stream that was stored together is there and sealed.</summary>
    public bool IsWhole { get; } = Days.All(d => d.Manifest is not null)
        && Lines(Days[^1], MarketNotes.Streams) is { Length: > 0 } streams
        && streams.All(s => Days.Any(d => d.Name.Value == s));

    /// <summary>Digests of the files it was imported from, in hexadecimal; empty for a capture.</summary>
    public IReadOnlySet<string> Files { get; } = Lines(Days[0], MarketNotes.Sources).Select(l => l.Split(' ', 2)[0]).ToHashSet();

    /// <summary>The report of its import; null for a capture.</summary>
    public ImportReport? Report => ImportReport.FromNote(Days[^1].Manifest?.Note(MarketNotes.Import));

    /// <summary>The recordings of a symbol, in the order of their first stamps.</summary>
    public static List<StoredRecording> Of(JournalStore store, string symbol) =>
        [.. MarketCatalog.Of(store, symbol)
            .GroupBy(d => d.Recording)
            .Select(g => new StoredRecording(g.Key, [.. g.OrderBy(d => d.Day, StringComparer.Ordinal)]))
            .OrderBy(r => r.FirstTime)];

    /// <summary>Where its days lie, for somebody who is to remove them.</summary>
    public string Place(JournalStore store) =>
        string.Join(", ", Days.Select(d => System.IO.Path.Combine(store.Root, d.Name.Value.Replace('/', System.IO.Path.DirectorySeparatorChar))));

    private static string[] Lines(MarketStream day, string note) =>
        day.Manifest?.Note(note)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
