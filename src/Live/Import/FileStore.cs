using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Import.Captures;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Live.Import;

/// <summary>One recorder file as a store of its own, made on first use and kept: it is neither mixed with stored days nor imported twice.</summary>
public static class FileStore
{
    // A recorder of several symbols shows all of them within so many lines, or the user names one.
    private const int LinesToLookAt = 20_000;

    /// <summary>The directory of the imported file, and the symbol it was imported for.</summary>
    /// <param name="file">The recorder's file.</param>
    /// <param name="symbol">Symbol in capitals; null for the only one in the file.</param>
    /// <param name="root">Directory under which such stores are kept.</param>
    /// <param name="progress">Told what is done, how much of it and of how much; null for nobody.</param>
    /// <param name="stop">Cancelled: the import ends, and leaves nothing behind.</param>
    /// <exception cref="ImportException">The file cannot be imported, or has several symbols and none was named.</exception>
    public static (string Directory, string Symbol) Ensure(string file, string? symbol, string root, Action<string, long, long>? progress = null, CancellationToken stop = default)
    {
        var info = RecorderFileInfo.Probe(file);
        symbol ??= OnlySymbol(file);

        // The symbol is part of the name: a file of several symbols can be imported for each. So is the build of the
        // importer: a corrected one does not read what an older one understood. Runs find their inputs by content.
        var build = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(ImporterBuild.Identity()))[..8];
        var directory = Path.Combine(root, $"{info.Sha256.ToString()[..16]}-{symbol.ToLowerInvariant()}-{build}");
        Directory.CreateDirectory(root);
        ImportDirectory.Ensure(directory, store => new Importer(store, new ImportOptions()).Run([file], symbol, progress, stop));
        return (directory, symbol);
    }

    /// <summary>The same for a capture of depth20 books, and trades beside it.</summary>
    /// <param name="files">Parquet files or JSON lines: the books, and trades beside them.</param>
    /// <param name="symbol">Symbol in capitals; null for the only one that the rows name.</param>
    /// <param name="root">Directory under which such stores are kept.</param>
    /// <param name="progress">Told what is done, how much of it and of how much; null for nobody.</param>
    /// <param name="stop">Cancelled: the import ends, and leaves nothing behind.</param>
    /// <exception cref="ImportException">A file cannot be read, or has several symbols and none was named.</exception>
    public static (string Directory, string Symbol) EnsureCapture(IReadOnlyList<string> files, string? symbol, string root, Action<string, long, long>? progress = null, CancellationToken stop = default)
    {
        var key = CaptureFiles.Digest(files)[..16];
        var known = symbol is null
            ? Directory.Exists(root) ? Directory.GetDirectories(root, key + "-*").Order(StringComparer.Ordinal).ToArray() : []
            : [Path.Combine(root, $"{key}-{symbol.ToLowerInvariant()}")];
        if (known.Length == 1 && Directory.Exists(known[0]))
        {
            return (known[0], symbol ?? Path.GetFileName(known[0])[(key.Length + 1)..].ToUpperInvariant());
        }

        using var lines = new CaptureLines(files, symbol, root, booksFirst: true, rows => progress?.Invoke("reading", rows, 0), stop);
        var directory = Path.Combine(root, $"{key}-{lines.Symbol.ToLowerInvariant()}");
        ImportDirectory.Ensure(directory, store => new Importer(store, new ImportOptions()).Run([lines.Path], lines.Symbol, progress, stop));
        return (directory, lines.Symbol);
    }

    private static string OnlySymbol(string path)
    {
        // Read as a symbol that no venue lists: every message is then of another one, and names it.
        var nobody = new Instrument { Symbol = "NOSYMBOL", BaseAsset = "NO", QuoteAsset = "SYMBOL", QuantityScale = Scale.Eight, Tick = 1, Lot = 1, MinQuantity = 1 };
        var parser = new StreamParser(nobody);
        var symbols = new SortedSet<string>(StringComparer.Ordinal);
        using var file = RecorderFile.Open(path);
        for (var i = 0; i < LinesToLookAt && file.Read(out var line); i++)
        {
            if (RecorderLine.TryParse(line, out var parsed, out _) && parser.Parse(parsed.Message) == MessageKind.OtherSymbol)
            {
                symbols.Add(parser.Message.OtherSymbol);
            }
        }

        return symbols.Count switch
        {
            1 => symbols.Min!,
            0 => throw new ImportException($"{path}: no message in it names a symbol. Name it with --symbol."),
            _ => throw new ImportException($"{path}: it has several symbols: {string.Join(", ", symbols)}. Name one with --symbol."),
        };
    }
}
