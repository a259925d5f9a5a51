using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Stores.Schemas;

/// <summary>One code of a closed list.</summary>
/// <param name="Number">What is stored in canonical bytes.</param>
/// <param name="Name">camelCase name, what is shown in JSON.</param>
/// <param name="Member">Name of the constant in the code, for its documentation.</param>
public readonly record struct CodeDescription(int Number, string Name, string Member);

/// <summary>A closed list of codes: which numbers mean what. Codes are added, never changed, renumbered or removed.</summary>
public sealed class CodeList
{
    private CodeList(Type type, IReadOnlyList<CodeDescription> codes)
    {
        Type = type;
        Codes = codes;
        Name = char.ToLowerInvariant(type.Name[0]) + type.Name[1..];
    }

    /// <summary>The enum.</summary>
    public Type Type { get; }

    /// <summary>camelCase name of the list.</summary>
    public string Name { get; }

    /// <summary>The codes in the order of their numbers.</summary>
    public IReadOnlyList<CodeDescription> Codes { get; }

    /// <summary>The list of an enum.</summary>
    public static CodeList Of<TEnum>()
        where TEnum : unmanaged, Enum
    {
        var codes = Enum.GetValues<TEnum>()
            .Select(value => (Number: Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture), Member: value.ToString()))
            .Select(code => new CodeDescription(code.Number, CodeNames<TEnum>.Name(code.Number), code.Member))
            .OrderBy(code => code.Number);
        return new CodeList(typeof(TEnum), [.. codes]);
    }
}
