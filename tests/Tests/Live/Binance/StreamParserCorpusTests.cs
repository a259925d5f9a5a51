using System.Text;
using EventSourcedMM.Live.Binance;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Live.Binance;

/// <summary>The short cut and the plain twin on every line of the recordings, and on the same lines written differently.</summary>
public sealed class StreamParserCorpusTests
{
    private static readonly Lazy<string[]> Corpus = new(() =>
        [.. Samples.Lines(Samples.Btc).Where((_, i) => i % 7 == 0), .. Samples.Lines(Samples.Nexo).Where((_, i) => i % 7 == 0)]);

    [Theory]
    [InlineData("NEXOUSDT", 114_078)]
    [InlineData("BTCUSDT", 99_574)]
    public void Parse_EveryRecordedLine_FastAndGeneralAgree(string symbol, int lines)
    {
        var parser = new StreamParser(Parsers.Instrument(symbol));
        var twin = new StreamParser(Parsers.Instrument(symbol));
        var read = 0;
        var fast = 0;
        foreach (var line in Samples.Lines(symbol == "BTCUSDT" ? Samples.Btc : Samples.Nexo))
        {
            var message = Encoding.UTF8.GetBytes(Samples.MessageOf(line));
            parser.Parse(message);
            twin.ParseGeneral(message);
            Assert.Equal(Parsers.Describe(twin.Message), Parsers.Describe(parser.Message));
            Assert.DoesNotContain(parser.Message.Kind, new[] { MessageKind.Malformed, MessageKind.Unknown, MessageKind.OtherSymbol });
            fast += parser.IsFast(message) ? 1 : 0;
            read++;
        }

        Assert.Equal(lines, read);
        // NEXOUSDT's snapshot is printed with spaces: the one line that needs the general parser.
        Assert.Equal(symbol == "NEXOUSDT" ? lines - 1 : lines, fast);
    }

    [Property(MaxTest = 300)]
    public void Parse_LineWrittenDifferently_SaysTheSame(int seed, int pick)
    {
        var line = Samples.MessageOf(Pick(pick));
        var symbol = line.Contains("NEXO", StringComparison.Ordinal) ? "NEXOUSDT" : "BTCUSDT";
        var parser = new StreamParser(Parsers.Instrument(symbol));
        var other = new StreamParser(Parsers.Instrument(symbol));
        parser.Parse(line);
        var scrambled = new ScrambledJson(seed).Rewrite(line);
        other.Parse(scrambled);
        Assert.Equal(Parsers.Describe(parser.Message), Parsers.Describe(other.Message));
    }

    [Property(MaxTest = 2_000)]
    public void Parse_DamagedLine_NeverThrowsAndTwinsAgree(int seed, int pick)
    {
        var random = new Random(seed);
        var bytes = Encoding.UTF8.GetBytes(Samples.MessageOf(Pick(pick)));
        for (var i = random.Next(4); i >= 0; i--)
        {
            switch (random.Next(4))
            {
                case 0: bytes[random.Next(bytes.Length)] = (byte)random.Next(256); break;
                case 1: bytes = bytes[..random.Next(1, bytes.Length + 1)]; break;
                case 2: bytes[random.Next(bytes.Length)] = "0123456789.,:\"{}[]-+eE \\"u8[random.Next(24)]; break;
                default:
                    var at = random.Next(bytes.Length);
                    bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..], .. bytes[at..]];
                    break;
            }
        }

        var parser = new StreamParser(Parsers.Instrument());
        var twin = new StreamParser(Parsers.Instrument());
        parser.Parse(bytes);
        twin.ParseGeneral(bytes);
        Assert.Equal(Parsers.Describe(twin.Message), Parsers.Describe(parser.Message));
    }

    private static string Pick(int pick) => Corpus.Value[new Random(pick).Next(Corpus.Value.Length)];

    [Fact]
    public void Parse_UsualForm_AllocatesNothing()
    {
        var lines = Samples.Lines(Samples.Btc[0]).Take(20_000).Select(l => Encoding.UTF8.GetBytes(Samples.MessageOf(l))).ToArray();
        var parser = new StreamParser(Parsers.Instrument());
        foreach (var line in lines)
        {
            parser.Parse(line);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var line in lines)
        {
            parser.Parse(line);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
