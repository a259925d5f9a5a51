using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>One stored day that a run reads.</summary>
/// <param name="Name">The stream.</param>
/// <param name="Events">Number of events in it.</param>
/// <param name="ContentHash">Its content hash.</param>
/// <param name="Open">Opens it from its first event.</param>
public sealed record InputStream(StreamName Name, long Events, Digest ContentHash, Func<IEventSource> Open)
{
    /// <summary>Whether it has trades and aggregate trades, as its manifest says; null when it must be read to know.</summary>
    public (bool Trades, bool AggregateTrades)? Prints { get; init; }

    /// <summary>Opens it from its first event, decoded in blocks.</summary>
    public Func<IBlockSource> OpenBlocks { get; init; } = () => Open() is var source && source is UpcastSource stored ? stored.AsBlocks() : new DecodingSource(source);

    /// <summary>A sealed stream as an input.</summary>
    public static InputStream Of(StreamManifest manifest, Func<IEventSource> open) => new(manifest.Stream, manifest.Events, manifest.ContentHash, open)
    {
        Prints = (manifest.Counts.Any(c => c.Key == EventType.Trade), manifest.Counts.Any(c => c.Key == EventType.AggregateTrade)),
    };

    /// <summary>Which events of these streams are the prints: decided once for a run, over the whole of them.</summary>
    public static PrintSource PrintsOf(IReadOnlyList<InputStream> inputs)
    {
        var aggregates = false;
        foreach (var input in inputs)
        {
            var (trades, aggregate) = input.Prints ?? input.ReadPrints();
            if (trades)
            {
                return PrintSource.Trades;
            }

            aggregates |= aggregate;
        }

        return aggregates ? PrintSource.AggregateTrades : PrintSource.None;
    }

    private (bool Trades, bool AggregateTrades) ReadPrints()
    {
        var aggregates = false;
        using var source = Open();
        while (source.Read(out var header, out _))
        {
            if (header.Type == EventType.Trade)
            {
                return (true, aggregates);
            }

            aggregates |= header.Type == EventType.AggregateTrade;
        }

        return (false, aggregates);
    }

    /// <summary>Opens it from a later event; null where it can only be read from its first.</summary>
    public Func<long, IEventSource>? OpenAt { get; init; }

    /// <summary>Opens it from an event on, by reading up to there where there is no other way.</summary>
    public IEventSource OpenFrom(long sequence)
    {
        if (OpenAt is not null)
        {
            return OpenAt(sequence);
        }

        var source = Open();
        for (var passed = 1L; passed < sequence && source.Read(out _, out _); passed++)
        {
        }

        return source;
    }

    /// <summary>The line that names this input in the run's first event.</summary>
    public string Line => $"{Name} {Events} {ContentHash}";
}
