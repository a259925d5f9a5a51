using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Web.Answers;

/// <summary>Values as the pages get them.</summary>
internal static class Texts
{
    /// <summary>Nanoseconds since the epoch as UTC text with every digit.</summary>
    public static string Time(long time) => InstantPattern.ExtendedIso.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time));

    /// <summary>A code by its written name.</summary>
    public static string Code<TEnum>(TEnum value)
        where TEnum : unmanaged, Enum => CodeNames<TEnum>.Name(Convert.ToInt32(value, CultureInfo.InvariantCulture));

    /// <summary>Nanoseconds as seconds since the epoch, for charts: exact to a fraction of a microsecond.</summary>
    public static double Seconds(long time) => time / 1e9;
}
