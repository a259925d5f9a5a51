using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Values made from numbers that a property test chose, edges as often as not. The same numbers make the same values.</summary>
public sealed class RandomFiller(ulong[] choices) : PayloadFiller
{
    private static readonly string[] Texts =
        ["", "BTCUSDT", "a line\nand \"another\"\\", "naïve Ω 価格 🙂", "\0\u0001\u007f\u2028<script>&'+", "NaN", "-0", new string('x', 300)];

    private int used;

    public EventHeader Header()
    {
        var sequence = Math.Max(1, (long)(Next() >> (int)(Next() % 63 + 1)));
        var receive = (Next() % 4) switch
        {
            0 => 0,
            1 => -1_000_000_000,
            2 => long.MaxValue / 2,
            _ => 1_723_075_200_000_000_000 + (long)(Next() % 86_400_000_000_000),
        };
        var venue = Next() % 3 == 0 ? 0 : receive + (long)(Next() % 2_000_000_000) - 1_000_000_000;
        var cause = (Next() % 3) switch
        {
            0 => Cause.None,
            1 => new Cause(0, sequence),
            _ => new Cause((int)(Next() % 1000), (long)(Next() >> 1)),
        };
        return new EventHeader(sequence, EventType.None, 0, venue, receive, cause);
    }

    public override long Integer(FieldKind kind, string name) => (Next() % 8) switch
    {
        0 => 0,
        1 => 1,
        2 => -1,
        3 => long.MaxValue,
        4 => long.MinValue,
        5 => (long)(Next() % 1000) - 500,
        _ => unchecked((long)Next()) >> (int)(Next() % 64),
    };

    public override Int128 Money() => (Next() % 6) switch
    {
        0 => 0,
        1 => Int128.MaxValue,
        2 => Int128.MinValue,
        3 => -1,
        _ => unchecked((Int128)new UInt128(Next(), Next())) >> (int)(Next() % 128),
    };

    public override double Real() => (Next() % 6) switch
    {
        0 => 0,
        1 => -0.0,
        2 => double.Epsilon,
        3 => 0.1 + (Next() % 100),
        _ => BitConverter.UInt64BitsToDouble((Next() % 8) switch
        {
            0 => 0x7FF8_0000_0000_0000,
            1 => 0xFFF8_0000_0000_0000,
            2 => 0x7FF0_0000_0000_0000,
            3 => 0xFFF0_0000_0000_0000,
            4 => 0x7FF0_0000_0000_0001 + (Next() >> 12 >> 1),
            _ => Next(),
        }),
    };

    public override bool Flag() => Next() % 2 == 0;

    public override string Text() => Texts[Next() % (ulong)Texts.Length];

    public override int Code(int count) => (int)(Next() % (ulong)count);

    public override Level[] Levels()
    {
        var levels = new Level[Next() % 6];
        var unit = Scales();
        var lot = Scales();
        for (var i = 0; i < levels.Length; i++)
        {
            var price = (long)(Next() >> 2 >> (int)(Next() % 62)) / unit * unit;
            var quantity = (long)(Next() >> 1 >> (int)(Next() % 63)) / lot * lot;
            levels[i] = new Level(Next() % 10 == 0 ? -price : price, quantity);
        }

        return levels;
    }

    public override Digest Digest() => new(Next(), Next(), Next(), Next());

    private long Scales()
    {
        var unit = 1L;
        for (var i = Next() % 11; i > 0; i--)
        {
            unit *= 10;
        }

        return unit;
    }

    // A number and its place, mixed (SplitMix64), so that few numbers already make varied values.
    private ulong Next()
    {
        unchecked
        {
            var z = (choices.Length == 0 ? 0 : choices[used % choices.Length]) + ((ulong)used * 0x9E37_79B9_7F4A_7C15);
            used++;
            z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
            z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
            return z ^ (z >> 31);
        }
    }
}
