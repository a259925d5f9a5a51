using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Days;

/// <summary>One UTC day of a recording of a symbol.</summary>
/// <param name="Store">Where it is.</param>
/// <param name="Name">Its stream: market/symbol/day/recording.</param>
/// <param name="Info">What the store knows of it.</param>
/// <param name="Manifest">Its manifest; null while it grows.</param>
public sealed record StoredDay(JournalStore Store, StreamName Name, StreamInfo Info, StreamManifest? Manifest)
{
    /// <summary>Symbol.</summary>
    public string Symbol => Name.Parts[1];

    /// <summary>UTC day, yyyy-MM-dd.</summary>
    public string Day => Name.Parts[2];

    /// <summary>Recording.</summary>
    public string Recording => Name.Parts[3];

    /// <summary>Seconds in which the book could not be trusted, as whoever recorded it counted; null when unknown.</summary>
    public double? UntrustedSeconds =>
        double.TryParse(Manifest?.Note("untrustedSeconds"), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    /// <summary>The day as an input of a run. A day that still grows is hashed up to where it is now.</summary>
    public InputStream ToInput() => new(Name, Info.Version, Info.ContentHash ?? Hash(), () => new UpcastSource(Store.OpenSource(Name)));

    private Digest Hash()
    {
        var hash = new ContentHash(Name);
        using var source = Store.OpenSource(Name);
        while (source.ReadRecord(out var record))
        {
            hash.Add(record);
        }

        return hash.Current;
    }
}
