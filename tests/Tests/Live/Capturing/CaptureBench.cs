using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.VenueSim;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Time;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>A simulated venue over the bundled recordings, captured over real sockets into a store of its own.</summary>
internal sealed class CaptureBench : IAsyncDisposable
{
    private static readonly Lazy<JournalStore> Bundled = new(() => new JournalStore(SampleStore.Ensure()!, TimeProvider.System));
    private readonly TempFolder folder = new();
    private readonly HttpClient http = new();

    private CaptureBench(Venue venue)
    {
        Venue = venue;
        Store = new JournalStore(folder, TimeProvider.System, new JournalOptions { TornTail = TornTailPolicy.Accept });
    }

    public Venue Venue { get; }

    public JournalStore Store { get; }

    public VenueEndpoint Endpoint => VenueEndpoint.Parse(Venue.HttpUri.GetLeftPart(UriPartial.Authority));

    /// <summary>Serves bundled recordings.</summary>
    public static async Task<CaptureBench> StartAsync(string symbols, string speed, string? faults = null, ulong seed = 1, Func<VenueOptions, VenueOptions>? change = null)
    {
        var options = new VenueOptions
        {
            Symbols = [.. symbols.Split(',').Select(Recording)],
            Timers = TimeProvider.System,
            Speed = VenueSpeed.Parse(speed),
            Faults = faults is null ? FaultPlan.None : FaultPlan.Parse(faults),
            Seed = seed,
        };
        return new CaptureBench(await Venue.StartAsync(change?.Invoke(options) ?? options));
    }

    /// <summary>A change of the options: the venue begins in the middle of what is recorded of its one symbol, with the book of that moment.</summary>
    public static Func<VenueOptions, VenueOptions> From(string utc)
    {
        var from = DateTimeOffset.Parse(utc, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds() * 1_000_000;
        return o => o with { Symbols = [o.Symbols.Single() with { From = from }] };
    }

    /// <summary>Captures until something is true, or the time is over.</summary>
    public async Task<CaptureReport> CaptureAsync(string symbols, Func<CaptureStatus, bool> enough, TimeSpan most, Func<CaptureOptions, CaptureOptions>? change = null)
    {
        var clock = await SimulatedClock.OfAsync(Endpoint, default);
        var options = new CaptureOptions { Symbols = symbols.Split(','), Endpoint = Endpoint };
        using var session = await CaptureSession.StartAsync(change?.Invoke(options) ?? options, Store, clock, _ => { }, default);
        using var stop = new CancellationTokenSource(most);
        var running = session.RunAsync(() => "the test has seen enough", stop.Token);
        while (!running.IsCompleted && !enough(session.Status()))
        {
            await Task.Delay(20);
        }

        await stop.CancelAsync();
        return await running;
    }

    /// <summary>A stored day, or several, folded by the replay's own code.</summary>
    public static BookFold Fold(JournalStore store, IEnumerable<string> streams)
    {
        var fold = new BookFold();
        foreach (var stream in streams)
        {
            Walk(store, stream, fold);
        }

        return fold;
    }

    /// <summary>Every diff of the streams: first and last update id, in the order stored.</summary>
    public static List<(long First, long Final)> Diffs(JournalStore store, IEnumerable<string> streams)
    {
        var diffs = new DiffIds();
        foreach (var stream in streams)
        {
            Walk(store, stream, diffs);
        }

        return diffs.Ids;
    }

    /// <summary>Names of the bundled recording's days.</summary>
    public static IReadOnlyList<string> BundledDays(string symbol) =>
        [.. Bundled.Value.ListAsync($"market/{symbol}/").ToBlockingEnumerable().Select(s => s.Value)];

    public static JournalStore BundledStore => Bundled.Value;

    /// <summary>
    /// Another program at our address uses the minute's weight up, and our connections are cut, so that a snapshot is needed. A minute of weight is a
    /// second or two here: again and again, until the capture has met the limit.
    /// </summary>
    public async Task BurnAsync(string symbol, CancellationToken met)
    {
        for (var i = 0; !met.IsCancellationRequested; i++)
        {
            using var answer = await http.GetAsync(new Uri(Venue.HttpUri, $"/api/v3/depth?symbol={symbol}&limit=5000"), CancellationToken.None);
            if (i % 100 == 6)
            {
                await ControlAsync("/sim/faults?kind=cut", post: true);
            }

            if (i > 6)
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    public async Task<JsonElement> ControlAsync(string path, bool post = false)
    {
        using var response = post ? await http.PostAsync(new Uri(Venue.HttpUri, path), null) : await http.GetAsync(new Uri(Venue.HttpUri, path));
        response.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        await Venue.DisposeAsync();
        await Store.DisposeAsync();
        http.Dispose();
        folder.Dispose();
    }

    public static void Walk<THandler>(JournalStore store, string stream, THandler handler)
        where THandler : class, IEventHandler
    {
        using var source = new UpcastSource(store.OpenSource(StreamName.Parse(stream)));
        var arena = new LevelArena();
        while (source.Read(out var header, out var payload))
        {
            arena.Clear();
            EventCatalog.Decode(header, payload, arena, ref handler);
        }
    }

    private static SymbolRecording Recording(string symbol) => new(
        symbol, long.MinValue, long.MaxValue,
        [.. BundledDays(symbol).Select(day => (Func<EventSourcedMM.Stores.IEventSource>)(() => new UpcastSource(Bundled.Value.OpenSource(StreamName.Parse(day)))))]);

    private sealed class DiffIds : IEventHandler
    {
        public List<(long First, long Final)> Ids { get; } = [];

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (payload is DepthDiff diff)
            {
                Ids.Add((diff.FirstUpdateId, diff.FinalUpdateId));
            }
        }
    }
}
