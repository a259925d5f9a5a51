using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Tests.Stores.Schemas;

/// <summary>The checked-in folder fits the code, and what must not happen to it is noticed.</summary>
public sealed class EventsSchemaFolderTests : IDisposable
{
    private static readonly XmlDescriptions Descriptions = XmlDescriptions.Beside(typeof(Trade).Assembly);
    private readonly EventsSchemaFolder copy;

    public EventsSchemaFolderTests()
    {
        var source = EventsSchemaFolder.OfRepository.Path;
        copy = new EventsSchemaFolder(Directory.CreateTempSubdirectory("events-schema-").FullName);
        foreach (var file in Directory.Exists(source) ? Directory.GetFiles(source, "*", SearchOption.AllDirectories) : [])
        {
            var target = copy.FileAt(Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        // One thing that is missing in the repository fails one test, not all of them.
        copy.Accept(Upcasters.BuiltIn, Descriptions);
    }

    public void Dispose() => Directory.Delete(copy.Path, recursive: true);

    [Fact]
    public void Folder_OfTheRepository_FitsTheCode() => Assert.Empty(EventsSchemaFolder.OfRepository.Problems(Upcasters.BuiltIn));

    [Fact]
    public void Folder_OfTheRepository_HoldsNoFileThatNothingNames()
    {
        var folder = EventsSchemaFolder.OfRepository;
        var named = folder.Frozen().Keys.Concat(["frozen.sha256", "index.json", EventSchema.CodesFile]);
        var there = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder.Path, file).Replace('\\', '/'));
        Assert.Equal(named.Order(StringComparer.Ordinal), there.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Schema_OfEveryEvent_DescribesTypeAndFields()
    {
        foreach (var format in Upcasters.BuiltIn.Formats)
        {
            var schema = copy.Json(EventSchema.FileOf(format));
            Assert.True((string?)schema["description"] is { Length: > 0 }, $"{format} has no description");
            foreach (var (name, field) in schema["properties"]!["payload"]!["properties"]!.AsObject())
            {
                Assert.True((string?)field!["description"] is { Length: > 0 }, $"{format}: {name} has no description");
            }
        }
    }

    [Fact]
    public void Accept_OnACompleteFolder_ChangesNoByte()
    {
        var before = Directory.GetFiles(copy.Path, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes);
        copy.Accept(Upcasters.BuiltIn, Descriptions);
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), Directory.GetFiles(copy.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));
    }

    [Fact]
    public void Accept_OnAnEmptyFolder_WritesTheSameShapes()
    {
        var empty = new EventsSchemaFolder(Directory.CreateDirectory(Path.Combine(copy.Path, "empty")).FullName);
        Assert.NotEmpty(empty.Problems(Upcasters.BuiltIn));
        empty.Accept(Upcasters.BuiltIn, Descriptions);
        Assert.Empty(empty.Problems(Upcasters.BuiltIn));
        Assert.Equal(copy.Frozen().Keys, empty.Frozen().Keys);
    }

