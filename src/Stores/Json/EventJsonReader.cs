using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Json;

/// <summary>
/// Reads what <see cref="EventJsonWriter"/> wrote, the fields in any order (databases reorder them). Every field must be
/// there, once, and no other: a field left out or misspelt is an error, never a zero.
/// </summary>
public struct EventJsonReader : IFieldVisitor
{
    private const string RealForms = "a number, \"NaN\", \"Infinity\", \"-Infinity\" or \"-0\"";

    private readonly JsonElement source;
    private readonly LevelArena arena;
    private readonly string what;
    private int fields;

    private EventJsonReader(JsonElement source, LevelArena arena, string what)
    {
        this.source = source;
        this.arena = arena;
        this.what = what;
    }

    /// <summary>Reads a payload; its levels are valid until the arena is cleared.</summary>
    /// <exception cref="EventJsonException">The object is not this payload; names the field.</exception>
    public static T ReadPayload<T>(JsonElement payload, LevelArena arena)
        where T : struct, IPayload<T>
    {
        var what = $"{CodeNames<EventType>.Name((int)T.Type)} version {T.Version}";
        if (payload.ValueKind != JsonValueKind.Object)
        {
            throw new EventJsonException($"{what}: the payload is a {payload.ValueKind}, not an object.");
        }

        var reader = new EventJsonReader(payload, arena, what);
        var value = default(T);
        T.Describe(ref reader, ref value);
        reader.RefuseOthers<T>();
        return value;
    }

    /// <inheritdoc/>
    public void Id(string name, ref long value) => value = Integer(name);

    /// <inheritdoc/>
    public void Count(string name, ref long value) => value = Integer(name);

    /// <inheritdoc/>
    public void Time(string name, ref long value) => value = Integer(name);

    /// <inheritdoc/>
    public void Price(string name, ref long value) => value = Integer(name);

    /// <inheritdoc/>
    public void Quantity(string name, ref long value) => value = Integer(name);

    /// <inheritdoc/>
    public void Money(string name, ref Int128 value)
    {
        var text = String(name, "a decimal integer as text");
        if (!Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            || value.ToString(CultureInfo.InvariantCulture) != text)
        {
            throw Wrong(name, $"\"{text}\"", "a decimal integer of at most 128 bits as text");
        }
    }

    /// <inheritdoc/>
    public void Real(string name, ref double value)
    {
        var element = Field(name);
        var known = element.ValueKind == JsonValueKind.Number
            ? element.TryGetDouble(out value) && double.IsFinite(value)
            : JsonReals.TryParse(String(name, element, RealForms), out value);
        if (!known)
        {
            throw Wrong(name, Shown(element), RealForms);
        }
    }

    /// <inheritdoc/>
    public void Flag(string name, ref bool value)
    {
        var element = Field(name);
        value = element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(name, Shown(element), "true or false"),
        };
    }

    /// <inheritdoc/>
    public void Text(string name, ref string value) => value = String(name, "text");

    /// <inheritdoc/>
    public void Code<TEnum>(string name, ref TEnum value)
        where TEnum : unmanaged, Enum
    {
        var text = String(name, $"a name of {typeof(TEnum).Name}");
        var number = CodeNames<TEnum>.Number(text);
        if (number < 0)
        {
            throw Wrong(name, $"\"{text}\"", $"a name of {typeof(TEnum).Name}");
        }

        value = Unsafe.As<int, TEnum>(ref number);
    }

    /// <inheritdoc/>
    public void Levels(string name, ref LevelList value)
    {
        var element = Field(name);
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(name, Shown(element), "an array of [price, quantity]");
        }

        var count = element.GetArrayLength();
        if (count == 0)
        {
            value = default;
            return;
        }

        value = arena.Take(count, out var levels);
        var at = 0;
        foreach (var level in element.EnumerateArray())
        {
            if (level.ValueKind != JsonValueKind.Array || level.GetArrayLength() != 2
                || !IsInteger(level[0], out var price) || !IsInteger(level[1], out var quantity) || quantity < 0)
            {
                throw Wrong($"{name}[{at}]", Shown(level), "[price, quantity], two integers, the quantity not negative");
            }

            levels[at++] = new Level(price, quantity);
        }
    }

    /// <inheritdoc/>
    public void Digest(string name, ref Digest value)
    {
        var text = String(name, "64 lower-case hexadecimal digits");
        if (text.Length != 2 * Domain.Canonical.Digest.Size || !text.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f')))
        {
            throw Wrong(name, $"\"{text}\"", "64 lower-case hexadecimal digits");
        }

        value = Domain.Canonical.Digest.Parse(text);
    }

    /// <summary>True for an integer of 64 bits that is written as one: neither 1.0 nor 1e3.</summary>
    internal static bool IsInteger(JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value);
    }

    /// <summary>The start of an element's text, for an error message.</summary>
    internal static string Shown(JsonElement element)
    {
        const int Enough = 60;
        var text = element.GetRawText();
        return text.Length <= Enough ? text : text[..Enough] + "…";
    }

    private readonly void RefuseOthers<T>()
        where T : struct, IPayload<T>
    {
        if (source.GetPropertyCount() == fields)
        {
            return;
        }

        var known = Schemas.PayloadFormat.Of<T>().Fields;
        foreach (var property in source.EnumerateObject())
        {
            if (!known.Any(field => field.Name == property.Name))
            {
                throw new EventJsonException($"{what} has no field {property.Name}.");
            }
        }

        throw new EventJsonException($"{what}: a field is given twice.");
    }

    private long Integer(string name)
    {
        var element = Field(name);
        return IsInteger(element, out var value) ? value : throw Wrong(name, Shown(element), "an integer of 64 bits");
    }

    private string String(string name, string expected)
    {
        return String(name, Field(name), expected);
    }

    private readonly string String(string name, JsonElement element, string expected)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            throw Wrong(name, Shown(element), expected);
        }

        return element.GetString()!;
    }

    private JsonElement Field(string name)
    {
        fields++;
        return source.TryGetProperty(name, out var element)
            ? element
            : throw new EventJsonException($"{what}: field {name} is missing.");
    }

    private readonly EventJsonException Wrong(string name, string found, string expected) =>
        new($"{what}: field {name} is {found}, expected {expected}.");
}
