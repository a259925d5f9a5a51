using System.Globalization;
using EventSourcedMM.Stores.Journal;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.Live.Capturing;

/// <summary>Names a live recording: the second it begins, and a number where a second saw several.</summary>
internal static class CaptureName
{
    private static readonly InstantPattern Second = InstantPattern.Create("uuuuMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A name that no recording of the symbol has.</summary>
    public static string Of(JournalStore store, string symbol, long time)
    {
        var name = Second.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time)) + "-live";
        var taken = store.ListAsync($"market/{symbol}/").ToBlockingEnumerable().Select(s => s.Parts[3]).ToHashSet(StringComparer.Ordinal);
        for (var number = 2; ; number++)
        {
            if (!taken.Contains(name))
            {
                return name;
            }

            name = string.Create(CultureInfo.InvariantCulture, $"{name[..(name.IndexOf("-live", StringComparison.Ordinal) + 5)]}-{number}");
        }
    }
}