    [Theory]
    [InlineData("samples/trade.v1.bin")]
    [InlineData("samples/trade.v1.json")]
    [InlineData("trade.v1.schema.json")]
    public void Folder_WithAnEditedReleasedFile_IsRefusedEvenWhenAccepting(string file)
    {
        File.AppendAllText(copy.FileAt(file), " ");
        Assert.Contains(copy.Problems(Upcasters.BuiltIn), problem => problem.StartsWith(file + " was edited", StringComparison.Ordinal));
        var refused = Assert.Throws<InvalidOperationException>(() => copy.Accept(Upcasters.BuiltIn, Descriptions));
        Assert.Contains(file + " was edited", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_WithADeletedReleasedFile_IsRefused()
    {
        File.Delete(copy.FileAt("samples/trade.v1.bin"));
        Assert.Contains(copy.Problems(Upcasters.BuiltIn), problem => problem.StartsWith("samples/trade.v1.bin was edited or deleted", StringComparison.Ordinal));
    }

    [Fact]
    public void Folder_WithAnUnlistedReleasedFile_IsRefused()
    {
        var lines = File.ReadAllLines(copy.FileAt("frozen.sha256"));
        File.WriteAllLines(copy.FileAt("frozen.sha256"), lines.Where(line => !line.EndsWith(" trade.v1.schema.json", StringComparison.Ordinal)));
        Assert.Contains("trade.v1.schema.json is not in frozen.sha256", Assert.Single(copy.Problems(Upcasters.BuiltIn)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(TradeWithAnotherField))]
    [InlineData(typeof(TradeWithFieldsSwapped))]
    [InlineData(typeof(TradeWithAnotherKind))]
    public void Fields_ChangedWithoutANewVersion_AreRefusedEvenWhenAccepting(Type changed)
    {
        var current = PayloadFormat.Current().Select(format => format.Type == EventType.Trade ? FormatOf(changed) : format);
        var versions = WithOldVersions(current);
        var problem = Assert.Single(copy.Problems(versions));
        Assert.StartsWith("trade.v1.schema.json: the fields were [tradeId id, price price, quantity quantity, tradeTime time, buyerIsMaker flag] and are [", problem, StringComparison.Ordinal);
        Assert.Contains("raise the version of the new one to 2", problem, StringComparison.Ordinal);
        Assert.Equal(problem, Assert.Throws<InvalidOperationException>(() => copy.Accept(versions, Descriptions)).Message);
    }

    [Fact]
    public void Fields_ChangedWithANewVersionButNoStep_AreRefused()
    {
        var versions = WithOldVersions(PayloadFormat.Current().Select(format => format.Type == EventType.Trade ? PayloadFormat.Of<TradeVersion2>() : format));
        Assert.Contains(copy.Problems(versions), problem => problem.StartsWith("trade version 1 is read no more", StringComparison.Ordinal));
    }

    [Fact]
    public void Fields_ChangedWithANewVersionAndAStep_AreMissingUntilAccepted()
    {
        var versions = WithOldVersions(PayloadFormat.Current().Select(format => format.Type == EventType.Trade ? PayloadFormat.Of<TradeVersion2>() : format))
            .Add((in Trade old) => new TradeVersion2 { TradeId = old.TradeId });
        Assert.Contains(copy.Problems(versions), problem => problem.StartsWith("trade.v2.schema.json is missing", StringComparison.Ordinal));
        Assert.DoesNotContain(copy.Problems(versions), problem => problem.Contains("trade version 1 is read no more", StringComparison.Ordinal));
    }

    [Fact]
    public void Codes_RemovedOrRenumbered_AreRefusedEvenWhenAccepting()
    {
        var file = copy.FileAt(EventSchema.CodesFile);
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"const\": \"ask\",\n          \"x-number\": 1", "\"const\": \"ask\",\n          \"x-number\": 2", StringComparison.Ordinal));
        Assert.Contains(copy.Problems(Upcasters.BuiltIn), problem => problem.Contains("has side 2 ask, the code has not", StringComparison.Ordinal));
        Assert.Throws<InvalidOperationException>(() => copy.Accept(Upcasters.BuiltIn, Descriptions));
    }

    [Fact]
    public void Codes_Added_AreMissingUntilAccepted()
    {
        var codes = copy.Json(EventSchema.CodesFile);
        codes["$defs"]!["side"]!["oneOf"]!.AsArray().RemoveAt(1);
        File.WriteAllText(copy.FileAt(EventSchema.CodesFile), EventSchema.Text(codes));
        Assert.Contains("lacks side 1 ask", Assert.Single(copy.Problems(Upcasters.BuiltIn)), StringComparison.Ordinal);
        copy.Accept(Upcasters.BuiltIn, Descriptions);
        Assert.Empty(copy.Problems(Upcasters.BuiltIn));
    }

    // The steps that Upcasters.BuiltIn has: without them the old versions in the folder would be read no more.
    private static Upcasters WithOldVersions(IEnumerable<PayloadFormat> current) =>
        new Upcasters(current).Add((in RunStartedVersion2 old) => old.Next()).Add((in RunStartedVersion1 old) => old.Next()).Add((in OrderSubmittedVersion1 old) => old.Next());

    private static PayloadFormat FormatOf(Type payload) =>
        (PayloadFormat)typeof(PayloadFormat).GetMethod(nameof(PayloadFormat.Of))!.MakeGenericMethod(payload).Invoke(null, null)!;

    private struct TradeWithAnotherField : IPayload<TradeWithAnotherField>
    {
        private Trade trade;
        private bool another;

        public static EventType Type => EventType.Trade;

        public static int Version => 1;

        public static void Describe<TVisitor>(ref TVisitor visit, ref TradeWithAnotherField payload)
            where TVisitor : struct, IFieldVisitor, allows ref struct
        {
            Trade.Describe(ref visit, ref payload.trade);
            visit.Flag("another", ref payload.another);
        }
    }

    private struct TradeWithFieldsSwapped : IPayload<TradeWithFieldsSwapped>
    {
        private Trade trade;

        public static EventType Type => EventType.Trade;

        public static int Version => 1;

        public static void Describe<TVisitor>(ref TVisitor visit, ref TradeWithFieldsSwapped payload)
            where TVisitor : struct, IFieldVisitor, allows ref struct
        {
            visit.Id("tradeId", ref payload.trade.TradeId);
            visit.Quantity("quantity", ref payload.trade.Quantity);
            visit.Price("price", ref payload.trade.Price);
            visit.Time("tradeTime", ref payload.trade.TradeTime);
            visit.Flag("buyerIsMaker", ref payload.trade.BuyerIsMaker);
        }
    }

    private struct TradeWithAnotherKind : IPayload<TradeWithAnotherKind>
    {
        private Trade trade;

        public static EventType Type => EventType.Trade;

        public static int Version => 1;

        public static void Describe<TVisitor>(ref TVisitor visit, ref TradeWithAnotherKind payload)
            where TVisitor : struct, IFieldVisitor, allows ref struct
        {
            visit.Id("tradeId", ref payload.trade.TradeId);
            visit.Price("price", ref payload.trade.Price);
            visit.Count("quantity", ref payload.trade.Quantity);
            visit.Time("tradeTime", ref payload.trade.TradeTime);
            visit.Flag("buyerIsMaker", ref payload.trade.BuyerIsMaker);
        }
    }

    private struct TradeVersion2 : IPayload<TradeVersion2>
    {
        public long TradeId;

        public static EventType Type => EventType.Trade;

        public static int Version => 2;

        public static void Describe<TVisitor>(ref TVisitor visit, ref TradeVersion2 payload)
            where TVisitor : struct, IFieldVisitor, allows ref struct => visit.Id("tradeId", ref payload.TradeId);
    }
}
