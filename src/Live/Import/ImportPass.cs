using System.Text;
using System.Text.Unicode;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Import;

/// <summary>What bare books of a recording are taken for.</summary>
/// <param name="ArePartial">There are no diffs to join them to: each is the book of its moment.</param>
/// <param name="Owners">Which of them belong to the symbol; null when all do.</param>
internal readonly record struct BareBooks(bool ArePartial, SnapshotOwners? Owners);

/// <summary>One run over the files: every line becomes events of streams that nobody sees yet.</summary>
internal sealed class ImportPass : ISessionHandler, IDisposable
{
    private const int MostExamples = 5;

    private readonly JournalStore store;
    private readonly SessionReader reader;
    private readonly BareBooks bareBooks;
    private readonly List<DetachedStream> detached = [];
    private readonly List<IDisposable> checks = [];
    private long bareSeen;

    public ImportPass(JournalStore store, IReadOnlyList<RecorderFileInfo> files, Instrument instrument, RecordingInfo info, ImportOptions options, BareBooks bareBooks)
    {
        this.store = store;
        this.bareBooks = bareBooks;
        reader = new SessionReader(files, new StreamParser(instrument, bareBooks.ArePartial), options.AllowCut);
        Recorder = new MarketRecorder(info, instrument, Create, Days.Add) { OnTransition = OnTransition };
        GapsBefore = Recorder.Tracker.Gaps;
        IgnoredBefore = Recorder.Tracker.DiffsIgnored;
    }

    public MarketRecorder Recorder { get; }

    public List<RecordedDay> Days { get; } = [];

    public SnapshotOwners Owners { get; } = new();

    public GridObserver Grid { get; } = new();

    public ClockOffset Clock { get; } = new();

    /// <summary>The first malformed lines, with place and reason.</summary>
    public List<string> Malformed { get; } = [];

    /// <summary>The first losses of the book, with place and time.</summary>
    public List<string> Losses { get; } = [];

    public long LossCount { get; private set; }

    /// <summary>Bare snapshots that belong to none of the symbol's diffs.</summary>
    public long StrangeSnapshots { get; private set; }

    /// <summary>Holes that a continued recording had before.</summary>
    public long GapsBefore { get; }

    public long IgnoredBefore { get; }

    public long Lines => reader.Lines;

    public IReadOnlyDictionary<string, long> OtherSymbols => reader.OtherSymbols;

    public IReadOnlyList<string> Cuts => reader.Cuts;

    /// <summary>Reads everything and ends the recording.</summary>
    public void Run(Action<long, long>? progress, CancellationToken ct)
    {
        reader.Run(this, progress, ct);
        Recorder.End("end of the files");
    }

    /// <summary>Puts the sealed streams in their places, the first day first.</summary>
    public void Publish()
    {
        foreach (var stream in detached)
        {
            stream.Publish();
        }
    }

    public void OnMessage(SessionReader at, long receiveTime, MarketMessage message)
    {
        switch (message.Kind)
        {
            case MessageKind.OtherSymbol:
                return;
            case MessageKind.BookSnapshot when bareBooks.Owners is { } owners && !owners.IsOurs(bareSeen++):
                StrangeSnapshots++;
                return;
            case MessageKind.BookSnapshot:
                Owners.OnSnapshot(message.BookSnapshot.LastUpdateId);
                break;
            case MessageKind.DepthDiff:
                Owners.OnDiff(message.DepthDiff.FirstUpdateId, message.DepthDiff.FinalUpdateId);
                break;
            case MessageKind.Malformed:
                Note(at, message.VenueMessage.Problem);
                break;
        }

        Grid.Observe(message);
        Clock.Add(receiveTime, message.VenueTime);
        Recorder.Record(receiveTime, message);
        if (message.Kind == MessageKind.Unknown && message.EventName == "exchangeInfo")
        {
            Redefine(at, receiveTime, message.VenueMessage.Body);
        }
    }

    public void OnBrokenLine(SessionReader at, long receiveTime, ReadOnlySpan<byte> line, string problem)
    {
        Note(at, problem);
        var isText = Utf8.IsValid(line);
        Recorder.RecordMalformed(receiveTime, new VenueMessage
        {
            Body = isText ? Encoding.UTF8.GetString(line) : Convert.ToBase64String(line),
            Problem = isText ? problem : problem + "; not UTF-8, the body is kept as base64",
        });
    }

    public void Dispose()
    {
        detached.ForEach(d => d.Dispose());
        checks.ForEach(c => c.Dispose());
    }

    // A day that an interrupted import of the same files has left is checked instead of written again.
    private IDayWriter Create(StreamName name)
    {
        if (store.ReadManifest(name) is { } stored)
        {
            var check = new StoredDayCheck(stored);
            checks.Add(check);
            return check;
        }

        var stream = store.CreateDetached(name);
        detached.Add(stream);
        return new JournalDayWriter(stream.Writer);
    }

    private void Note(SessionReader at, string problem)
    {
        if (Malformed.Count < MostExamples)
        {
            Malformed.Add($"{at.Path} line {at.LineNumber}: {problem}");
        }
    }

    private void OnTransition(BookStateChanged change, long receiveTime)
    {
        if (change.To != Domain.Book.BookState.Gap && change.Reason != Domain.Book.BookReason.SnapshotTooOld)
        {
            return;
        }

        LossCount++;
        if (Losses.Count < MostExamples)
        {
            var what = change.Reason switch
            {
                Domain.Book.BookReason.SnapshotTooOld => $"a snapshot with update id {change.FinalUpdateId} is older than the stream, which needs {change.ExpectedUpdateId - 1} or later: it was not used",
                Domain.Book.BookReason.SnapshotTooNew => $"the book is lost: no diff reaches the snapshot's update id {change.ExpectedUpdateId - 1}",
                _ => $"the book is lost: update ids {change.ExpectedUpdateId} to {change.FirstUpdateId - 1} are missing",
            };
            Losses.Add($"{reader.Path} line {reader.LineNumber}, {SessionReader.Text(receiveTime)}: {what}");
        }
    }

    private void Redefine(SessionReader at, long receiveTime, string body)
    {
        var current = Recorder.Instrument;
        if (current.Source == InstrumentSource.File)
        {
            return;
        }

        Instrument? changed;
        try
        {
            changed = InstrumentJson.Read(Encoding.UTF8.GetBytes(body), current.Symbol, "exchangeInfo", InstrumentSource.ExchangeInfo)?.AtScales(current.PriceScale, current.QuantityScale);
        }
        catch (InstrumentException e)
        {
            Note(at, e.Message);
            return;
        }

        // The scales of a recording stay; only steps and limits can change, and only a change is told.
        if (changed is not null && changed with { Source = current.Source, BaseAsset = current.BaseAsset, QuoteAsset = current.QuoteAsset } != current)
        {
            Recorder.Define(receiveTime, changed);
        }
    }
}
