using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Live.Import;
using EventSourcedMM.Tests.Replay.Audit;
using EventSourcedMM.Web.Answers;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Tests.Web;

/// <summary>What the viewer answers from its index and the log is what the engine itself had, and what a plain fold gives.</summary>
public sealed class ViewerAnswersTests(AuditedDay audited) : IClassFixture<AuditedDay>, IDisposable
{
    private readonly TimelineCache cache = new(audited.Stores, TimeProvider.System);

    public void Dispose() => cache.Dispose();

    [Fact]
    public void Situation_AtTimersOfTheDay_IsTheEnginesOwn()
    {
        var timeline = Open(audited.Day);
        var engine = new Watcher();
        RunExecution.Execute(audited.Stores, audited.Day, null, engine);
        Assert.True(engine.Seen.Count > 150);
        var instrument = timeline.Instrument!;
        var queues = new QueueEstimate();
        foreach (var (due, expected) in engine.Seen)
        {
            var cursor = timeline.AtRun(timeline.Run!.LastAt(due));
            var said = Say(json => new SituationAnswer(timeline, queues).Write(json, cursor, 5));
            var orders = said.GetProperty("orders").EnumerateArray().Select(o => $"{o.GetProperty("id").GetInt64()} {o.GetProperty("price").GetString()} {o.GetProperty("open").GetString()}");
            Assert.Equal(
                expected.Describe(instrument),
                string.Join('\n', [said.GetProperty("inventory").GetString()!, said.GetProperty("pnl").GetString()!, said.GetProperty("bids")[0][0].GetString()!, said.GetProperty("asks")[0][0].GetString()!, .. orders]));
        }
    }

    [Fact]
    public void Queue_JustBeforeEveryFill_IsWhatTheVenueHad()
    {
        var timeline = Open(audited.Day);
        var queues = new QueueEstimate();
        var compared = 0;
        for (var i = 0; i < timeline.Run!.Fills.Count; i++)
        {
            var fill = timeline.Run.Fills[i];
            var before = timeline.AfterTurn(new Cause(fill.Root.Stream, fill.Root.Sequence - 1));
            var order = timeline.Run.After(before.Run).Orders.Single(o => o.Submitted.OrderId == fill.Fill.OrderId);
            Assert.Equal(fill.Fill.QueueAhead, queues.At(timeline, before, [order])[fill.Fill.OrderId]);
            compared++;
        }

        Assert.True(compared > 100);
    }

    [Theory]
    [InlineData(1000, 86_400)]
    [InlineData(333, 7_200)]
    [InlineData(120, 900)]
    public void Series_OfAWindow_HasTheExtremesThatAPlainFoldSees(int width, int seconds)
    {
        var timeline = Open(audited.Day);
        var from = AuditedDay.Utc("02:20");
        var to = from + (seconds * 1_000_000_000L);
        var said = Say(new SeriesAnswer(timeline, from, to, width).Write);
        var times = said.GetProperty("time").EnumerateArray().Select(t => t.GetDouble()).ToArray();
        var (low, high) = PlainExtremes(timeline, from, to);
        Assert.InRange(times.Length, Math.Min(width, 50), Math.Max(width + 2, 10_000));
        Assert.Equal(times.Order(), times);
        Assert.Equal(low / 2.0 / 1e8, Numbers(said, "low").Min(), 12);
        Assert.Equal(high / 2.0 / 1e8, Numbers(said, "high").Max(), 12);
        Assert.Equal(
            Enumerable.Range(0, timeline.Run!.Fills.Count).Count(i => timeline.Run.Fills[i].Time >= from && timeline.Run.Fills[i].Time <= to),
            said.GetProperty("fillCount").GetInt32());
    }

