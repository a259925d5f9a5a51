using System.Text.Json;
using EventSourcedMM.Cli.Commands;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Tests.Stores;
using EventSourcedMM.Tests.Support.Naive;

namespace EventSourcedMM.Tests.Live.Capturing;

/// <summary>A day that is damaged is left as it is and named; today is recorded all the same. A disk that takes nothing is a disk's failure.</summary>
public sealed class CaptureDamageTests : IDisposable
{
    private const string Symbol = "TESTUSDT";
    private const long Hour = 3_600 * Nanoseconds.PerSecond;

    // 2024-08-09T10:00.
    private const long Ten = 1_723_161_600_000_000_000 + (10 * Hour);
    private readonly TempFolder folder = new();
    private readonly JournalStore store;
    private readonly List<string> notes = [];

    public CaptureDamageTests() => store = new JournalStore(folder, TimeProvider.System, new JournalOptions { TornTail = TornTailPolicy.Accept });

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("flipped")]
    [InlineData("cut")]
    public async Task Start_ADayLeftUnsealedIsDamaged_RecordsAnewAndLeavesItAsItIs(string how)
    {
        Record("20240809T090000Z-live", Ten - Hour, ends: true);
        var left = Record("20240809T100000Z-live", Ten, ends: false);
        var bytes = Damage(left, how);

        // Nothing to go on from: what is newer is not known.
        Assert.Null(Find(Ten + Hour));
        Assert.Equal(bytes, File.ReadAllBytes(Segment(left)));
        Assert.Null(store.ReadManifest(left));
        Assert.Contains(notes, n => n.Contains($"mm store verify {left} --repair --cut-at-damage --store {store.Root}", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.Contains("goes on from none", StringComparison.Ordinal));

        // What is recorded today has another name and is gone on from, although the damaged day is still there.
        var name = CaptureName.Of(store, Symbol, Ten + Hour);
        Assert.NotEqual(left.Parts[3], name);
        var today = Record(name, Ten + Hour, ends: true);
        Assert.Equal(today, Find(Ten + (2 * Hour))?.Stream);

        // Whoever reads the store has the others.
        var (code, output, error) = await CommandRun.Async(DaysCommand.Create(), "days", "--symbol", Symbol, "--store", folder, "--json");
        Assert.Equal((how == "cut" ? 1 : 0, ""), (code, error));
        var days = JsonDocument.Parse(output).RootElement.GetProperty("days").EnumerateArray().Select(d => d.GetProperty("stream").GetString()).ToArray();
        Assert.Contains(today.Value, days);
        Assert.Equal(how == "cut", JsonDocument.Parse(output).RootElement.GetProperty("damaged").EnumerateArray().Any(d => d.GetProperty("stream").GetString() == left.Value));
        Assert.Equal(how == "flipped", days.Contains(left.Value));

        // The command that was named keeps what is whole, and the next start seals it.
        JournalRepair.Run(folder, left, RepairScope.CutAtDamage);
        notes.Clear();
        Assert.Equal(today, Find(Ten + (2 * Hour))?.Stream);
        Assert.Contains($"{left} was left by a capture that did not end: sealed with its ", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Start_TheLatestDayIsSealedAndDamaged_RecordsAnew()
    {
        var latest = Record("20240809T100000Z-live", Ten, ends: true);
        Damage(latest, "flipped");
        Assert.Null(Find(Ten + Hour));
        Assert.StartsWith($"{latest} cannot be read and is left as it is: ", Assert.Single(notes), StringComparison.Ordinal);
        Assert.Contains("restored from a copy", notes[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("writer.holder")]
    [InlineData("blocks.sha256")]
    public void Start_WhatAKillLeftCannotBeSealed_IsAFailureOfTheDisk(string file)
    {
        // A directory stands where a file has to be written: for root, too.
        var left = Record("20240809T100000Z-live", Ten, ends: false);
        Directory.CreateDirectory(Path.Combine(folder, left.Value, file));
        var failure = Assert.Throws<JournalFailedException>(() => Find(Ten + Hour));
        Assert.Equal((left, 23), (failure.Stream, failure.DurableVersion));
        Directory.Delete(Path.Combine(folder, left.Value, file));
        Assert.Equal(left, Find(Ten + Hour)?.Stream);
    }

    [Fact]
    public async Task Midnight_TheDayThatIsOverIsDamaged_StaysUnsealedAndTheNextIsSealed()
    {
        var done = new List<StreamName>();
        var damaged = new List<(StreamName Day, Exception Why)>();
        var finisher = new DayFinisher("test", done.Add, (day, e) => damaged.Add((day, e)));
        var (first, firstWriter) = Write("20240809T100000Z-live", Ten);
        Damage(first.Stream, "flipped");
        finisher.Add(first, firstWriter);
        var (second, secondWriter) = Write("20240809T110000Z-live", Ten + Hour);
        finisher.Add(second, secondWriter);
        finisher.Complete();
        await finisher.RunAsync();
        Assert.Equal((first.Stream, second.Stream), (Assert.Single(damaged).Day, Assert.Single(done)));
        Assert.Equal((1, null), (finisher.Sealed, store.ReadManifest(first.Stream)));
        Assert.Contains("--repair --cut-at-damage", DamagedDay.Words(store, first.Stream, damaged[0].Why), StringComparison.Ordinal);

        // Its lock is given up: it can be repaired while the capture goes on.
        JournalRepair.Run(folder, first.Stream, RepairScope.CutAtDamage);
    }

    [Fact]
    public void LiveRun_ItsRecordingCannotBeGoneOnFrom_IsRefused()
    {
        var left = Record("20240809T100000Z-live", Ten, ends: false);
        var run = new RecordedRun { Started = new RunStarted { Run = "paper-1", Symbol = Symbol, Kind = "paper", Inputs = left.Value }, Configuration = "" };
        var failure = Assert.Throws<LiveRunException>(() => LiveRuns.Inputs(store, run, MarkedRun.Parse(""), previous: null));
        Assert.Contains($"read {left} last, and what is recorded of {Symbol} now does not go on from there", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recording_OfASymbol_IsHeldByOneAndIsNoStream()
    {
        var other = new JournalStore(folder, TimeProvider.System, new JournalOptions { Program = "another" });
        using (other.HoldRecording(Symbol))
        {
            Assert.Contains($"process {Environment.ProcessId} on ", Assert.Throws<StreamLockedException>(() => store.HoldRecording(Symbol)).Holder, StringComparison.Ordinal);
            store.HoldRecording("OTHERUSDT").Dispose();
        }

        store.HoldRecording(Symbol).Dispose();
        Assert.Empty(store.List());
        Assert.Empty(JournalVerifier.Streams(folder));
    }

    private PreviousRecording? Find(long now) => PreviousRecording.Find(store, Symbol, now, "test", notes.Add);

    private StreamName Record(string name, long from, bool ends)
    {
        var (day, writer) = Write(name, from);
        using (writer)
        {
            if (ends)
            {
                day.Seal("test", day.Notes());
            }
        }

        return day.Stream;
    }

    // Three batches: what is damaged is neither the beginning nor the end.
    private (RecordedDay Day, JournalWriter Writer) Write(string name, long from)
    {
        JournalWriter? writer = null;
        var info = new RecordingInfo { Name = name, Source = "a test", ReceiveClock = "ns", Recorder = "test" };
        var recorder = new MarketRecorder(info, LineRecording.Instrument, n => new JournalDayWriter(writer = store.OpenWriter(n, Durability.OnClose)), _ => { });
        for (var i = 0; i < 21; i++)
        {
            recorder.Connection(from + i, up: true, "the start, and a text to be damaged");
            if (i is 5 or 14 or 20)
            {
                recorder.Day!.Flush();
            }
        }

        return (recorder.Day!, writer!);
    }

    private byte[] Damage(StreamName stream, string how)
    {
        var path = Segment(stream);
        var bytes = File.ReadAllBytes(path);
        if (how == "cut")
        {
            bytes = bytes[..^7];
        }
        else
        {
            bytes[bytes.Length / 2] ^= 0x20;
        }

        File.WriteAllBytes(path, bytes);
        return bytes;
    }

    private string Segment(StreamName stream) => Assert.Single(Directory.GetFiles(Path.Combine(folder, stream.Value), "*.mmj"));
}
