using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EventSourcedMM.Live.Gateway;

/// <summary>
/// The name of an order at the venue: <c>mm1-RRRRRRRRRRR-N</c>, at most 36 characters of letters, digits and dashes. R is
/// the first 64 bits of SHA-256 over run, a zero byte and symbol, in 11 digits to the base 62: whoever has the run can say
/// whether an order is its. N is the order's ordinal within run and symbol, to the base 62. The same order has the same
/// name after a crash, so that the venue can be asked about it.
/// </summary>
public readonly record struct ClientOrderId
{
    /// <summary>Longest id that the venue takes.</summary>
    public const int MaxLength = 36;

    private const string Prefix = "mm1-";
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int TagLength = 11;

    private ClientOrderId(string tag, long orderId)
    {
        Tag = tag;
        OrderId = orderId;
    }

    /// <summary>What stands for run and symbol.</summary>
    public string Tag { get; }

    /// <summary>The order's ordinal within run and symbol, from 1.</summary>
    public long OrderId { get; }

    /// <summary>The id of an order.</summary>
    public static ClientOrderId Of(string run, string symbol, long orderId) =>
        orderId > 0 ? new ClientOrderId(TagOf(run, symbol), orderId) : throw new ArgumentOutOfRangeException(nameof(orderId), "Orders are numbered from 1.");

    /// <summary>What stands for a run's symbol in the ids of its orders.</summary>
    public static string TagOf(string run, string symbol)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(run + "\0" + symbol));
        return Write(BinaryPrimitives.ReadUInt64BigEndian(hash)).PadLeft(TagLength, '0');
    }

    /// <summary>Reads an id back; false when it is none of this program's.</summary>
    public static bool TryRead(string text, out ClientOrderId id)
    {
        id = default;
        if (text.Length > MaxLength || !text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length < Prefix.Length + TagLength + 2 || text[Prefix.Length + TagLength] != '-')
        {
            return false;
        }

        var tag = text.Substring(Prefix.Length, TagLength);
        if (!TryNumber(tag, out _) || !TryNumber(text[(Prefix.Length + TagLength + 1)..], out var order) || order is 0 or > long.MaxValue)
        {
            return false;
        }

        id = new ClientOrderId(tag, (long)order);
        return id.ToString() == text;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Prefix}{Tag}-{Write((ulong)OrderId)}";

    private static string Write(ulong value)
    {
        Span<char> digits = stackalloc char[TagLength];
        var at = digits.Length;
        do
        {
            digits[--at] = Digits[(int)(value % 62)];
            value /= 62;
        }
        while (value > 0);
        return new string(digits[at..]);
    }

    private static bool TryNumber(string text, out ulong value)
    {
        UInt128 sum = 0;
        value = 0;
        foreach (var c in text)
        {
            var digit = Digits.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0 || (sum = (sum * 62) + (UInt128)digit) > ulong.MaxValue)
            {
                return false;
            }
        }

        value = (ulong)sum;
        return text.Length > 0;
    }
}
