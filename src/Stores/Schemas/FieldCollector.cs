using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Stores.Schemas;

/// <summary>Collects a payload's fields in their written order and leaves the values alone.</summary>
public readonly struct FieldCollector(ICollection<FieldDescription> fields) : IFieldVisitor
{
    /// <inheritdoc/>
    public void Id(string name, ref long value) => Add(name, FieldKind.Id);

    /// <inheritdoc/>
    public void Count(string name, ref long value) => Add(name, FieldKind.Count);

    /// <inheritdoc/>
    public void Time(string name, ref long value) => Add(name, FieldKind.Time);

    /// <inheritdoc/>
    public void Price(string name, ref long value) => Add(name, FieldKind.Price);

    /// <inheritdoc/>
    public void Quantity(string name, ref long value) => Add(name, FieldKind.Quantity);

    /// <inheritdoc/>
    public void Money(string name, ref Int128 value) => Add(name, FieldKind.Money);

    /// <inheritdoc/>
    public void Real(string name, ref double value) => Add(name, FieldKind.Real);

    /// <inheritdoc/>
    public void Flag(string name, ref bool value) => Add(name, FieldKind.Flag);

    /// <inheritdoc/>
    public void Text(string name, ref string value) => Add(name, FieldKind.Text);

    /// <inheritdoc/>
    public void Code<TEnum>(string name, ref TEnum value)
        where TEnum : unmanaged, Enum => fields.Add(new FieldDescription(name, FieldKind.Code, CodeList.Of<TEnum>()));

    /// <inheritdoc/>
    public void Levels(string name, ref LevelList value) => Add(name, FieldKind.Levels);

    /// <inheritdoc/>
    public void Digest(string name, ref Digest value) => Add(name, FieldKind.Digest);

    private void Add(string name, FieldKind kind) => fields.Add(new FieldDescription(name, kind, null));
}
