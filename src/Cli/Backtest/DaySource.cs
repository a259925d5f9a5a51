using System.CommandLine;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Live.Import.Captures;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Cli.Backtest;

/// <summary>What a command reads: stored days of a symbol in a window, or one file.</summary>
/// <param name="Symbol">Symbol.</param>
/// <param name="Window">Window.</param>
/// <param name="Inputs">Stored days in order.</param>
/// <param name="Stores">Where runs go and inputs come from.</param>
public sealed record DaySource(string Symbol, Window Window, IReadOnlyList<InputStream> Inputs, StoreSet Stores) : IDisposable
{
    /// <summary>First event of the live run whose market data it is; null for a window or a file.</summary>
    public RunStarted? Of { get; private init; }

    /// <summary>What that live run was told of its portfolio and its configuration; null for nothing.</summary>
    public ToldInput? Told { get; private init; }

    /// <summary>What a live run recorded, from its start on.</summary>
    public static DaySource OfRun(StoredRun run, IReadOnlyList<InputStream> inputs, StoreSet stores) =>
        new(run.Started.Symbol, new Window(run.Started.WindowStart, long.MaxValue, "what the live run recorded"), inputs, stores) { Of = run.Started, Told = ToldInput.OfLive(run) };

    /// <summary>Finds it.</summary>
    /// <exception cref="UsageException">Flags are missing or contradict each other.</exception>
    /// <exception cref="NoSuchDayException">Nothing is stored for the window.</exception>
    public static DaySource Open(string? symbol, string? file, Window? window, string? recording, StoreOptions store, ParseResult parsed, Terminal terminal, string? trades = null, CancellationToken stop = default)
    {
        if (trades is not null && file is null)
        {
            throw new UsageException("--trades goes with --data: the trades beside a capture of depth20 books.");
        }

        if (file is null && window is null)
        {
            throw new UsageException("Name a day: --date 2024-07-24 [--zone Asia/Taipei], --from and --to, or a file with --data.");
        }

        if (file is null && symbol is null)
        {
            throw new UsageException("Name a symbol: --symbol NEXOUSDT.");
        }

        foreach (var (option, path) in (ReadOnlySpan<(string, string?)>)[("--data", file), ("--trades", trades)])
        {
            if (path is not null && !File.Exists(path) && !ArchiveFolder.IsArchive(path))
            {
                throw new UsageException(Directory.Exists(path) ? $"{option} {path} is a directory without an archived day; name a file, or a folder that mm archive made." : $"{option} {path}: there is no such file.");
            }
        }

        symbol = symbol?.ToUpperInvariant();
        StoreSet Opened(StoreSet opened)
        {
            // What is read may be on this machine, and what is written is: a server that is away stops neither.
            opened.GoOnWithout(e => terminal.Warn($"{e.Message} The journal and the bundled samples are read without it."));
            return opened;
        }

        StoreSet stores;
        if (file is not null && ArchiveFolder.IsArchive(file))
        {
            if (trades is not null)
            {
                throw new UsageException($"--trades goes beside a capture of depth20 books; {file} is an archived day, which has its own trades.");
            }

            return OpenArchive(file, symbol, window ?? Window.All, Opened(store.Open(parsed)), terminal);
        }

        if (file is not null)
        {
            // The file becomes a store of its own beside the user's: it is neither mixed with stored days nor imported twice.
            var files = Path.Combine(store.Directory(parsed), "files");
            var imported = trades is null && !CaptureFiles.IsCapture(file)
                ? FileStore.Ensure(file, symbol, files, terminal.Progress, stop)
                : FileStore.EnsureCapture(trades is null ? [file] : [file, trades], symbol, files, terminal.Progress, stop);
            terminal.EndProgress();
            symbol = imported.Symbol;
            stores = Opened(store.Open(parsed, [imported.Directory]));
            var own = new MarketDays(Journals.Open(imported.Directory, []));
            return Select(own, symbol, window ?? Window.All, recording, stores, terminal);
        }

        stores = Opened(store.Open(parsed));
        return Select(new MarketDays(stores, terminal.Warn), symbol!, window!, recording, stores, terminal);
    }

    /// <summary>Closes the stores.</summary>
    public void Dispose() => Stores.Dispose();

    // Read as it is: nothing is copied. The run names it by its content hash.
    private static DaySource OpenArchive(string path, string? symbol, Window window, StoreSet stores, Terminal terminal)
    {
        var archive = ArchiveFolder.Open(path);
        var manifest = archive.Manifest(done => terminal.Progress("checking", done, 0));
        terminal.EndProgress();
        if (manifest.Stream.Family != "market")
        {
            throw new UsageException($"{path} is the archive of {manifest.Stream}, a run; a backtest reads a recorded day.");
        }

        var own = manifest.Stream.Parts[1];
        if (symbol is not null && symbol != own)
        {
            throw new UsageException($"{path} is a day of {own}, not of {symbol}.");
        }

        if (!stores.FindCopies(manifest.Stream).Any(c => c.Info.ContentHash == manifest.ContentHash))
        {
            terminal.Note($"{manifest.Stream} is not in the store: mm verify will need it there (mm import {path}).");
        }

        return new DaySource(own, window, [InputStream.Of(manifest, () => new UpcastSource(archive.OpenSource()))], stores);
    }

    private static DaySource Select(MarketDays days, string symbol, Window window, string? recording, StoreSet stores, Terminal terminal)
    {
        DaySelection selection;
        try
        {
            selection = days.Select(symbol, window.From, window.To, recording);
        }
        catch (NoSuchDayException e) when (stores.Away is { } away)
        {
            throw new StoreUnreachableException(away.Place, $"{away.Reason} It may have the day, which is not here: {e.Message}", away);
        }

        if (selection.Note.Length > 0)
        {
            terminal.Note(selection.Note);
        }

        return new DaySource(symbol, window, [.. selection.Days.Select(d => d.ToInput())], stores);
    }
}
