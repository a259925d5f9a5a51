using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.VenueSim.Faults;
using static EventSourcedMM.Tests.Simulation.StreamClient;

namespace EventSourcedMM.Tests.Simulation;

/// <summary>Each kind of fault that hits market data does what docs/venue.md says of it: the venue counts it, and a client sees it.</summary>
public sealed class VenueFaultTests
{
    private const string Stream = "nexousdt@depth@100ms";
    private const string Path = "/stream?streams=" + Stream;

    [Fact]
    public async Task Drop_ShareOfMessages_NeverCome()
    {
        var (sent, came, faults) = await PlayAsync("drop=10%");
        Assert.Equal(sent.Except(Ids(faults)), came.Select(m => m.Id));
    }

    [Fact]
    public async Task Duplicate_ShareOfMessages_ComeTwiceInARow()
    {
        var (sent, came, faults) = await PlayAsync("duplicate=10%");
        Assert.Equal(sent.SelectMany(id => Ids(faults).Contains(id) ? [id, id] : new[] { id }), came.Select(m => m.Id));
    }

    [Fact]
    public async Task Reorder_ShareOfMessages_ComeAfterTheNextOne()
    {
        var (sent, came, faults) = await PlayAsync("reorder=10%");
        var held = Ids(faults).ToHashSet();
        Assert.Equal(sent, came.Select(m => m.Id).Order());

        // Who was overtaken, was overtaken by the next one alone, and was meant to be.
        var overtaken = came.Zip(came.Skip(1)).Where(pair => pair.First.Id > pair.Second.Id).ToArray();
        Assert.All(overtaken, pair => Assert.True(held.Contains(pair.Second.Id) && sent.IndexOf(pair.First.Id) == sent.IndexOf(pair.Second.Id) + 1, $"{pair.Second.Id} came after {pair.First.Id}"));

        // Nobody waits for a next one longer than a second; and of two in a row the first goes when the second is held.
        var times = came.ToDictionary(m => m.Id, m => m.EventTime);
        var expected = sent.Zip(sent.Skip(1)).Count(pair => held.Contains(pair.First) && !held.Contains(pair.Second) && times[pair.Second] - times[pair.First] < 900);
        Assert.InRange(overtaken.Length, Math.Max(1, expected), held.Count);
    }

    [Fact]
    public async Task Delay_ShareOfMessages_ComeLateAndLaterOnesPassThem()
    {
        var (sent, came, faults) = await PlayAsync("delay=5%:2s..4s");
        var late = faults.ToDictionary(f => f.GetProperty("lastId").GetInt64(), f => f.GetProperty("milliseconds").GetDouble());
        Assert.Equal(sent, came.Select(m => m.Id).Order());
        Assert.Equal(sent.Where(id => !late.ContainsKey(id)), came.Select(m => m.Id).Where(id => !late.ContainsKey(id)));
        Assert.All(late.Values, milliseconds => Assert.InRange(milliseconds, 2_000, 4_000));
        foreach (var (at, message) in came.Index().Where(m => late.ContainsKey(m.Item.Id)))
        {
            // What was sent in the meantime has passed it; what was sent after it came has not. The stamps are the venue's own, to a tenth of a second those of sending.
            var due = message.EventTime + late[message.Id];
            Assert.All(came[..at].Where(m => !late.ContainsKey(m.Id)), m => Assert.True(m.EventTime < due + 200, $"{m.Id} came before {message.Id}, which was due before it was sent"));
            Assert.All(came[(at + 1)..].Where(m => !late.ContainsKey(m.Id)), m => Assert.True(m.EventTime > due - 200, $"{m.Id} came after {message.Id}, which was held for longer"));
        }
    }

