using System.Text.Json.Nodes;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Tests.Live.Capturing;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support;

namespace EventSourcedMM.Tests.Cli.Determinism;

/// <summary>
/// mm verify on runs in which something was changed after the fact: what an untouched run and a changed decision look like
/// in a process of its own, and the same command in this process for every other forgery and for damaged files, since a start costs more than the work.
/// </summary>
[Trait("Category", "Slow")]
public sealed class VerifyTamperedTests(TamperedRun run) : IClassFixture<TamperedRun>, IDisposable
{
    private const long Tick = 100_000;

    private readonly TempFolder store = new();

    public void Dispose() => store.Dispose();

    [Fact]
    public void Verify_UntouchedCopy_IsIdentical()
    {
        run.Forge(store, run.Events);
        var json = VerifyAlone(0);
        Assert.True((bool)json["identical"]!);
        Assert.Equal(run.Events.Count, (long)json["eventsCompared"]!);
        Assert.Null(json["firstDifference"]);
    }

    [Fact]
    public void Verify_DecisionMovedByATick_IsNamedWithBothVersions()
    {
        var at = run.Find(EventType.QuoteDecided);
        Replace(at, TamperedRun.Change<QuoteDecided>(run.Events[at], d =>
        {
            d.Bids = new LevelList([.. d.Bids.Span.ToArray().Select(l => l with { Price = l.Price - Tick })]);
            return d;
        }));

        var json = VerifyAlone(1);
        Assert.False((bool)json["identical"]!);
        var difference = json["firstDifference"]!;
        Assert.Equal((at + 1L, (long)at), ((long)difference["sequence"]!, (long)json["eventsCompared"]!));
        var (stored, executed) = (difference["stored"]!["payload"]!.AsObject(), difference["executed"]!["payload"]!.AsObject());
        Assert.Equal(["bids"], executed.Where(f => f.Value?.ToJsonString() != stored[f.Key]?.ToJsonString()).Select(f => f.Key));
        Assert.Equal(Tick, (long)executed["bids"]![0]![0]! - (long)stored["bids"]![0]![0]!);

        // In words: the events before it, both versions, and where.
        var text = MmProcess.Run(Mode.Usual, "verify", run.Run, "--store", store);
        Assert.Equal(1, text.Code);
        Assert.Contains(FormattableString.Invariant($"DIFFERENT at event {at + 1} of run/{run.Run}/NEXOUSDT, after {at:N0} equal events"), text.Output, StringComparison.Ordinal);
        Assert.Equal((3, 1, 1), (Lines(text.Output, "  equal "), Lines(text.Output, "  stored "), Lines(text.Output, "  executed ")));
    }

    public static TheoryData<string> Forgeries => ["fill", "mark", "state", "cause", "time", "missing", "extra", "last", "swapped"];

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void Verify_Forged_NamesTheFirstEventThatDiffers(string what)
    {
        var events = run.Events.ToList();
        var at = 0;
        switch (what)
        {
            case "fill":
                at = run.Find(EventType.OrderFilled);
                events[at] = TamperedRun.Change<OrderFilled>(events[at], f => f with { Commission = f.Commission - 1 });
                break;
            case "mark":
                at = run.Find(EventType.Marked);
                events[at] = TamperedRun.Change<Marked>(events[at], m => m with { Realised = m.Realised + 1 });
                break;
            case "state":
                at = events.Count - 1;
                events[at] = TamperedRun.Change<RunEnded>(events[at], e => e with { State = new Digest(1, 2, 3, 4) });
                break;
            case "cause":
                at = run.Find(EventType.OrderSubmitted);
                events[at] = (events[at].Header with { Cause = events[at].Header.Cause with { Sequence = events[at].Header.Cause.Sequence + 1 } }, events[at].Payload);
                break;
            case "time":
                at = run.Find(EventType.OrderAccepted);
                events[at] = (events[at].Header with { ReceiveTime = events[at].Header.ReceiveTime + 1 }, events[at].Payload);
                break;
            case "missing":
                at = run.Find(EventType.OrderFilled);
                events.RemoveAt(at);
                break;
            case "extra":
                at = run.Find(EventType.OrderFilled) + 1;
                events.Insert(at, events[at - 1]);
                break;
            case "last":
                at = events.Count - 1;
                events.RemoveAt(at);
                break;
            default:
                at = run.Find(EventType.OrderCancelRequested);
                (events[at], events[at + 1]) = (events[at + 1], events[at]);
                break;
        }

        run.Forge(store, events);
        var json = Verify(1);
        Assert.Equal((at + 1L, (long)at), ((long)json["firstDifference"]!["sequence"]!, (long)json["eventsCompared"]!));
        Assert.Equal(what == "last", json["firstDifference"]!["stored"] is null);
        Assert.NotNull(json["firstDifference"]!["executed"]);
    }

