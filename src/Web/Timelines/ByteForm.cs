using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Web.Timelines;

/// <summary>Values as bytes in kept indexes, by the same rules as events.</summary>
internal static class ByteForm
{
    /// <summary>Writes an amount of money.</summary>
    public static void Write(CanonicalWriter writer, Int128 money) => writer.Money("money", ref money);

    /// <summary>Writes a real number.</summary>
    public static void Write(CanonicalWriter writer, double number) => writer.Real("number", ref number);

    /// <summary>Writes a text.</summary>
    public static void Write(CanonicalWriter writer, string text) => writer.Text("text", ref text);

    /// <summary>Writes a payload, or that there is none.</summary>
    public static void Write<T>(CanonicalWriter writer, T? payload)
        where T : struct, IPayload<T>
    {
        writer.Signed(payload is null ? 0 : 1);
        if (payload is { } value)
        {
            T.Describe(ref writer, ref value);
        }
    }

    /// <summary>Reads an amount of money.</summary>
    public static Int128 Money(ref CanonicalReader reader)
    {
        var money = (Int128)0;
        reader.Money("money", ref money);
        return money;
    }

    /// <summary>Reads a real number.</summary>
    public static double Real(ref CanonicalReader reader)
    {
        var number = 0.0;
        reader.Real("number", ref number);
        return number;
    }

    /// <summary>Reads a text.</summary>
    public static string Text(ref CanonicalReader reader)
    {
        var text = "";
        reader.Text("text", ref text);
        return text;
    }

    /// <summary>Reads a payload; null when there is none. Its levels are valid as long as the reader's arena.</summary>
    public static T? Payload<T>(ref CanonicalReader reader)
        where T : struct, IPayload<T>
    {
        if (reader.Signed() == 0)
        {
            return null;
        }

        var value = default(T);
        T.Describe(ref reader, ref value);
        return value;
    }
}