    [Fact]
    public async Task Stall_OfAConnection_IsSilenceAndThenEverythingAtOnce()
    {
        await using var venue = await SteppedVenue.StartAsync();
        var (hit, other) = (await venue.ListenAsync(Path), await venue.ListenAsync(Path));
        await venue.StepAsync(60);
        await hit.CatchUpAsync();
        Assert.Equal(1, (await venue.FaultAsync($"stall&connection={hit.Id}&for=30s")).GetProperty("done").GetInt32());
        var before = await BytesAsync(venue, hit);
        var seen = hit.Messages.Length;
        await venue.StepAsync(29);
        await other.CatchUpAsync();
        Assert.True(other.Messages.Length > seen + 5, "the market was silent, too");
        Assert.Equal((before, seen), (await BytesAsync(venue, hit), hit.Messages.Length));
        await venue.StepAsync(2);
        await hit.CatchUpAsync();
        await other.CatchUpAsync();
        Assert.Equal(other.Messages.Select(m => m.GetRawText()), hit.Messages.Select(m => m.GetRawText()));
        Assert.Equal(1, await venue.CountAsync("stall"));
    }

    [Fact]
    public async Task Cut_OfAConnection_BreaksItWithoutAWord()
    {
        await using var venue = await SteppedVenue.StartAsync();
        var (hit, other) = (await venue.ListenAsync(Path), await venue.ListenAsync(Path));
        await venue.FaultAsync($"cut&connection={hit.Id}");
        Assert.Equal("broken", await hit.End);
        await venue.StepAsync(60);
        await other.CatchUpAsync();
        Assert.Equal(1, await venue.CountAsync("cut"));
        Assert.Null(await venue.ConnectionAsync(hit.Id));
    }

    [Fact]
    public async Task HalfOpen_Connection_StaysOpenAndNothingComesOrGoes()
    {
        await using var venue = await SteppedVenue.StartAsync();
        var (hit, other) = (await venue.ListenAsync(Path), await venue.ListenAsync(Path));
        await venue.StepAsync(10);
        await hit.CatchUpAsync();
        await venue.FaultAsync($"half-open&connection={hit.Id}");
        var before = await BytesAsync(venue, hit);
        var seen = hit.Messages.Length;
        var answer = await hit.AskAsync();

        // Beyond the time within which a ping must be answered, too.
        await venue.StepAsync(300);
        await other.CatchUpAsync();
        Assert.True(other.Messages.Length > seen + 50);
        Assert.Equal((before, seen, false, false), (await BytesAsync(venue, hit), hit.Messages.Length, answer.IsCompleted, hit.End.IsCompleted));
        Assert.True((await venue.ConnectionAsync(hit.Id))!.Value.GetProperty("halfOpen").GetBoolean());
        Assert.Equal(1, await venue.CountAsync("half-open"));
    }

    [Fact]
    public async Task StaleSnapshot_Once_IsTheBookOfHalfAMinuteAgo()
    {
        await using var venue = await SteppedVenue.StartAsync();
        var client = await venue.ListenAsync(Path);
        await venue.StepAsync(300);
        await venue.FaultAsync("stale-snapshot&count=1&on=/api/v3/depth");
        var (_, stale) = await venue.GetAsync("depth?symbol=NEXOUSDT&limit=5000");
        var (_, right) = await venue.GetAsync("depth?symbol=NEXOUSDT&limit=5000");
        await client.CatchUpAsync();
        Assert.Equal(1, await venue.CountAsync("stale-snapshot"));
        Assert.Equal(client.Of(Stream)[^1].GetProperty("u").GetInt64(), right.GetProperty("lastUpdateId").GetInt64());

        // A whole book, right at its own update id, and that from 30 to 60 seconds ago.
        var id = stale.GetProperty("lastUpdateId").GetInt64();
        var book = Recorded.BookAt("NEXOUSDT", id)!;
        Assert.Equal(book.Bids.ToLevels().Select(l => (l.Price / 1e8m, l.Quantity / 1e8m)), Levels(stale, "bids"));
        Assert.Equal(book.Asks.ToLevels().Select(l => (l.Price / 1e8m, l.Quantity / 1e8m)), Levels(stale, "asks"));
        var age = (venue.Now / 1_000_000) - client.Of(Stream).Single(d => d.GetProperty("u").GetInt64() == id).GetProperty("E").GetInt64();
        Assert.InRange(age, 30_000, 65_000);
    }