    [Fact]
    public void Verify_ExtraEventAtTheEnd_IsADifferenceWithNothingExecuted()
    {
        run.Forge(store, [.. run.Events, run.Events[^1]]);
        var difference = Verify(1)["firstDifference"]!;
        Assert.Equal(run.Events.Count + 1L, (long)difference["sequence"]!);
        Assert.Null(difference["executed"]);
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("cut")]
    [InlineData("manifest")]
    public void Verify_DamagedFile_SaysWhatIsDamaged(string how)
    {
        run.Forge(store, run.Events);
        var folder = Path.Combine(store, run.Stream.Value);
        var path = how == "manifest" ? Path.Combine(folder, "blocks.sha256") : Directory.GetFiles(folder, "*.mmj").Single();
        var bytes = File.ReadAllBytes(path);
        if (how == "cut")
        {
            bytes = bytes[..^(bytes.Length / 3)];
        }
        else
        {
            bytes[bytes.Length / 2] ^= 1;
        }

        File.WriteAllBytes(path, bytes);

        var json = Verify(1);
        Assert.False((bool)json["identical"]!);
        Assert.Contains(json["damage"]!.AsArray(), d => ((string)d!).Contains(run.Stream.Value, StringComparison.Ordinal) && ((string)d!).Contains(Path.GetFileName(path), StringComparison.Ordinal));
        Assert.Contains("damaged: ", Said("verify", run.Run, "--store", store).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_InputDamaged_SaysWhichDay()
    {
        var sample = SampleRuns.Stores.Primary.Root;
        foreach (var file in Directory.GetFiles(Path.Combine(sample, "market", "NEXOUSDT"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(store, Path.GetRelativePath(sample, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        run.Forge(store, run.Events);
        var path = Directory.GetFiles(Path.Combine(store, "market", "NEXOUSDT", "2024-07-24"), "*.mmj", SearchOption.AllDirectories)[0];
        using (var file = File.Open(path, FileMode.Open))
        {
            file.Position = file.Length / 2;
            var value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 0x10));
        }

        Assert.Contains(Verify(1)["damage"]!.AsArray(), d => ((string)d!).StartsWith("market/NEXOUSDT/2024-07-24/", StringComparison.Ordinal));
    }

    [Fact]
    public void Verify_NothingToOpen_EndsWithTwo()
    {
        var none = Said("verify", "nosuchrun", "--store", store);
        Assert.Equal((2, ""), (none.Code, none.Output));
        Assert.Contains("There is no run 'nosuchrun'", none.Error, StringComparison.Ordinal);

        // The run is here, the day that it read is not.
        run.Forge(store, run.Events);
        var elsewhere = MmProcess.Run(Mode.Of($"MM_SAMPLES={Path.Combine(store, "none")}"), "verify", run.Run, "--store", store, "--json");
        Assert.Equal((2, ""), (elsewhere.Code, elsewhere.Output));
        Assert.Contains("market/NEXOUSDT/2024-07-", elsewhere.Error, StringComparison.Ordinal);
    }

    private static int Lines(string text, string start) => text.Split('\n').Count(l => l.StartsWith(start, StringComparison.Ordinal));

    private void Replace(int at, (EventHeader, byte[]) forged)
    {
        var events = run.Events.ToList();
        events[at] = forged;
        run.Forge(store, events);
    }

    private static Ended Said(params string[] arguments)
    {
        var (code, output, error) = CommandRun.Async(VerifyCommand.Create(), arguments).GetAwaiter().GetResult();
        return new Ended(code, output, error);
    }

    private JsonObject Verify(int expected) => Json(expected, Said("verify", run.Run, "--store", store, "--json"));

    private JsonObject VerifyAlone(int expected) => Json(expected, MmProcess.Run(Mode.Usual, "verify", run.Run, "--store", store, "--json"));

    private static JsonObject Json(int expected, Ended ended)
    {
        Assert.True(ended.Code == expected, $"exit code {ended.Code}: {ended.Error}{ended.Output}");
        return JsonNode.Parse(ended.Output)!.AsObject();
    }
}
