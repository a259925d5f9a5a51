using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Json;

/// <summary>
/// Writes a payload's fields as JSON (docs/events.md, "JSON"). Identifiers, counts, times, prices and quantities are
/// JSON numbers in stored units: they may exceed 2^53, where JavaScript's own parser rounds, and the scale is that of
/// the stream's instrument. Money is text, since it takes 128 bits. Reals are exact (<see cref="JsonReals"/>).
/// Codes are camelCase names, digests 64 lower-case hexadecimal digits, levels [[price, quantity], …].
/// </summary>
public readonly struct EventJsonWriter(Utf8JsonWriter json) : IFieldVisitor
{
    /// <summary>Longest decimal text of 128 bits: 39 digits and a sign.</summary>
    private const int LongestMoney = 40;

    /// <summary>Writes a payload as one JSON object.</summary>
    public static void WritePayload<T>(Utf8JsonWriter json, in T payload)
        where T : struct, IPayload<T>
    {
        json.WriteStartObject();
        var visitor = new EventJsonWriter(json);
        var copy = payload;
        T.Describe(ref visitor, ref copy);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void Id(string name, ref long value) => json.WriteNumber(name, value);

    /// <inheritdoc/>
    public void Count(string name, ref long value) => json.WriteNumber(name, value);

    /// <inheritdoc/>
    public void Time(string name, ref long value) => json.WriteNumber(name, value);

    /// <inheritdoc/>
    public void Price(string name, ref long value) => json.WriteNumber(name, value);

    /// <inheritdoc/>
    public void Quantity(string name, ref long value) => json.WriteNumber(name, value);

    /// <inheritdoc/>
    public void Money(string name, ref Int128 value)
    {
        Span<byte> digits = stackalloc byte[LongestMoney];
        value.TryFormat(digits, out var length, default, System.Globalization.CultureInfo.InvariantCulture);
        json.WriteString(name, digits[..length]);
    }

    /// <inheritdoc/>
    public void Real(string name, ref double value)
    {
        json.WritePropertyName(name);
        JsonReals.Write(json, value);
    }

    /// <inheritdoc/>
    public void Flag(string name, ref bool value) => json.WriteBoolean(name, value);

    /// <inheritdoc/>
    public void Text(string name, ref string value) => json.WriteString(name, value);

    /// <inheritdoc/>
    public void Code<TEnum>(string name, ref TEnum value)
        where TEnum : unmanaged, Enum => json.WriteString(name, CodeNames<TEnum>.Name(System.Runtime.CompilerServices.Unsafe.As<TEnum, int>(ref value)));

    /// <inheritdoc/>
    public void Levels(string name, ref LevelList value)
    {
        json.WriteStartArray(name);
        foreach (ref readonly var level in value.Span)
        {
            json.WriteStartArray();
            json.WriteNumberValue(level.Price);
            json.WriteNumberValue(level.Quantity);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    /// <inheritdoc/>
    public void Digest(string name, ref Digest value)
    {
        Span<byte> bytes = stackalloc byte[Domain.Canonical.Digest.Size];
        Span<byte> digits = stackalloc byte[2 * Domain.Canonical.Digest.Size];
        value.CopyTo(bytes);
        Convert.TryToHexStringLower(bytes, digits, out _);
        json.WriteString(name, digits);
    }
}
