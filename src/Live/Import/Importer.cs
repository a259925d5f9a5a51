using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Live.Import;

/// <summary>
/// Imports a recorder's files of one session: a recording is a socket that is already over. Streams are written out of
/// sight, sealed, and put in their places at the end: a mistake, Ctrl-C or a crash leaves nothing half-written.
/// </summary>
public sealed class Importer(JournalStore store, ImportOptions options)
{
    /// <summary>Imports files.</summary>
    /// <param name="paths">Files of one session, in any order.</param>
    /// <param name="symbol">Symbol in capitals.</param>
    /// <param name="progress">Told what is being done, bytes done and bytes in all; null for nobody.</param>
    /// <param name="ct">Stops the import; nothing is stored then.</param>
    /// <exception cref="ImportException">The files cannot be imported as they are.</exception>
    /// <exception cref="InstrumentException">The instrument cannot be found or cannot be.</exception>
    public ImportReport Run(IReadOnlyList<string> paths, string symbol, Action<string, long, long>? progress = null, CancellationToken ct = default)
    {
        var warnings = new List<string>();
        var files = Order(paths, warnings);
        var stored = StoredRecording.Of(store, symbol);
        files = WithoutStored(files, stored, warnings, out var known);
        if (files.Count == 0)
        {
            return known.Select(r => r.Report ?? new ImportReport { Symbol = symbol, Recording = r.Name, Streams = [.. r.Days.Select(d => d.Name.Value)] })
                .Aggregate(ImportReport.Join) with
            { AlreadyStored = true };
        }

        var name = RecordingName.Of(files[0]);
        CheckPlace(files, stored, name);
        store.SweepDetached();
        var before = stored.FindAll(r => r.Name != name);
        var continuation = Continuation.Find(store, before, files[0]);
        var (instrument, guess) = InstrumentFinder.Find(symbol, files, options, continuation?.Instrument, (done, total) => progress?.Invoke("looking", done, total), ct);
        if (guess is not null)
        {
            warnings.Add(guess);
        }

        if (continuation is not null && (continuation.Instrument.PriceScale != instrument.PriceScale || continuation.Instrument.QuantityScale != instrument.QuantityScale))
        {
            // The stored book is counted in other units: this session begins on its own.
            continuation = null;
        }

        using var pass = Read(files, before, name, instrument, continuation, (done, total) => progress?.Invoke("importing", done, total), ct);
        var report = new ReportBuilder(symbol, name, pass).Build(warnings, continuation);
        Seal(pass, files, report);
        pass.Publish();
        return report;
    }

    private static List<RecorderFileInfo> Order(IReadOnlyList<string> paths, List<string> warnings)
    {
        var files = new List<RecorderFileInfo>();
        foreach (var path in paths)
        {
            var info = RecorderFileInfo.Probe(path);
            if (files.Find(f => f.Sha256 == info.Sha256) is { } same)
            {
                warnings.Add($"{path} has the same content as {same.Path} and was left out");
                continue;
            }

            files.Add(info);
        }

        files.Sort((a, b) => a.FirstTime.CompareTo(b.FirstTime));
        if (files.Find(f => f.Clock != files[0].Clock) is { } other)
        {
            throw new ImportException($"{other.Path} has stamps in {other.Clock.Name()}, {files[0].Path} in {files[0].Clock.Name()}: these are not files of one session. Import them separately.");
        }

        return files;
    }

    private static List<RecorderFileInfo> WithoutStored(List<RecorderFileInfo> files, List<StoredRecording> stored, List<string> warnings, out List<StoredRecording> known)
    {
        var whole = stored.FindAll(r => r.IsWhole);
        var left = files.FindAll(f => !whole.Exists(r => r.Files.Contains(f.Sha256.ToString())));
        known = whole.FindAll(r => files.Exists(f => r.Files.Contains(f.Sha256.ToString())));
        if (left.Count > 0 && left.Count < files.Count)
        {
            warnings.Add($"{files.Count - left.Count} of {files.Count} files are stored already ({string.Join(", ", known.Select(r => r.Name))}); the others were imported");
        }

        return left;
    }

    // Recordings of a symbol are stored in the order of time; only a recording of this name may be there in part.
    private void CheckPlace(List<RecorderFileInfo> files, List<StoredRecording> stored, string name)
    {
        foreach (var recording in stored)
        {
            if (recording.Name == name)
            {
                if (!recording.IsWhole)
                {
                    continue;
                }

                throw new ImportException($"{files[0].Path} begins with the same lines as the stored recording {name}, but is not the same file: it is longer, shorter, or packed in another way. If it is the better one, remove {recording.Place(store)} and import again.");
            }

            if (files[0].FirstTime < recording.LastTime)
            {
                var how = files[^1].FirstTime < recording.FirstTime ? "earlier than" : "inside";
                throw new ImportException($"{files[0].Path} begins at {SessionReader.Text(files[0].FirstTime)}, {how} the stored recording {recording.Name} ({SessionReader.Text(recording.FirstTime)} to {SessionReader.Text(recording.LastTime)}). Recordings are stored in the order of time and without overlap: import into another store with --store, or remove {recording.Place(store)} and import all files together.");
            }
        }
    }

    // What a bare book means is known for sure only at the end; if the first reading took it wrongly, it is read again.
    private ImportPass Read(List<RecorderFileInfo> files, List<StoredRecording> stored, string name, Instrument instrument, Continuation? continuation, Action<long, long> progress, CancellationToken ct)
    {
        var pass = Start(new BareBooks(false, null));
        try
        {
            pass.Run(progress, ct);
            var counts = pass.Recorder.Counts;
            var again = counts.Snapshots > 0 && counts.DepthDiffs == 0 ? new BareBooks(true, null)
                : counts.Snapshots > 0 && pass.OtherSymbols.Count > 0 ? new BareBooks(false, pass.Owners)
                : (BareBooks?)null;
            if (again is { } bareBooks)
            {
                pass.Dispose();
                continuation = continuation is null ? null : Continuation.Find(store, stored, files[0]);
                pass = Start(bareBooks);
                pass.Run(progress, ct);
            }

            return pass;
        }
        catch
        {
            pass.Dispose();
            throw;
        }

        ImportPass Start(BareBooks bareBooks) => new(
            store,
            files,
            instrument,
            new RecordingInfo
            {
                Name = name,
                Source = string.Join('\n', files.Select(f => f.Line)),
                ReceiveClock = files[0].Clock.Name(),
                Recorder = options.Recorder,
                ContinuedFrom = continuation?.Stream.Name.Value ?? "",
                ContinuedFromSequence = continuation?.Stream.Info.Version ?? 0,
                ContinuedBook = continuation?.Book,
            },
            options,
            bareBooks);
    }

    private void Seal(ImportPass pass, List<RecorderFileInfo> files, ImportReport report)
    {
        foreach (var day in pass.Days)
        {
            var notes = day.Notes();
            notes.Add(new(MarketNotes.Sources, string.Join('\n', files.Select(f => f.Line))));
            notes.Add(new(MarketNotes.Streams, string.Join('\n', pass.Days.Select(d => d.Stream.Value))));
            if (day == pass.Days[^1])
            {
                notes.Add(new(MarketNotes.Import, report.ToNote()));
            }

            try
            {
                day.Seal(options.Recorder, notes);
            }
            catch (EventConflictException e)
            {
                throw new ImportException($"The day {e.Stream} was left by an interrupted import and holds something else. Remove its directory in {store.Root} and import again.", e);
            }
        }
    }
}
