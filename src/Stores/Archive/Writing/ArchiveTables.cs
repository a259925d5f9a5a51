using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// The tables of an archive while it is written. Every event goes into the table of its type if that gives the same bytes
/// back, and word for word into the table of all others if not.
/// </summary>
internal sealed class ArchiveTables : IEventHandler, IDisposable
{
    private readonly DepthTable? depth;
    private readonly PartialBookTable? partialBooks;
    private readonly FieldTable<Trade>? trades;
    private readonly FieldTable<BestQuote>? bestQuotes;
    private readonly FieldTable<QuoteDecided>? quotes;
    private readonly FieldTable<OrderFilled>? fills;
    private readonly OtherTable others;
    private readonly LevelArena arena = new();
    private readonly ByteBuffer again = new(4096);
    private readonly CurrentVersions versions = new();
    private byte[] bytes = new byte[4096];
    private int length;

    /// <param name="folder">Where the files go.</param>
    /// <param name="scales">Scales of prices and quantities; null to write every event as JSON.</param>
    /// <param name="options">What the files have in common.</param>
    public ArchiveTables(string folder, ArchiveScales? scales, ArchiveFileOptions options)
    {
        others = new OtherTable(folder, options);
        if (scales is { } s)
        {
            depth = new DepthTable(folder, s, options);
            partialBooks = new PartialBookTable(folder, s, options);
            trades = new FieldTable<Trade>(folder, ArchiveLayout.Trades, false, s, options);
            bestQuotes = new FieldTable<BestQuote>(folder, ArchiveLayout.BestQuotes, false, s, options);
            quotes = new FieldTable<QuoteDecided>(folder, ArchiveLayout.Quotes, true, s, options);
            fills = new FieldTable<OrderFilled>(folder, ArchiveLayout.Fills, true, s, options);
        }
    }

    /// <summary>True for the types that have a table of their own.</summary>
    public static bool Has<T>() => typeof(T) == typeof(DepthDiff) || typeof(T) == typeof(PartialBook) || typeof(T) == typeof(Trade)
        || typeof(T) == typeof(BestQuote) || typeof(T) == typeof(QuoteDecided) || typeof(T) == typeof(OrderFilled);

    /// <summary>Adds an event.</summary>
    public void Add(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        if (!versions.IsCurrent(header))
        {
            others.Add(header, payload);
            return;
        }

        if (bytes.Length < payload.Length)
        {
            bytes = new byte[payload.Length * 2];
        }

        payload.CopyTo(bytes);
        length = payload.Length;
        arena.Clear();
        var self = this;
        EventCatalog.Decode(header, payload, arena, ref self);
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (!Has<T>() || depth is null || !IsExact(payload) || !TryAdd(header, payload))
        {
            others.Add(header, bytes.AsSpan(0, length));
        }
    }

    /// <summary>Completes the files that have rows, in the order of the layout.</summary>
    public List<ArchiveFile> Finish()
    {
        var files = new List<ArchiveFile>();
        foreach (var file in (ReadOnlySpan<TableFile?>)[depth?.File, partialBooks?.File, trades?.File, bestQuotes?.File, quotes?.File, fills?.File, others.File])
        {
            if (file?.Finish() is { } finished)
            {
                files.Add(finished);
            }
        }

        return files;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        depth?.Dispose();
        partialBooks?.Dispose();
        trades?.Dispose();
        bestQuotes?.Dispose();
        quotes?.Dispose();
        fills?.Dispose();
        others.Dispose();
    }

    private bool TryAdd<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(DepthDiff))
        {
            return depth!.TryAdd(header, (DepthDiff)(object)payload);
        }

        if (typeof(T) == typeof(Trade))
        {
            return trades!.TryAdd(header, (Trade)(object)payload);
        }

        if (typeof(T) == typeof(BestQuote))
        {
            return bestQuotes!.TryAdd(header, (BestQuote)(object)payload);
        }

        if (typeof(T) == typeof(PartialBook))
        {
            return partialBooks!.TryAdd(header, (PartialBook)(object)payload);
        }

        return typeof(T) == typeof(QuoteDecided)
            ? quotes!.TryAdd(header, (QuoteDecided)(object)payload)
            : fills!.TryAdd(header, (OrderFilled)(object)payload);
    }

    private bool IsExact<T>(in T payload)
        where T : struct, IPayload<T>
    {
        again.Clear();
        EventRecord.WritePayload(again, payload);
        return again.Span.SequenceEqual(bytes.AsSpan(0, length));
    }
}
