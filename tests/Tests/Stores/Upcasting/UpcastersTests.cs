using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Stores.Canonical;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Upcasting;

/// <summary>Old versions through a registry of made-up ones: resumed version 1 (a code), 2 (plus a note), 3 (plus levels).</summary>
public sealed class UpcastersTests
{
    private static readonly Upcasters MadeUp = new Upcasters(PayloadFormat.Current().Select(format => format.Type == EventType.Resumed ? PayloadFormat.Of<ResumedVersion3>() : format))
        .Add((in Resumed old) => new ResumedVersion2 { Reason = old.Reason, Note = "not recorded" })
        .Add((in ResumedVersion2 old) => new ResumedVersion3 { Reason = old.Reason, Note = old.Note, Bids = new LevelList(new Level(5, 6)) });

    [Fact]
    public void Upcast_FromTwoVersionsBack_ChainsTheSteps()
    {
        var header = Header(EventType.Resumed, 1);
        var payload = MadeUp.Start().Upcast(ref header, Payload(new Resumed { Reason = HaltReason.Drawdown }));
        Assert.Equal(Header(EventType.Resumed, 3), header);
        var read = PayloadBytes.Read<ResumedVersion3>(payload, new LevelArena());
        Assert.Equal((HaltReason.Drawdown, "not recorded"), (read.Reason, read.Note));
        Assert.Equal([new Level(5, 6)], read.Bids.Span.ToArray());
    }

    [Fact]
    public void Upcast_FromOneVersionBack_TakesOneStep()
    {
        var header = Header(EventType.Resumed, 2);
        var payload = MadeUp.Start().Upcast(ref header, Payload(new ResumedVersion2 { Reason = HaltReason.StopLoss, Note = "by hand" }));
        Assert.Equal(3, header.Version);
        Assert.Equal("by hand", PayloadBytes.Read<ResumedVersion3>(payload, new LevelArena()).Note);
    }

    [Fact]
    public void Upcast_OfManyOldEventsByOneUpcaster_KeepsThemApart()
    {
        var upcaster = MadeUp.Start();
        for (var i = 0; i < 20; i++)
        {
            var note = new string('n', i);
            var header = Header(EventType.Resumed, 2);
            var payload = upcaster.Upcast(ref header, Payload(new ResumedVersion2 { Note = note }));
            Assert.Equal(note, PayloadBytes.Read<ResumedVersion3>(payload, new LevelArena()).Note);
        }
    }

    [Property(MaxTest = 50)]
    public void Upcast_OfACurrentVersion_IsTheSameBytes(ulong[] choices)
    {
        var upcaster = Upcasters.BuiltIn.Start();
        foreach (var type in EventCase.All)
        {
            var record = Records.Random(type, choices);
            var header = EventRecord.Read(record, out var start);
            var before = header;
            var payload = record.AsSpan(start);
            Assert.True(payload == upcaster.Upcast(ref header, payload));
            Assert.Equal(before, header);
        }
    }

    [Fact]
    public void Upcast_WithoutAStep_IsAnUnknownEvent()
    {
        var versions = new Upcasters([PayloadFormat.Of<ResumedVersion3>()])
            .Add((in ResumedVersion2 old) => new ResumedVersion3 { Reason = old.Reason, Note = old.Note });
        var error = Assert.Throws<UnknownEventException>(() => Run(versions, Header(EventType.Resumed, 1), Payload(default(Resumed))));
        Assert.Equal("Event 12 has type 43 (Resumed) version 1: this program has no step from version 1 to 2 (it reads 2, 3).", error.Message);
    }

