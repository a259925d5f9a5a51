using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// A live run: the venue is recorded exactly as a capture records it, and each symbol's engine is told every event of its
/// recording. It ends by itself, by the kill switch, or because an engine stopped itself.
/// </summary>
public sealed class LiveSession : IDisposable
{
    private readonly LiveOptions options;
    private readonly JournalStore store;
    private readonly Clock clock;
    private readonly List<LiveSymbol> symbols = [];
    private readonly CancellationTokenSource ending = new();
    private readonly IReadOnlyDictionary<string, RecordedRun> unfinished;
    private CaptureSession? capture;
    private string killed = "";

    private LiveSession(LiveOptions options, JournalStore store, Clock clock, string run, IReadOnlyDictionary<string, RecordedRun> unfinished)
    {
        this.options = options;
        this.store = store;
        this.clock = clock;
        this.unfinished = unfinished;
        Run = run;
    }

    /// <summary>Name of the run.</summary>
    public string Run { get; }

    /// <summary>The symbols.</summary>
    public IReadOnlyList<LiveSymbol> Symbols => symbols;

    /// <summary>What records the venue.</summary>
    public CaptureSession Capture => capture!;

    /// <summary>True when it goes on from where a killed process left it.</summary>
    public bool GoesOn => unfinished.Count > 0;

    /// <summary>Finds the run that goes on, or makes a new one, asks the venue for the instruments and prepares everything.</summary>
    /// <exception cref="LiveRunException">An unfinished run cannot go on like this.</exception>
    public static async Task<LiveSession> StartAsync(LiveOptions options, JournalStore store, Clock clock, Action<string> note, CancellationToken ct)
    {
        if (options.StartAnew)
        {
            LiveRuns.Abandon(store, options.Mode, options.EngineVersion, note);
        }

        var found = LiveRuns.Unfinished(store, options.Mode);
        var session = new LiveSession(
            options, store, clock, found?.Name ?? LiveRuns.NewName(store, options.Mode, clock.Now), found?.Symbols ?? new Dictionary<string, RecordedRun>());
        try
        {
            foreach (var (symbol, stored) in session.unfinished)
            {
                RequireSame(options, symbol, stored);
            }

            session.capture = await CaptureSession.StartAsync(options.Capture with { Tap = session.Prepare }, store, clock, note, ct).ConfigureAwait(false);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs until stopped.</summary>
    /// <param name="reason">Why it will have ended, asked for at the end.</param>
    /// <param name="ct">Stops it in an orderly way.</param>
    public async Task<CaptureReport> RunAsync(Func<string> reason, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, ending.Token);
        if (symbols.TrueForAll(s => s.IsOver))
        {
            await ending.CancelAsync().ConfigureAwait(false);
        }

        return await capture!.RunAsync(() => killed.Length > 0 ? "kill switch: " + killed : symbols.Find(s => s.Failure is not null)?.Failure?.Message ?? reason(), stop.Token).ConfigureAwait(false);
    }

    /// <summary>Pulls the kill switch: every symbol cancels everything, then the run ends.</summary>
    /// <param name="source">Who pulled it.</param>
    /// <param name="flatten">True to close the positions.</param>
    public void Kill(string source, bool flatten)
    {
        killed = source;
        capture!.WithTaps((tap, _) => ((LiveSymbol)tap).Kill(clock.Now, source, flatten));
        ending.Cancel();
    }

    /// <summary>How the symbols stand, read while none of them is in a turn.</summary>
    public IReadOnlyList<T> Look<T>(Func<LiveSymbol, T> look)
    {
        var seen = new List<T>();
        capture!.WithTaps((tap, _) => seen.Add(look((LiveSymbol)tap)));
        return seen;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        symbols.ForEach(s => s.Dispose());
        capture?.Dispose();
        ending.Dispose();
    }

    private static void RequireSame(LiveOptions options, string symbol, RecordedRun stored)
    {
        if (!options.Strategies.TryGetValue(symbol, out var strategy))
        {
            throw new LiveRunException($"Run {stored.Started.Run} is unfinished and trades {symbol}, which --symbols does not name. Name the same symbols to go on with it, or --new to leave it as it is.");
        }

        var earlier = StrategyConfiguration.FromJson(stored.Started.Configuration);
        var changed = ParameterTable.All.Where(p => earlier[p.Name] != strategy[p.Name]).Select(p => $"{p.Name} was {earlier[p.Name]} and would be {strategy[p.Name]}").ToList();
        if (stored.Started.Queue != options.Queue)
        {
            changed.Add($"the queue model was {stored.Started.Queue} and would be {options.Queue}");
        }

        if (stored.Started.FeePartsPerMillion != options.FeePartsPerMillion)
        {
            changed.Add(FormattableString.Invariant($"the commission was {stored.Started.FeePartsPerMillion} ppm and would be {options.FeePartsPerMillion}"));
        }

        if (changed.Count > 0)
        {
            throw new LiveRunException($"Run {stored.Started.Run} is unfinished and goes on only with its own settings; for {symbol} {string.Join(", ", changed)}. Give it those, or --new to leave it as it is and start another one.");
        }
    }

    private LiveSymbol Prepare(TapContext context)
    {
        // What is wrong with a configuration is said now, not when the first book is whole.
        options.Header(new LiveStart(Run, options, context.Symbol, context.Instrument, Domain.Events.StreamName.Market(context.Symbol, "1970-01-01", context.Recording), 0));
        var symbol = new LiveSymbol(options, store, Run, context, (_, _) => ending.Cancel());
        symbols.Add(symbol);
        if (unfinished.TryGetValue(context.Symbol, out var run))
        {
            if (RunInstrumentChanged(run, context.Instrument))
            {
                throw new LiveRunException($"The venue has changed the filters of {context.Symbol} since run {Run} began. It cannot go on; --new starts another one.");
            }

            symbol.Recover(store, run, LiveRuns.Inputs(store, run, context.Previous));
        }

        return symbol;
    }

    // The run's own text of its instrument, made the same way from what the venue says now.
    private bool RunInstrumentChanged(RecordedRun run, Instrument now) =>
        options.Header(new LiveStart(Run, options, now.Symbol, now, Domain.Events.StreamName.Parse(run.Started.Inputs.Split(' ')[0]), run.Started.WindowStart)).Instrument != run.Started.Instrument;
}
