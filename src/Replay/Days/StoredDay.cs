using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Days;

/// <summary>One UTC day of a recording of a symbol.</summary>
/// <param name="Store">Where it is.</param>
/// <param name="Name">Its stream: market/symbol/day/recording.</param>
/// <param name="Info">What the store knows of it.</param>
/// <param name="Manifest">Its manifest; null while it grows.</param>
public sealed record StoredDay(IEventStore Store, StreamName Name, StreamInfo Info, StreamManifest? Manifest)
{
    /// <summary>Symbol.</summary>
    public string Symbol => Name.Parts[1];

    /// <summary>UTC day, yyyy-MM-dd.</summary>
    public string Day => Name.Parts[2];

    /// <summary>Recording.</summary>
    public string Recording => Name.Parts[3];

    /// <summary>Seconds in which the book could not be trusted, as whoever recorded it counted; null when unknown.</summary>
    public double? UntrustedSeconds => MarketNotes.UntrustedSecondsOf(Manifest);

    /// <summary>
    /// Seconds in which the book could be trusted, as whoever recorded it counted. Who recorded it before that was counted told
    /// only the other seconds: then it is the rest of the day's span, which for a recording's later days begins at midnight;
    /// null when neither is known.
    /// </summary>
    /// <param name="isFirst">True for the first day of its recording.</param>
    public double? TrustedSeconds(bool isFirst)
    {
        if (MarketNotes.TrustedSecondsOf(Manifest) is { } trusted)
        {
            return trusted;
        }

        var from = isFirst ? Info.FirstTime : Nanoseconds.DayOf(Info.FirstTime) * Nanoseconds.PerDay;
        return UntrustedSeconds is { } untrusted ? Math.Max(0, Math.Round(((double)(Info.LastTime - from) / Nanoseconds.PerSecond) - untrusted, 9)) : null;
    }

    /// <summary>What the day begins with: which recording it is of, and which stream it continues.</summary>
    /// <exception cref="InvalidDataException">The stream does not begin with the start of a recording.</exception>
    public RecordingStarted ReadStart()
    {
        using var source = new UpcastSource(Store.OpenSource(Name));
        var reader = new FirstEvent<RecordingStarted>();
        if (source.Read(out var header, out var payload))
        {
            EventCatalog.Decode(header, payload, new LevelArena(), ref reader);
        }

        return reader.Value ?? throw new InvalidDataException($"{Name} does not begin with the start of a recording: it is damaged or not a market stream.");
    }

    /// <summary>The day as an input of a run. A day that still grows is hashed up to where it is now.</summary>
    public InputStream ToInput() => new(Name, Info.Version, Info.ContentHash ?? Hash(), () => new UpcastSource(Store.OpenSource(Name)))
    {
        OpenAt = from => new UpcastSource(Store.OpenSource(Name, from)),
        Prints = Manifest is null ? null : (Manifest.Counts.Any(c => c.Key == EventType.Trade), Manifest.Counts.Any(c => c.Key == EventType.AggregateTrade)),
    };

    /// <summary>Bytes that the day's files take; null in a store without files of its own.</summary>
    public long? SizeOnDisk() => Store is JournalStore journal
        ? journal.FindArchive(Name)?.Bytes ?? new DirectoryInfo(Path.Combine(journal.Root, Name.Value)).EnumerateFiles().Sum(f => f.Length)
        : null;

    /// <summary>False when only the archive is left of it.</summary>
    public bool HasJournal => Store is not JournalStore journal || journal.HasJournal(Name);

    /// <summary>The day's archive in the store, whether or not its journal is there too; null when it is not archived.</summary>
    public ArchiveFolder? Archive => Store is JournalStore journal ? ArchiveFolder.Find(ArchiveFolder.RootOf(journal.Root), Name) : null;

    private Digest Hash()
    {
        var hash = new ContentHash(Name);
        using var source = Store.OpenSource(Name);
        var record = new ByteBuffer();
        while (source.Read(out var header, out var payload))
        {
            record.Clear();
            EventRecord.Write(record, header, payload);
            hash.Add(record.Span);
        }

        return hash.Current;
    }
}