    [Fact]
    public async Task SlowSnapshot_Once_ComesLateWithTheBookOfWhenItWasAsked()
    {
        await using var venue = await SteppedVenue.StartAsync();
        await venue.ListenAsync(Path);
        await venue.StepAsync(30);
        var asked = await UpdateIdAsync(venue);
        await venue.FaultAsync("slow-snapshot&for=20s");
        var answer = await venue.AskAsync("depth?symbol=NEXOUSDT&limit=5000");
        await venue.StepAsync(19.9);
        Assert.False(answer.IsCompleted);
        await venue.StepAsync(0.2);
        Assert.Equal(asked, (await answer).Body.GetProperty("lastUpdateId").GetInt64());
        Assert.True(await UpdateIdAsync(venue) > asked, "the book did not move meanwhile");
        Assert.Equal(1, await venue.CountAsync("slow-snapshot"));
    }

    [Fact]
    public async Task ServerError_OfAPath_IsTheStatusThatWasNamedOrOneOfFour()
    {
        await using var venue = await SteppedVenue.StartAsync();
        await venue.FaultAsync("server-error&status=503&on=/api/v3/depth");
        Assert.Equal(200, (await venue.GetAsync("time")).Status);
        var (status, body) = await venue.GetAsync("depth?symbol=NEXOUSDT");
        Assert.Equal((503, -1008), (status, body.GetProperty("code").GetInt32()));
        Assert.Equal(200, (await venue.GetAsync("depth?symbol=NEXOUSDT")).Status);

        await venue.FaultAsync("server-error&count=40");
        var drawn = new HashSet<int>();
        for (var i = 0; i < 40; i++)
        {
            drawn.Add((await venue.GetAsync("ping")).Status);
        }

        Assert.Equal([500, 502, 503, 504], drawn.Order());
        Assert.Equal(41, await venue.CountAsync("server-error"));
    }

    [Fact]
    public async Task WrongClock_ForAWhile_IsWrongInRestAndInStamps()
    {
        await using var venue = await SteppedVenue.StartAsync();
        var client = await venue.ListenAsync(Path);
        await venue.StepAsync(20);
        await venue.FaultAsync("wrong-clock&for=30s&offset=5s");
        Assert.Equal((venue.Now / 1_000_000) + 5_000, await TimeAsync(venue));
        Assert.Equal((venue.Now / 1_000_000) + 5_000, (await venue.GetAsync("exchangeInfo")).Body.GetProperty("serverTime").GetInt64());
        await venue.StepAsync(29);
        await client.CatchUpAsync();
        var wrong = client.Messages.Length;
        await venue.StepAsync(11);
        await client.CatchUpAsync();
        Assert.Equal(venue.Now / 1_000_000, await TimeAsync(venue));

        // Stamps beside those of a venue whose clock is right.
        await using var twin = await SteppedVenue.StartAsync();
        var right = await twin.ListenAsync(Path);
        await twin.StepAsync(60);
        await right.CatchUpAsync();
        var errors = client.Of(Stream).Zip(right.Of(Stream), (a, b) => a.GetProperty("E").GetInt64() - b.GetProperty("E").GetInt64()).ToArray();
        Assert.Equal(right.Messages.Length, errors.Length);
        var began = Array.IndexOf(errors, 5_000L);
        Assert.InRange(began, 1, wrong - 5);
        Assert.All(errors[..began], e => Assert.Equal(0, e));
        Assert.All(errors[began..wrong], e => Assert.Equal(5_000, e));
        Assert.Equal(0, errors[^1]);
        Assert.Equal(1, await venue.CountAsync("wrong-clock"));
    }

