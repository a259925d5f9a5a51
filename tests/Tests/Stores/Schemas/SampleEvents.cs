using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Tests.Stores.Schemas;

/// <summary>
/// The golden samples of the day a version is released: four records a type, with ordinary, empty, largest and smallest
/// values. Once written the files are what counts; a change here shows in new versions only.
/// </summary>
public static class SampleEvents
{
    private const long Day = 1_723_075_200_000_000_000;

    public static IEnumerable<(PayloadFormat Format, List<byte[]> Records)> All() =>
        EventCase.All.Concat(EventCase.Old).Select(type => (type.Format, new List<byte[]>
        {
            type.Record(Header(1, Day + 512_000_000, Day + 513_123_456, Cause.None), new Ordinary()),
            type.Record(Header(2, 0, Day, new Cause(0, 1)), new Empty()),
            type.Record(Header(long.MaxValue, 1, long.MaxValue, new Cause(3, long.MaxValue)), new Largest()),
            type.Record(Header(300, -2, -1, new Cause(1, 128)), new Smallest()),
        }));

    private static EventHeader Header(long sequence, long venueTime, long receiveTime, Cause cause) =>
        new(sequence, EventType.None, 0, venueTime, receiveTime, cause);

    private sealed class Ordinary : PayloadFiller
    {
        private int fields;

        public override long Integer(FieldKind kind, string name) => kind switch
        {
            FieldKind.Id => 50_093_696_318 + fields++,
            FieldKind.Time => Day + 500_000_000 + fields++,
            FieldKind.Price => 6_160_201_000_000 + (1_000_000 * fields++),
            FieldKind.Quantity => 167_177_000 + fields++,
            _ => 8 + fields++,
        };

        public override Int128 Money() => new Int128(0, 1_029_862_500_000_000_000) * (100 + fields++);

        public override double Real() => 61_602.015 / (1 + fields++);

        public override bool Flag() => true;

        public override string Text() => $"text {fields++}";

        public override int Code(int count) => Math.Min(1, count - 1);

        // On a tick of 0.01 and a lot of 0.00001, as BTCUSDT trades.
        public override Level[] Levels()
        {
            var best = 6_160_201_000_000 + (1_000_000 * fields++);
            return [new(best, 167_177_000), new(best - 1_000_000, 0), new(best - 251_000_000, 1_000)];
        }

        public override Digest Digest() => new(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, 1, 2);
    }

    private sealed class Empty : PayloadFiller
    {
        public override long Integer(FieldKind kind, string name) => 0;

        public override Int128 Money() => 0;

        public override double Real() => 0;

        public override bool Flag() => false;

        public override string Text() => "";

        public override int Code(int count) => 0;

        public override Level[] Levels() => [];

        public override Digest Digest() => default;
    }

    private sealed class Largest : PayloadFiller
    {
        private int reals;

        public override long Integer(FieldKind kind, string name) => long.MaxValue;

        public override Int128 Money() => Int128.MaxValue;

        public override double Real() => (reals++ % 3) switch
        {
            0 => double.MaxValue,
            1 => double.PositiveInfinity,
            _ => double.NaN,
        };

        public override bool Flag() => true;

        public override string Text() => "naïve Ω 価格 🙂 \"quoted\" \\ {\"e\":\"trade\"}\r\n\t\u0000\u007f";

        public override int Code(int count) => count - 1;

        // Off every grid, far apart, one price twice, up and down.
        public override Level[] Levels() => [new(long.MaxValue, long.MaxValue), new(1, 1), new(1, 0), new(6_160_201_234_567, 403_981_527_400_000_001), new(100_000_000, 300_000_000)];

        public override Digest Digest() => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);
    }

    private sealed class Smallest : PayloadFiller
    {
        private int reals;

        public override long Integer(FieldKind kind, string name) => long.MinValue;

        public override Int128 Money() => Int128.MinValue;

        public override double Real() => (reals++ % 4) switch
        {
            0 => -0.0,
            1 => -double.Epsilon,
            2 => double.NegativeInfinity,
            _ => BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0001),
        };

        public override bool Flag() => false;

        public override string Text() => "\u0001";

        public override int Code(int count) => count / 2;

        // Everything on a grid of 10^8 or coarser: the largest exponents.
        public override Level[] Levels() => [new(1_000_000_000_000, 500_000_000), new(0, 0)];

        public override Digest Digest() => new(0, 0, 0, 1);
    }
}
