using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Stores.Archive;

/// <summary>How streams are archived.</summary>
public sealed record ArchiveOptions
{
    /// <summary>The level of what is archived beside other work: by its columns some third of the time for a liquid day, a tenth larger (bench/results/parquet.md).</summary>
    public const int BackgroundLevel = 12;

    /// <summary>ZSTD level, 1 to 22. 18 is a tenth smaller than 12; its two columns that cost take five to six times as long to compress. 19 gains nothing more.</summary>
    public int CompressionLevel { get; init; } = 18;

    /// <summary>Rows of a row group.</summary>
    public int RowGroupRows { get; init; } = 256 * 1024;

    /// <summary>Finds the recording that a run read, for its instrument; null where it is not known.</summary>
    public Func<StreamName, IEventSource?>? Inputs { get; init; }

    /// <summary>Told what is being done, events done and events in all.</summary>
    public Action<string, long, long>? Progress { get; init; }
}

/// <summary>What archiving a stream gave.</summary>
/// <param name="Manifest">The stream's manifest.</param>
/// <param name="Path">The archive's folder.</param>
/// <param name="AlreadyThere">True when it was archived before with the same content: nothing was written.</param>
/// <param name="Files">The tables, in the order of the layout.</param>
public sealed record ArchivedStream(StreamManifest Manifest, string Path, bool AlreadyThere, IReadOnlyList<ArchiveFile> Files);

/// <summary>The stream cannot be archived as it is; the message says why and what to do.</summary>
public sealed class ArchiveException(string what) : Exception(what);

/// <summary>
/// Writes sealed streams of a store as Parquet files. An archive is written out of sight, read back and compared with the
/// content hash, and put in its place by one rename: what is there is whole and right.
/// </summary>
public sealed class StreamArchiver(IEventStore store, string root, ArchiveOptions? options = null)
{
    private const string Making = ".making-";

    private readonly ArchiveOptions options = options ?? new ArchiveOptions();

    /// <summary>Archives into the store's own folder.</summary>
    public StreamArchiver(JournalStore store, ArchiveOptions? options = null)
        : this(store, ArchiveFolder.RootOf(store.Root), options)
    {
    }

    /// <summary>Archives a stream.</summary>
    /// <exception cref="ArchiveException">It still grows, is not stored, or its place holds something else, or an archive that is damaged.</exception>
    /// <exception cref="StreamDamagedException">The stored stream is damaged: nothing is archived.</exception>
    /// <exception cref="OperationCanceledException">Nothing is left behind.</exception>
    public ArchivedStream Archive(StreamName stream, CancellationToken ct = default)
    {
        var place = ArchiveFolder.Place(root, stream);
        if (ArchiveFolder.Find(root, stream) is { } there)
        {
            return Compare(stream, there, ct);
        }

        if (Directory.Exists(place))
        {
            // Unless another process put it there between the two questions.
            return ArchiveFolder.Find(root, stream) is { } now ? Compare(stream, now, ct) : throw new ArchiveException($"{place} is there and has no {ArchiveLayout.Manifest}: it is not an archive of this program. Move it away.");
        }

        if (store.FindAsync(stream, ct).AsTask().GetAwaiter().GetResult() is null)
        {
            throw new ArchiveException($"{stream} is not stored in {store.Place}.");
        }

        var manifest = store.ReadManifest(stream)
            ?? throw new ArchiveException($"{stream} still grows: only a finished stream is archived. It is finished when its recording goes on to the next day or ends.");
        HeldFolder.Sweep(root, Making);
        using var held = HeldFolder.Make(Path.GetFullPath(root), $"{Making}{stream.Value.Replace('/', '+')}-");
        try
        {
            var files = Write(stream, manifest, held.Path, ct);
            Publish(held.Path, place);
            return new ArchivedStream(manifest, place, false, files);
        }
        catch (IOException) when (ArchiveFolder.Find(root, stream) is not null)
        {
            // Another process archived the same stream meanwhile.
            return Compare(stream, ArchiveFolder.Find(root, stream)!, ct);
        }
    }

    // What was archived before is read whole, too: its journal may be removed on the word that it is the same.
    private ArchivedStream Compare(StreamName stream, ArchiveFolder there, CancellationToken ct)
    {
        var stored = store.ReadManifest(stream);
        if (there.Verify(done => Tell("checking", done, there.Published!.Events, ct)) is { } problem)
        {
            throw new ArchiveException($"{there.Path} is damaged: {problem.TrimEnd('.')}. Move it away; what is in a journal is archived again.");
        }

        return stored is null || stored.ContentHash == there.Published!.ContentHash
            ? new ArchivedStream(there.Published!, there.Path, true, Files(there))
            : throw new ArchiveException($"{there.Path} holds other events of {stream} (content hash {there.Published.ContentHash}, stored is {stored.ContentHash}). Archive into another directory, or move it away.");
    }

    private static List<ArchiveFile> Files(ArchiveFolder folder)
    {
        var files = new List<ArchiveFile>();
        var own = 0L;
        foreach (var name in ArchiveLayout.Tables)
        {
            var path = Path.Combine(folder.Path, name);
            if (File.Exists(path))
            {
                using var reader = Parquet.ParquetReader.Open(path);
                var events = EventsOf(name, folder.Published!);
                own += events;
                files.Add(new ArchiveFile(name, name == ArchiveLayout.Others ? folder.Published!.Events - own : events, reader.RowCount, new FileInfo(path).Length));
            }
        }

        return files;
    }