    [Fact]
    public void Steps_OnAndBack_GoThroughTheSameEvents()
    {
        var timeline = Open(audited.Day);
        var cursor = timeline.AtRun(timeline.Run!.Fills[3].Sequence - 5);
        var on = new List<ViewCursor> { cursor };
        for (var i = 0; i < 200; i++)
        {
            on.Add(timeline.Next(on[^1])!.Value);
        }

        var back = new List<ViewCursor> { on[^1] };
        while (back.Count < on.Count)
        {
            back.Add(timeline.Previous(back[^1])!.Value);
        }

        back.Reverse();
        Assert.Equal(on, back);
        Assert.Equal(on.Count, on.Distinct().Count());
        Assert.Null(timeline.Next(timeline.Last() is var last && timeline.Next(last) is null ? last : Advance(timeline, last)));
    }

    [Theory]
    [InlineData("fill")]
    [InlineData("decision")]
    public void Jumps_Forward_VisitEveryOneOnce(string kind)
    {
        var timeline = Open(audited.Day);
        var wanted = kind == "fill" ? timeline.Run!.Fills.Count : timeline.Run!.Decisions.Count;
        var visited = 0;
        for (var at = (ViewCursor?)timeline.Find("start"); (at = Jumps.Find(timeline, at!.Value, kind, forward: true)) is not null;)
        {
            visited++;
            if (visited == wanted)
            {
                Assert.Equal(visited - 1, CountBack(timeline, at.Value, kind));
            }
        }

        Assert.Equal(wanted, visited);
    }

    [Fact]
    public void Jumps_ToGaps_FindBothEndsAndNotWhereTheRecordingBegins()
    {
        using var bench = new ImportBench();
        bench.Import("BTCUSDT", bench.File(DamagedSessionTests.GapThatEnds()));
        using var kept = new TimelineCache(new StoreSet(bench.Store), TimeProvider.System);
        var timeline = kept.Open(bench.Days("BTCUSDT").Single().Name.Value);
        SpinWait.SpinUntil(() => timeline.Complete);
        var changes = new List<(long Sequence, BookState From, BookState To)>();
        using (var source = bench.Store.OpenSource(bench.Days("BTCUSDT").Single().Name))
        {
            while (source.Read(out var header, out var payload))
            {
                if (header.Type == EventType.BookStateChanged && PayloadBytes.Read<BookStateChanged>(payload, new LevelArena()) is var changed)
                {
                    changes.Add((header.Sequence, changed.From, changed.To));
                }
            }
        }

        Assert.Equal([(BookState.Buffering, BookState.Synced), (BookState.Synced, BookState.Gap), (BookState.Gap, BookState.Synced)], changes.Select(c => (c.From, c.To)));
        Assert.Equal(changes.Skip(1).Select(c => c.Sequence), Visited("start", true));
        Assert.Equal(changes.Skip(1).Select(c => c.Sequence).Reverse(), Visited("end", false));

        List<long> Visited(string from, bool forward)
        {
            var visited = new List<long>();
            for (var at = Jumps.Find(timeline, timeline.Find(from), "gap", forward); at is { } found; at = Jumps.Find(timeline, found, "gap", forward))
            {
                visited.Add(found.Market.Sequence);
            }

            return visited;
        }
    }

