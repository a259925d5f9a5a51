using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores;

public sealed class StreamManifestTests
{
    private static readonly StreamManifest Manifest = new()
    {
        Stream = StoreEvents.Stream,
        Events = 12,
        Counts = [new(EventType.DepthDiff, 4), new(EventType.Trade, 8)],
        FirstTime = 1_723_161_253_937_085_768,
        LastTime = 1_723_161_254_937_085_768,
        ContentHash = new Digest(1, 2, 3, 4),
        BlockRoot = new Digest(5, 6, 7, 8),
        SealedBy = "1.2.3",
        Notes = [new("naïve \"key\"", "a\nb"), new("z", "")],
    };

    [Fact]
    public void ToJson_HasOneWrittenOrder()
    {
        var text = Encoding.UTF8.GetString(Manifest.ToJson());
        string[] keys = ["format", "stream", "events", "counts", "depthDiff", "trade", "firstTime", "lastTime", "contentHash", "blockRecords", "blockRoot", "sealedBy", "notes", "naïve", "digest"];
        var at = keys.Select(k => text.IndexOf("\"" + k, StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(-1, at);
        Assert.Equal(at.Order(), at);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_OfWhatWasWritten_GivesTheSame()
    {
        var read = StreamManifest.Parse(Manifest.ToJson(), "test");
        Assert.Equal(Manifest.ToJson(), read.ToJson());
        Assert.Equal((Manifest.Stream, Manifest.Events, Manifest.ContentHash), (read.Stream, read.Events, read.ContentHash));
        Assert.Equal(Manifest.Counts, read.Counts);
        Assert.Equal("a\nb", read.Note("naïve \"key\""));
        Assert.Null(read.Note("missing"));
    }

    [Fact]
    public void Parse_WithAnyByteChangedOrCut_IsRefused()
    {
        var json = Manifest.ToJson();
        for (var at = 0; at < json.Length; at++)
        {
            var changed = (byte[])json.Clone();
            changed[at] ^= (byte)(1 << (at % 8));
            Assert.Throws<InvalidDataException>(() => StreamManifest.Parse(changed, "test"));
            Assert.Throws<InvalidDataException>(() => StreamManifest.Parse(json.AsMemory(0, at), "test"));
        }
    }

    [Theory]
    [InlineData("\"events\": 12,", "", "events is missing")]
    [InlineData("\"events\": 12", "\"events\": \"12\"", "events is a String")]
    [InlineData("\"format\": 1", "\"format\": 2", "format is 2")]
    [InlineData("\"events\": 12", "\"events\": 13", "changed after it was written")]
    [InlineData("\"trade\"", "\"trades\"", "counts.trades")]
    public void Parse_OfAWrongField_NamesSourceAndField(string old, string replacement, string expected)
    {
        var text = Encoding.UTF8.GetString(Manifest.ToJson()).Replace(old, replacement, StringComparison.Ordinal);
        var error = Assert.Throws<InvalidDataException>(() => StreamManifest.Parse(Encoding.UTF8.GetBytes(text), "the file"));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("the file", error.Message, StringComparison.Ordinal);
    }
}
