using EventSourcedMM.Domain.Units;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Stores.Market;

/// <summary>UTC days as streams and read models name them: yyyy-MM-dd.</summary>
public static class UtcDay
{
    /// <summary>Name of a day, by its count of days since the epoch.</summary>
    public static string Name(long day) => LocalDatePattern.Iso.Format(new LocalDate(1970, 1, 1).PlusDays((int)day));

    /// <summary>Name of the day that a stamp, in nanoseconds since the epoch, lies in.</summary>
    public static string NameOf(long time) => Name(Nanoseconds.DayOf(time));
}