    [Theory]
    [InlineData("9.9.9", "lies outside")]
    [InlineData("1.0.99999999", "lies outside")]
    [InlineData("r0", "There is no event 0")]
    [InlineData("tomorrow", "is no position")]
    public void Position_ThatIsNone_SaysWhatCanBeWritten(string text, string why) =>
        Assert.Contains(why, Assert.Throws<BadQuestionException>(() => Open(audited.Day).Find(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Position_ByTime_StandsAfterEverythingUpToIt()
    {
        var timeline = Open(audited.Day);
        var cursor = timeline.Find("2024-07-24T02:35:00.5Z");
        var (at, next) = (Header(timeline, cursor.Market), Header(timeline, cursor.Market with { Sequence = cursor.Market.Sequence + 1 }));
        var time = AuditedDay.Utc("02:35") + 500_000_000;
        Assert.True(at.ReceiveTime <= time && next.ReceiveTime > time);
        Assert.True(timeline.Run!.Points[(int)(cursor.Run - 1)].Time <= time && timeline.Run.Points[(int)cursor.Run].Time > time);
    }

    [Fact]
    public void Position_LeftOut_IsTheStartOfWhatDoesNotGrow()
    {
        var timeline = Open(audited.Day);
        Assert.Equal(timeline.Find("start"), timeline.Find(""));
        Assert.NotEqual(timeline.Find("end"), timeline.Find(""));
    }

    internal static JsonElement Say(Action<Utf8JsonWriter> write)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return JsonDocument.Parse(Encoding.UTF8.GetString(memory.ToArray())).RootElement;
    }

    private static int CountBack(ViewTimeline timeline, ViewCursor from, string kind)
    {
        var count = 0;
        for (var at = Jumps.Find(timeline, from, kind, forward: false); at is { } found; at = Jumps.Find(timeline, found, kind, forward: false))
        {
            count++;
        }

        return count;
    }

    private static ViewCursor Advance(ViewTimeline timeline, ViewCursor from)
    {
        while (timeline.Next(from) is { } next)
        {
            from = next;
        }

        return from;
    }

    private static double[] Numbers(JsonElement said, string name) =>
        [.. said.GetProperty(name).EnumerateArray().Where(v => v.ValueKind == JsonValueKind.Number).Select(v => v.GetDouble())];

    private static EventHeader Header(ViewTimeline timeline, Cause at)
    {
        var market = timeline.Markets[at.Stream - 1];
        using var source = new UpcastSource(market.Day.Store.OpenSource(market.Name, at.Sequence));
        source.Read(out var header, out _);
        return header;
    }

    // By the bucket's end, as the series says: buckets of a quarter of a second, those that reach into the window.
    private static (long Low, long High) PlainExtremes(ViewTimeline timeline, long from, long to)
    {
        var (low, high, now, last) = (long.MaxValue, 0L, 0L, 0L);
        var (start, end) = (from / MarketBucket.Length * MarketBucket.Length, (to / MarketBucket.Length * MarketBucket.Length) + MarketBucket.Length);
        var arena = new LevelArena();
        var fold = new BookFold();
        foreach (var market in timeline.Markets)
        {
            using var source = new UpcastSource(market.Day.Store.OpenSource(market.Name));
            while (source.Read(out var header, out var payload))
            {
                now = Math.Max(now, header.ReceiveTime);
                if (now >= start && last > 0)
                {
                    (low, high) = now < end ? (Math.Min(low, last), Math.Max(high, last)) : (low, high);
                }

                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref fold);
                last = fold.Tracker.IsUsable() ? fold.Tracker.Book.MidTwice : 0;
                if (now >= start && now < end && last > 0)
                {
                    (low, high) = (Math.Min(low, last), Math.Max(high, last));
                }
            }
        }

        return (low, high);
    }

    private ViewTimeline Open(StoredRun run)
    {
        var timeline = cache.Open(run.Name.Value);
        SpinWait.SpinUntil(() => timeline.Complete);
        Assert.All(timeline.Markets, m => Assert.Null(m.Damage));
        return timeline;
    }

    private sealed record Seen(long Inventory, Int128 Equity, long Bid, long Ask, WorkingOrder[] Orders)
    {
        public string Describe(Instrument instrument) => string.Join('\n',
        [
            instrument.FormatQuantity(Inventory), instrument.FormatMoney(Equity), instrument.FormatPrice(Bid), instrument.FormatPrice(Ask),
            .. Orders.Select(o => $"{o.OrderId} {instrument.FormatPrice(o.Price)} {instrument.FormatQuantity(o.Remaining)}"),
        ]);
    }

    private sealed class Watcher : IRunObserver
    {
        private int timers;

        public List<(long Due, Seen Seen)> Seen { get; } = [];

        public void Started(EngineState state)
        {
        }

        public void Timer(EngineState state, long due)
        {
            // A prime number of seconds: no minute and no mark is favoured.
            if (++timers % 509 == 0)
            {
                var book = state.Tracker.Book;
                Seen.Add((due, new Seen(state.Inventory, state.Ledger.Equity(book.MidTwice), book.Bids.BestPrice, book.Asks.BestPrice, state.Orders.Span.ToArray())));
            }
        }

        public void Filling(EngineState state, in OrderFilled fill)
        {
        }

        public void Placed(EngineState state, in OrderRequest request)
        {
        }
    }
}
