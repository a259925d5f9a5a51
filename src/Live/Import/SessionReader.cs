using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Live.Import;

/// <summary>Receives the lines of a session in order.</summary>
internal interface ISessionHandler
{
    /// <summary>A message, parsed.</summary>
    void OnMessage(SessionReader at, long receiveTime, MarketMessage message);

    /// <summary>A line that could not be taken apart into stamp and message.</summary>
    void OnBrokenLine(SessionReader at, long receiveTime, ReadOnlySpan<byte> line, string problem);
}

/// <summary>
/// Reads the files of one recorder session one after the other, checks that their stamps make sense, and hands their
/// lines on parsed.
/// </summary>
internal sealed class SessionReader(IReadOnlyList<RecorderFileInfo> files, StreamParser parser, bool allowCut)
{
    // Further back than any clock is corrected: such lines are of another time, or of another recorder.
    private const long MostBackwards = 3_600 * Nanoseconds.PerSecond;

    private readonly SortedDictionary<string, long> others = new(StringComparer.Ordinal);
    private readonly List<string> cuts = [];

    /// <summary>Lines read, without empty ones.</summary>
    public long Lines { get; private set; }

    /// <summary>The file being read.</summary>
    public string Path { get; private set; } = "";

    /// <summary>Number of the line in its file, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Lines of other symbols, by symbol.</summary>
    public IReadOnlyDictionary<string, long> OtherSymbols => others;

    /// <summary>Notes about files that are cut, if that was allowed.</summary>
    public IReadOnlyList<string> Cuts => cuts;

    /// <summary>Reads everything.</summary>
    /// <exception cref="ImportException">Names file and line.</exception>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    public void Run(ISessionHandler handler, Action<long, long>? progress, CancellationToken ct)
    {
        var total = files.Sum(f => f.Bytes);
        var before = 0L;
        var latest = long.MinValue;
        RecorderFileInfo? previous = null;
        foreach (var info in files)
        {
            if (previous is not null && info.FirstTime < latest)
            {
                throw new ImportException($"{info.Path} begins at {Text(info.FirstTime)}, before {previous.Path} ends at {Text(latest)}: the files overlap. Files of one session follow each other; import another session into another store.");
            }

            ReadFile(info, handler, ref latest, done => progress?.Invoke(before + done, total), ct);
            before += info.Bytes;
            previous = info;
        }
    }

    /// <summary>A stamp as UTC text.</summary>
    public static string Text(long time) => InstantPattern.ExtendedIso.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time));

    private void ReadFile(RecorderFileInfo info, ISessionHandler handler, ref long latest, Action<long> progress, CancellationToken ct)
    {
        using var file = RecorderFile.Open(info.Path);
        Path = info.Path;
        var own = 0L;
        var foreign = 0L;
        var bare = 0L;
        var receiveTime = info.FirstTime;
        latest = Math.Max(latest, info.FirstTime);
        while (file.Read(out var line))
        {
            LineNumber = file.LineNumber;
            if ((++Lines & 0xFFF) == 0)
            {
                ct.ThrowIfCancellationRequested();
                progress(file.BytesRead);
            }

            if (!RecorderLine.TryParse(line, out var parsed, out var problem) || parsed.Clock != files[0].Clock)
            {
                problem = problem.Length > 0 ? problem : $"the local stamp counts {parsed.Clock.Name()}, the recording's count {files[0].Clock.Name()}";
                handler.OnBrokenLine(this, receiveTime, line, problem);
                continue;
            }

            receiveTime = parsed.ReceiveTime;
            CheckStamp(receiveTime, latest);
            latest = Math.Max(latest, receiveTime);
            switch (parser.Parse(parsed.Message))
            {
                case MessageKind.OtherSymbol:
                    foreign++;
                    others[parser.Message.OtherSymbol] = others.GetValueOrDefault(parser.Message.OtherSymbol) + 1;
                    break;
                case MessageKind.BookSnapshot:
                    bare++;
                    break;
                case not (MessageKind.Unknown or MessageKind.Malformed):
                    own++;
                    break;
            }

            handler.OnMessage(this, receiveTime, parser.Message);
        }

        progress(info.Bytes);
        CheckCut(file);
        if (own == 0 && (foreign > 0 || bare == 0))
        {
            throw NotInFile(info.Path);
        }
    }

    private void CheckStamp(long receiveTime, long latest)
    {
        if (latest - receiveTime > MostBackwards)
        {
            throw new ImportException($"{Path} line {LineNumber}: the local stamp {Text(receiveTime)} lies more than an hour before {Text(latest)}, which came earlier. The file is not in the order of one recording: split it there, or remove the line.");
        }

        // Within a file a stamp a day ahead is a broken stamp, not a quiet day: everything after it would land in a wrong day.
        if (receiveTime - latest > Nanoseconds.PerDay)
        {
            throw new ImportException($"{Path} line {LineNumber}: the local stamp jumps from {Text(latest)} to {Text(receiveTime)}. Split the file there if the recorder paused, or remove the line if its stamp is wrong.");
        }
    }

    private void CheckCut(RecorderFile file)
    {
        if (!file.IsCut)
        {
            return;
        }

        if (!allowCut)
        {
            throw new ImportException($"{file.Path}: the gzip data ends too early, after line {file.LineNumber}, or is followed by other bytes: the file is cut, or still being written. Fetch it again, or import the whole lines before the cut with --allow-cut.");
        }

        cuts.Add($"{file.Path} is cut: the whole lines up to line {file.LineNumber} were imported");
    }

    private ImportException NotInFile(string path)
    {
        var found = others.Count == 0
            ? "no message in it can be read"
            : "it has lines of " + string.Join(", ", others.Select(o => $"{o.Key} ({o.Value})"));
        return new ImportException($"{path}: there is no line of {parser.Instrument.Symbol}; {found}.");
    }
}
