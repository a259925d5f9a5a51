using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>
/// Lines as a recorder's file would hold them, through the real parser and the real recorder, into streams in memory:
/// everything that a stored day has, without a disk.
/// </summary>
public static class LineRecording
{
    /// <summary>The instrument of synthetic recordings.</summary>
    public static readonly Instrument Instrument = new Instrument
    {
        Symbol = "TESTUSDT",
        BaseAsset = "TEST",
        QuoteAsset = "USDT",
        Tick = 1_000_000,
        Lot = 1_000_000,
        MinQuantity = 2_000_000,
        MinNotional = (Int128)5 * 100_000_000 * 100_000_000,
    }.Validated();

    /// <summary>One stream a UTC day.</summary>
    public static IReadOnlyList<InputStream> Record(IEnumerable<MarketLine> lines, Instrument? instrument = null)
    {
        instrument ??= Instrument;
        var days = new List<MemoryDay>();
        var info = new RecordingInfo { Name = "lines", Source = "lines", ReceiveClock = "ns", Recorder = "tests" };
        var recorder = new MarketRecorder(info, instrument, name => Add(days, new MemoryDay(name)), day => day.Seal("1", []));
        var parser = new StreamParser(instrument);
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            var json = Json(line, number, instrument);
            var kind = parser.Parse(Encoding.ASCII.GetBytes(json));
            Assert.True(kind != MessageKind.Malformed, $"{json}: {parser.Message.VenueMessage.Problem}");
            recorder.Record(line.Stamp, parser.Message);
        }

        recorder.End("end of lines");
        return [.. days.Select(d => new InputStream(d.Name, d.Records.Count, d.Hash.Current, () => new MemorySource(d.Records)))];
    }

    private static MemoryDay Add(List<MemoryDay> days, MemoryDay day)
    {
        days.Add(day);
        return day;
    }

    /// <summary>The message of a line as the venue would have sent it.</summary>
    /// <param name="line">What it says.</param>
    /// <param name="number">A number that no other line of the recording has: its trade id, if it is one.</param>
    /// <param name="instrument">Names and decimals.</param>
    public static string Json(MarketLine line, int number, Instrument instrument)
    {
        var prefix = $"{{\"stream\":\"{instrument.Symbol.ToLowerInvariant()}";
        var stamp = (line.Stamp / 1_000_000).ToString(CultureInfo.InvariantCulture);
        return line switch
        {
            SnapshotLine x => $"{{\"lastUpdateId\":{x.Id},\"bids\":{Levels(x.Bids, instrument)},\"asks\":{Levels(x.Asks, instrument)}}}",
            DiffLine x => $"{prefix}@depth@100ms\",\"data\":{{\"e\":\"depthUpdate\",\"E\":{stamp},\"s\":\"{instrument.Symbol}\",\"U\":{x.First},\"u\":{x.Final},\"b\":{Levels(x.Bids, instrument)},\"a\":{Levels(x.Asks, instrument)}}}}}",
            PartialLine x => $"{prefix}@depth5\",\"data\":{{\"lastUpdateId\":{x.Id},\"bids\":{Levels(x.Bids, instrument)},\"asks\":{Levels(x.Asks, instrument)}}}}}",
            TradeLine x => $"{prefix}@trade\",\"data\":{{\"e\":\"trade\",\"E\":{stamp},\"s\":\"{instrument.Symbol}\",\"t\":{number},\"p\":\"{instrument.FormatPrice(x.Price)}\",\"q\":\"{instrument.FormatQuantity(x.Quantity)}\",\"T\":{stamp},\"m\":{(x.BuyerIsMaker ? "true" : "false")},\"M\":true}}}}",
            AggregateLine x => $"{prefix}@aggTrade\",\"data\":{{\"e\":\"aggTrade\",\"E\":{stamp},\"s\":\"{instrument.Symbol}\",\"a\":{number},\"p\":\"{instrument.FormatPrice(x.Price)}\",\"q\":\"{instrument.FormatQuantity(x.Quantity)}\",\"f\":{number},\"l\":{number},\"T\":{stamp},\"m\":{(x.BuyerIsMaker ? "true" : "false")},\"M\":true}}}}",
            QuoteLine x => $"{prefix}@bookTicker\",\"data\":{{\"u\":{x.Id},\"s\":\"{instrument.Symbol}\",\"b\":\"99\",\"B\":\"1\",\"a\":\"101\",\"A\":\"1\"}}}}",
            _ => $"{prefix}@news\",\"data\":{{\"e\":\"news\",\"s\":\"{instrument.Symbol}\"}}}}",
        };
    }

    private static string Levels(ImmutableArray<Level> levels, Instrument instrument) =>
        "[" + string.Join(',', levels.Select(l => $"[\"{instrument.FormatPrice(l.Price)}\",\"{instrument.FormatQuantity(l.Quantity)}\"]")) + "]";

    private sealed class MemoryDay(StreamName name) : IDayWriter
    {
        public StreamName Name { get; } = name;

        public List<byte[]> Records { get; } = [];

        public ContentHash Hash { get; } = new(name);

        public void Append(EventBatch batch)
        {
            foreach (var record in batch)
            {
                Records.Add(record.ToArray());
                Hash.Add(record);
            }
        }

        public void WriteOut()
        {
        }

        public void Flush()
        {
        }

        // A day in memory has no manifest: nobody asks for it.
        public StreamManifest Seal(string engineVersion, IEnumerable<KeyValuePair<string, string>> notes) => null!;
    }

    private sealed class MemorySource(List<byte[]> records) : IEventSource
    {
        private int next;

        public bool Read(out EventHeader header, out ReadOnlySpan<byte> payload)
        {
            if (next == records.Count)
            {
                header = default;
                payload = default;
                return false;
            }

            var record = records[next++];
            header = EventRecord.Read(record, out var start);
            payload = record.AsSpan(start);
            return true;
        }

        public void Dispose()
        {
        }
    }
}