    private static long EventsOf(string table, StreamManifest manifest)
    {
        var type = table switch
        {
            ArchiveLayout.Depth => EventType.DepthDiff,
            ArchiveLayout.PartialBooks => EventType.PartialBook,
            ArchiveLayout.Trades => EventType.Trade,
            ArchiveLayout.BestQuotes => EventType.BestQuote,
            ArchiveLayout.Quotes => EventType.QuoteDecided,
            ArchiveLayout.Fills => EventType.OrderFilled,
            _ => EventType.None,
        };
        return manifest.Counts.FirstOrDefault(c => c.Key == type).Value;
    }

    private List<ArchiveFile> Write(StreamName stream, StreamManifest manifest, string folder, CancellationToken ct)
    {
        var plan = Plan(stream, manifest, ct);
        var fileOptions = new ArchiveFileOptions(options.CompressionLevel, options.RowGroupRows, Notes(manifest, plan));
        List<ArchiveFile> files;
        using (var tables = new ArchiveTables(folder, plan.Scales, fileOptions))
        {
            using var source = store.OpenSource(stream);
            while (source.Read(out var header, out var payload))
            {
                tables.Add(header, payload);
                Tell("writing", header.Sequence, manifest.Events, ct);
            }

            files = tables.Finish();
        }

        // What was written is read as anybody will read it, before the journal may be thought of as spare.
        AtomicFile.Write(Path.Combine(folder, ArchiveLayout.Manifest), manifest.ToJson());
        if (ArchiveFolder.Open(folder).Verify(done => Tell("checking", done, manifest.Events, ct)) is { } problem)
        {
            throw new InvalidOperationException($"The archive of {stream} does not give back what was stored: {problem}");
        }

        return files;
    }

    // The first reading checks the stream against its manifest and finds out what the columns must hold.
    private ArchivePlan Plan(StreamName stream, StreamManifest manifest, CancellationToken ct)
    {
        var plan = new ArchivePlan(reduce: stream.Family == "market");
        var arena = new LevelArena();
        var versions = new CurrentVersions();
        using var digest = new StreamDigest(stream);
        using var source = store.OpenSource(stream);
        var record = new ByteBuffer(64 * 1024);
        while (source.Read(out var header, out var payload))
        {
            record.Clear();
            EventRecord.Write(record, header, payload);
            digest.Add(record.Span);
            if (versions.IsCurrent(header))
            {
                if (header.Type == EventType.RunStarted)
                {
                    FindInstrument(plan, header, payload);
                }

                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref plan);
            }

            Tell("reading", header.Sequence, manifest.Events, ct);
        }

        return digest.Count == manifest.Events && digest.Hash.Current == manifest.ContentHash
            ? plan
            : throw new StreamDamagedException(stream, digest.Count, $"it has {digest.Count} events with content hash {digest.Hash.Current}, its manifest says {manifest.Events} with {manifest.ContentHash}.");
    }

    private void FindInstrument(ArchivePlan plan, in EventHeader header, ReadOnlySpan<byte> payload)
    {
        var reader = new StartReader();
        EventCatalog.Decode(header, payload, new LevelArena(), ref reader);
        if (reader.Instrument is { } own)
        {
            plan.Define(own);
            return;
        }

        // A run of before: its input says.
        foreach (var line in reader.Inputs.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var input = options.Inputs?.Invoke(StreamName.Parse(line.Split(' ')[0]));
            var versions = new CurrentVersions();
            while (input is not null && plan.Instrument is null && input.Read(out var first, out var bytes))
            {
                if (first.Type == EventType.InstrumentDefined && versions.IsCurrent(first))
                {
                    EventCatalog.Decode(first, bytes, new LevelArena(), ref plan);
                }
            }
        }
    }

    private static List<KeyValuePair<string, string>> Notes(StreamManifest manifest, ArchivePlan plan)
    {
        var notes = new List<KeyValuePair<string, string>>
        {
            new(ArchiveLayout.FormatKey, ArchiveLayout.Format),
            new(ArchiveLayout.StreamKey, manifest.Stream.Value),
            new(ArchiveLayout.ContentHashKey, manifest.ContentHash.ToString()),
        };
        if (plan.Instrument is { } instrument)
        {
            notes.Add(new(ArchiveLayout.InstrumentKey, PayloadText.Of(instrument)));
        }

        return notes;
    }

    private static void Publish(string temporary, string place)
    {
        DiskFlush.Names(temporary, FlushPoint.ArchiveFiles);
        var parent = Path.GetDirectoryName(place)!;
        DirectorySync.Create(parent);
        Directory.Move(temporary, place);
        DiskFlush.Names(parent, FlushPoint.ArchiveName);
    }

    private void Tell(string what, long done, long total, CancellationToken ct)
    {
        if ((done & 0xFFF) == 0)
        {
            ct.ThrowIfCancellationRequested();
            options.Progress?.Invoke(what, done, total);
        }
    }

    private struct StartReader : IEventHandler
    {
        public StartReader()
        {
        }

        public string Inputs { get; private set; } = "";

        public InstrumentDefined? Instrument { get; private set; }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (typeof(T) == typeof(RunStarted))
            {
                var started = (RunStarted)(object)payload;
                Inputs = started.Inputs;
                Instrument = started.Instrument.Length == 0 ? null : Read(started.Instrument);
            }
        }

        // Somebody else's text is kept as it is, and tells nothing about scales.
        private static InstrumentDefined? Read(string text)
        {
            try
            {
                using var json = System.Text.Json.JsonDocument.Parse(text);
                return Json.EventJsonReader.ReadPayload<InstrumentDefined>(json.RootElement, new LevelArena());
            }
            catch (Exception e) when (e is System.Text.Json.JsonException or Json.EventJsonException)
            {
                return null;
            }
        }
    }
}
