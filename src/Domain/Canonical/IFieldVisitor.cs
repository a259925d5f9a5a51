using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Domain.Canonical;

/// <summary>
/// Walks the fields of a value in their one written order. A payload describes itself once; canonical bytes, JSON,
/// JSON Schema and comparison are all visitors over that description, so they cannot disagree.
/// Names are the field's camelCase JSON names and never change once written (events-schema/).
/// </summary>
public interface IFieldVisitor
{
    /// <summary>An identifier or ordinal.</summary>
    void Id(string name, ref long value);

    /// <summary>A plain integer (a count, a number of steps, parts per million).</summary>
    void Count(string name, ref long value);

    /// <summary>Nanoseconds since the epoch, or a span of nanoseconds.</summary>
    void Time(string name, ref long value);

    /// <summary>A price in price units.</summary>
    void Price(string name, ref long value);

    /// <summary>A quantity in quantity units.</summary>
    void Quantity(string name, ref long value);

    /// <summary>An exact amount of money in money units.</summary>
    void Money(string name, ref Int128 value);

    /// <summary>A model value; its IEEE 754 bits are what is stored.</summary>
    void Real(string name, ref double value);

    /// <summary>A yes or no.</summary>
    void Flag(string name, ref bool value);

    /// <summary>Text.</summary>
    void Text(string name, ref string value);

    /// <summary>One of a closed list; stored as its number, shown by its name.</summary>
    void Code<TEnum>(string name, ref TEnum value)
        where TEnum : unmanaged, Enum;

    /// <summary>Price levels in the order they were sent.</summary>
    void Levels(string name, ref LevelList value);

    /// <summary>A SHA-256 digest.</summary>
    void Digest(string name, ref Digest value);
}
