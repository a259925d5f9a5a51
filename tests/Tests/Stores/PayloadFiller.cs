using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Chooses the values of a payload's fields.</summary>
public abstract class PayloadFiller
{
    public abstract long Integer(FieldKind kind, string name);

    public abstract Int128 Money();

    public abstract double Real();

    public abstract bool Flag();

    public abstract string Text();

    /// <summary>Which of so many codes.</summary>
    public abstract int Code(int count);

    public abstract Level[] Levels();

    public abstract Digest Digest();
}

/// <summary>Puts a filler's values into the fields of a payload.</summary>
public readonly struct FillingVisitor(PayloadFiller filler) : IFieldVisitor
{
    public void Id(string name, ref long value) => value = filler.Integer(FieldKind.Id, name);

    public void Count(string name, ref long value) => value = filler.Integer(FieldKind.Count, name);

    public void Time(string name, ref long value) => value = filler.Integer(FieldKind.Time, name);

    public void Price(string name, ref long value) => value = filler.Integer(FieldKind.Price, name);

    public void Quantity(string name, ref long value) => value = filler.Integer(FieldKind.Quantity, name);

    public void Money(string name, ref Int128 value) => value = filler.Money();

    public void Real(string name, ref double value) => value = filler.Real();

    public void Flag(string name, ref bool value) => value = filler.Flag();

    public void Text(string name, ref string value) => value = filler.Text();

    public void Code<TEnum>(string name, ref TEnum value)
        where TEnum : unmanaged, Enum
    {
        var codes = CodeList.Of<TEnum>().Codes;
        var number = codes[filler.Code(codes.Count)].Number;
        value = Unsafe.As<int, TEnum>(ref number);
    }

    public void Levels(string name, ref LevelList value) => value = new LevelList(filler.Levels());

    public void Digest(string name, ref Digest value) => value = filler.Digest();
}
