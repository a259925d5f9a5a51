using EventSourcedMM.Domain.Canonical;
using FsCheck.Xunit;

namespace EventSourcedMM.Tests.Stores.Canonical;

public sealed class VarintTests
{
    public static TheoryData<ulong> Edges()
    {
        var data = new TheoryData<ulong>();
        for (var bits = 0; bits < 64; bits++)
        {
            data.Add(1UL << bits);
            if (bits != 1)
            {
                // 2 − 1 is there as 1 << 0.
                data.Add((1UL << bits) - 1);
            }
        }

        data.Add(ulong.MaxValue);
        return data;
    }

    [Theory]
    [MemberData(nameof(Edges))]
    public void Read_EdgesOfEveryLength_WithAnythingBehind_GivesWhatWasWritten(ulong value) => AssertReads(value);

    [Property]
    public void Read_AnyNumber_GivesWhatWasWritten(ulong value, byte shift) => AssertReads(value >> (shift % 64));

    [Property(MaxTest = 2_000)]
    public void Read_AnyBytes_DoesWhatTheByteByByteDefinitionDoes(byte[] bytes, byte start)
    {
        // High bits as often as not, so that long varints are common.
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i % 3 == 0 ? bytes[i] : bytes[i] | 0x80);
        }

        var at = bytes.Length == 0 ? 0 : start % bytes.Length;
        var naive = Naive(bytes, at);
        var read = at;
        ulong? value;
        try
        {
            value = Varint.Read(bytes, ref read);
        }
        catch (CanonicalFormatException)
        {
            value = null;
        }

        Assert.Equal(naive?.Value, value);
        if (naive is { } right)
        {
            Assert.Equal(right.End, read);
        }
    }

    private static void AssertReads(ulong value)
    {
        var bytes = new byte[30];
        foreach (var filler in new byte[] { 0x00, 0x7F, 0x80, 0xFF })
        {
            for (var behind = 0; behind < 12; behind++)
            {
                Array.Fill(bytes, filler);
                var length = Varint.Write(bytes.AsSpan(3), value);
                var at = 3;
                Assert.Equal(value, Varint.Read(bytes.AsSpan(0, 3 + length + behind), ref at));
                Assert.Equal(3 + length, at);
            }
        }
    }

    private static (ulong Value, int End)? Naive(byte[] bytes, int at)
    {
        System.Numerics.BigInteger value = 0;
        for (var i = 0; at + i < bytes.Length && i < 10; i++)
        {
            value += (System.Numerics.BigInteger)(bytes[at + i] & 0x7F) << (7 * i);
            if (bytes[at + i] < 0x80)
            {
                return value <= ulong.MaxValue ? ((ulong)value, at + i + 1) : null;
            }
        }

        return null;
    }
}
