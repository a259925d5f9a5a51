using System.IO.Compression;
using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;
using EventSourcedMM.Tests.Stores;

namespace EventSourcedMM.Tests.Live.Import;

/// <summary>A folder with files to import and a store to import them into, gone after the test.</summary>
internal sealed class ImportBench : IDisposable
{
    private readonly TempFolder folder = new();
    private int files;

    public ImportBench() => Store = new JournalStore(Path.Combine(folder, "store"), TimeProvider.System);

    public JournalStore Store { get; }

    public string Folder => folder;

    /// <summary>Writes a recorder's file.</summary>
    public string File(IEnumerable<string> lines, bool gzip = true, string lineBreak = "\n", bool terminated = true)
    {
        var text = string.Join(lineBreak, lines);
        return File(Encoding.UTF8.GetBytes(terminated ? text + lineBreak : text), gzip);
    }

    public string File(byte[] content, bool gzip = false)
    {
        var path = Path.Combine(folder, $"file{++files}.dat" + (gzip ? ".gz" : ""));
        System.IO.File.WriteAllBytes(path, gzip ? Zip(content) : content);
        return path;
    }

    public static byte[] Zip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gz = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gz.Write(content);
        }

        return packed.ToArray();
    }

    public ImportReport Import(string symbol, params string[] paths) => Import(new ImportOptions(), symbol, paths);

    public ImportReport Import(ImportOptions options, string symbol, params string[] paths) => new Importer(Store, options).Run(paths, symbol);

    /// <summary>Names and content hashes of everything stored.</summary>
    public string[] Content() => [.. Store.ListAsync().ToBlockingEnumerable().Select(n => $"{n} {Store.ReadManifest(n)!.ContentHash}")];

    /// <summary>The days of a symbol in order.</summary>
    public List<MarketStream> Days(string symbol) => MarketCatalog.Of(Store, symbol);

    /// <summary>Folds a stored day alone and tells about every event.</summary>
    public BookFold Fold(StreamName stream, Action<BookFold, EventHeader>? each = null)
    {
        var fold = new BookFold();
        Fold(stream, fold, each);
        return fold;
    }

    public void Fold(StreamName stream, BookFold fold, Action<BookFold, EventHeader>? each = null)
    {
        var arena = new LevelArena();
        using var source = Store.OpenSource(stream);
        while (source.Read(out var header, out var payload))
        {
            arena.Clear();
            EventCatalog.Decode(header, payload, arena, ref fold);
            each?.Invoke(fold, header);
        }
    }

    /// <summary>Type and payload as readable lines of all events of a type.</summary>
    public List<T> Events<T>(StreamName stream)
        where T : struct, IPayload<T>
    {
        var list = new Collector<T>();
        var arena = new LevelArena();
        using var source = Store.OpenSource(stream);
        while (source.Read(out var header, out var payload))
        {
            EventCatalog.Decode(header, payload, arena, ref list);
        }

        return list.Found;
    }

    public void Dispose() => folder.Dispose();

    private sealed class Collector<TWanted> : IEventHandler
        where TWanted : struct, IPayload<TWanted>
    {
        public List<TWanted> Found { get; } = [];

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (payload is TWanted wanted)
            {
                Found.Add(wanted);
            }
        }
    }
}