    [Fact]
    public void Upcast_WithAHoleInTheChain_IsAnUnknownEvent()
    {
        var versions = new Upcasters([PayloadFormat.Of<ResumedVersion3>()])
            .Add((in Resumed old) => new ResumedVersion2 { Reason = old.Reason, Note = "" });
        var error = Assert.Throws<UnknownEventException>(() => Run(versions, Header(EventType.Resumed, 1), Payload(default(Resumed))));
        Assert.Contains("no step from version 2 to 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Upcast_OfANewerVersion_IsAnUnknownEvent()
    {
        var error = Assert.Throws<UnknownEventException>(() => Run(MadeUp, Header(EventType.Resumed, 4), []));
        Assert.Contains("reads versions up to 3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(19)]
    [InlineData(10_000)]
    public void Upcast_OfAnUnknownType_IsAnUnknownEvent(int type)
    {
        var error = Assert.Throws<UnknownEventException>(() => Run(Upcasters.BuiltIn, Header((EventType)type, 1), []));
        Assert.Contains("this program does not know the type", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Upcast_OfDamagedOldBytes_IsRefused() =>
        Assert.Throws<CanonicalFormatException>(() => Run(MadeUp, Header(EventType.Resumed, 1), [1, 0]));

    [Fact]
    public async Task UpcastSource_OverAJournalOfMixedVersions_ReadsCurrentOnes()
    {
        using var folder = new TempFolder();
        var stream = StreamName.Run("r1", "BTCUSDT");
        var batch = new EventBatch();
        batch.Add(new EventHeader(1, EventType.Resumed, 2, 8, 9, Cause.None), Payload(new ResumedVersion2 { Reason = HaltReason.StopLoss, Note = "by hand" }));
        batch.Add(new EventHeader(2, EventType.Resumed, 1, 8, 9, new Cause(0, 1)), Payload(new Resumed { Reason = HaltReason.Drawdown }));
        batch.Add(new EventHeader(3, EventType.TimerFired, 1, 8, 9, Cause.None), Payload(new TimerFired { Due = 7 }));
        await using var store = new JournalStore(folder, TimeProvider.System);
        await store.AppendAsync(stream, 0, batch, Durability.OnClose);

        using var source = new UpcastSource(store.OpenSource(stream), MadeUp);
        var arena = new LevelArena();
        Assert.True(source.Read(out var header, out var payload));
        Assert.Equal((1, 3, "by hand"), (header.Sequence, header.Version, PayloadBytes.Read<ResumedVersion3>(payload, arena).Note));
        Assert.True(source.Read(out header, out payload));
        Assert.Equal((2, 3, "not recorded"), (header.Sequence, header.Version, PayloadBytes.Read<ResumedVersion3>(payload, arena).Note));
        Assert.Equal(new Cause(0, 1), header.Cause);
        Assert.True(source.Read(out header, out payload));
        Assert.Equal((3, 1, 7), (header.Sequence, header.Version, PayloadBytes.Read<TimerFired>(payload, arena).Due));
        Assert.False(source.Read(out _, out _));
    }

    [Fact]
    public void Json_OfAnOldVersion_IsAsFirstWrittenAndReadsBack()
    {
        var record = Records.Of(Header(EventType.Resumed, 2), new ResumedVersion2 { Reason = HaltReason.StopLoss, Note = "by hand" });
        var text = new EventJson(MadeUp).ToText(record);
        Assert.EndsWith("\"version\":2,\"venueTime\":8,\"receiveTime\":9,\"cause\":null,\"payload\":{\"reason\":\"stopLoss\",\"note\":\"by hand\"}}", text, StringComparison.Ordinal);
        var again = new ByteBuffer();
        new EventJson(MadeUp).Read(System.Text.Encoding.UTF8.GetBytes(text), again);
        Assert.Equal(record, again.Span.ToArray());
    }

    [Fact]
    public void Add_OfVersionsThatDoNotFollow_IsRefused()
    {
        var versions = new Upcasters([PayloadFormat.Of<ResumedVersion3>()]);
        Assert.Throws<ArgumentException>(() => versions.Add((in Resumed _) => default(ResumedVersion3)));
        Assert.Throws<ArgumentException>(() => versions.Add((in TimerFired _) => default(ResumedVersion2)));
        Assert.Throws<ArgumentException>(() => versions.Add((in ResumedVersion3 _) => default(ResumedVersion4)));
        Assert.Throws<ArgumentException>(() => new Upcasters([]).Add((in Resumed _) => default(ResumedVersion2)));
        versions.Add((in Resumed _) => default(ResumedVersion2));
        Assert.Throws<ArgumentException>(() => versions.Add((in Resumed _) => default(ResumedVersion2)));
    }

    [Fact]
    public void BuiltIn_KnowsTheWholeCatalogueInItsCurrentVersions() =>
        Assert.All(EventCase.All, type => Assert.Equal(type.Format.Version, Upcasters.BuiltIn.CurrentVersion(type.Format.Type)));

    private static void Run(Upcasters versions, EventHeader header, byte[] payload) => versions.Start().Upcast(ref header, payload);

    private static EventHeader Header(EventType type, int version) => new(12, type, version, 8, 9, Cause.None);

    private static byte[] Payload<T>(T value)
        where T : struct, IPayload<T>
    {
        var buffer = new ByteBuffer();
        EventRecord.WritePayload(buffer, value);
        return buffer.Span.ToArray();
    }

    private struct ResumedVersion2 : IPayload<ResumedVersion2>
    {
        public HaltReason Reason;
        public string Note;

        public static EventType Type => EventType.Resumed;

        public static int Version => 2;

        public static void Describe<TVisitor>(ref TVisitor visit, ref ResumedVersion2 payload)
            where TVisitor : struct, IFieldVisitor, allows ref struct
        {
            visit.Code("reason", ref payload.Reason);
            visit.Text("note", ref payload.Note);
        }
    }

    private struct ResumedVersion3 : IPayload<ResumedVersion3>
    {
        public HaltReason Reason;
        public string Note;
        public LevelList Bids;

        public static EventType Type => EventType.Resumed;

        public static int Version => 3;

        public static void Describe<TVisitor>(ref TVisitor visit, ref ResumedVersion3 payload)
            where TVisitor : struct, IFieldVisitor, allows ref struct
        {
            visit.Code("reason", ref payload.Reason);
            visit.Text("note", ref payload.Note);
            visit.Levels("bids", ref payload.Bids);
        }
    }

    private struct ResumedVersion4 : IPayload<ResumedVersion4>
    {
        public static EventType Type => EventType.Resumed;

        public static int Version => 4;

        public static void Describe<TVisitor>(ref TVisitor visit, ref ResumedVersion4 payload)
            where TVisitor : struct, IFieldVisitor, allows ref struct
        {
        }
    }
}
