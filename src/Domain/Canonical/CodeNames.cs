namespace EventSourcedMM.Domain.Canonical;

/// <summary>The names and numbers of a closed list of codes, looked up once.</summary>
/// <typeparam name="TEnum">An enum of 32-bit integers whose numbers never change once written.</typeparam>
public static class CodeNames<TEnum>
    where TEnum : unmanaged, Enum
{
    private static readonly string?[] Names = Build();

    /// <summary>True when the number has a name.</summary>
    public static bool IsDefined(int number) => (uint)number < (uint)Names.Length && Names[number] is not null;

    /// <summary>camelCase name of a number.</summary>
    public static string Name(int number) => IsDefined(number)
        ? Names[number]!
        : throw new CanonicalFormatException($"{number} is no {typeof(TEnum).Name}");

    /// <summary>Number of a camelCase name, or −1.</summary>
    public static int Number(string name) => Array.IndexOf(Names, name);

    private static string?[] Build()
    {
        var values = Enum.GetValues<TEnum>();
        var numbers = Array.ConvertAll(values, v => Convert.ToInt32(v, System.Globalization.CultureInfo.InvariantCulture));
        var names = new string?[numbers.Max() + 1];
        for (var i = 0; i < values.Length; i++)
        {
            var name = values[i].ToString();
            names[numbers[i]] = char.ToLowerInvariant(name[0]) + name[1..];
        }

        return names;
    }
}