    [Fact]
    public async Task Shutdown_IsAnnouncedThenEverybodyIsClosedAndNewOnesAreWelcome()
    {
        await using var venue = await SteppedVenue.StartAsync();
        var old = await venue.ListenAsync("/ws/" + Stream);
        await venue.StepAsync(10);
        await venue.FaultAsync("shutdown&for=10s");
        var next = await venue.ListenAsync("/ws/" + Stream);
        await venue.StepAsync(9);
        await old.CatchUpAsync();
        Assert.Contains(old.Messages, m => m.GetProperty("e").GetString() == "serverShutdown");
        Assert.False(old.End.IsCompleted);
        await venue.StepAsync(60);
        Assert.Equal("closed", await old.End);
        await next.CatchUpAsync();
        Assert.DoesNotContain(next.Messages, m => m.GetProperty("e").GetString() == "serverShutdown");
        Assert.Equal(1, await venue.CountAsync("shutdown"));
    }

    /// <summary>From a seed: the same faults at the same times to the same messages, and others from another seed.</summary>
    [Fact]
    public async Task Plan_OfAConnectionThatLasts_IsTheSameForTheSameSeedAndAnotherForAnother()
    {
        var first = await PlanAsync(3);
        Assert.Equal(first, await PlanAsync(3));
        Assert.NotEqual(first, await PlanAsync(4));
    }

    // Kinds that leave the connection standing: when a client comes again after a cut is no matter of the seed.
    private static async Task<List<string>> PlanAsync(ulong seed)
    {
        string[] kinds = ["drop", "duplicate", "reorder", "delay"];
        await using var venue = await SteppedVenue.StartAsync("drop=2%,duplicate=2%,reorder=2%,delay=2%:50ms..2s", seed);
        await venue.ListenAsync(Path + "/nexousdt@trade");
        await venue.StepAsync(600);
        foreach (var kind in kinds)
        {
            Assert.True(await venue.CountAsync(kind) > 0, $"seed {seed} has no {kind}");
        }

        return [.. (await venue.FaultsAsync()).Select(f => f.GetRawText())];
    }

    // Five minutes of diffs under a plan: what was to be sent, what came, and what the venue says it did.
    private static async Task<(List<long> Sent, (long Id, long EventTime)[] Came, JsonElement[] Faults)> PlayAsync(string plan)
    {
        await using var venue = await SteppedVenue.StartAsync(plan, 5);
        var client = await venue.ListenAsync(Path);
        await venue.StepAsync(300);
        var last = await UpdateIdAsync(venue);

        // What is still held back comes within seconds; what is sent in these is left out.
        await venue.StepAsync(10);
        await client.CatchUpAsync();
        var faults = (await venue.FaultsAsync()).Where(f => f.GetProperty("lastId").GetInt64() <= last).ToArray();
        var kind = plan[..plan.IndexOf('=')];
        Assert.InRange(await venue.CountAsync(kind), Math.Max(5, faults.Length), faults.Length + 20);
        Assert.All(faults, f => Assert.Equal((kind, Stream, client.Id, false), (f.GetProperty("kind").GetString(), f.GetProperty("subject").GetString(), f.GetProperty("connection").GetInt64(), f.GetProperty("asked").GetBoolean())));
        var came = client.Of(Stream).Select(d => (Id: d.GetProperty("u").GetInt64(), EventTime: d.GetProperty("E").GetInt64())).Where(m => m.Id <= last).ToArray();
        var first = Math.Min(came.Min(m => m.Id), Ids(faults).Min());
        return ([.. Recorded.All<DepthDiff>("NEXOUSDT").Select(d => d.Payload.FinalUpdateId).Where(id => id >= first && id <= last)], came, faults);
    }

    private static IEnumerable<long> Ids(IEnumerable<JsonElement> faults) => faults.Select(f => f.GetProperty("lastId").GetInt64());

    private static async Task<long> UpdateIdAsync(SteppedVenue venue) => (await venue.StatusAsync()).GetProperty("symbols")[0].GetProperty("lastUpdateId").GetInt64();

    private static async Task<long> BytesAsync(SteppedVenue venue, StreamListener client) => (await venue.ConnectionAsync(client.Id))!.Value.GetProperty("bytes").GetInt64();

    private static async Task<long> TimeAsync(SteppedVenue venue) => (await venue.GetAsync("time")).Body.GetProperty("serverTime").GetInt64();
}
