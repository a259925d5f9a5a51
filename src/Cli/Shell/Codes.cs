using System.Globalization;
using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Codes by the names they have in events.</summary>
public static class Codes
{
    /// <summary>camelCase name of a code.</summary>
    public static string Name<TEnum>(TEnum value)
        where TEnum : unmanaged, Enum => CodeNames<TEnum>.Name(Convert.ToInt32(value, CultureInfo.InvariantCulture));
}
