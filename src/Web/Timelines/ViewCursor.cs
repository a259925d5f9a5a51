using System.Globalization;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Web.Timelines;

/// <summary>
/// A moment of a run or a day: the last market event, and the last event of the run's own log. Written
/// STREAM.SEQUENCE.RUN, such as 1.45678.1204: it means the same in every copy of the streams and for as long as they exist.
/// </summary>
/// <param name="Market">Input stream from 1 and sequence in it; sequence 0 before its first event.</param>
/// <param name="Run">Sequence in the run's log; 0 before its first event or without a run.</param>
internal readonly record struct ViewCursor(Cause Market, long Run)
{
    /// <summary>Reads a written cursor; false for other texts.</summary>
    public static bool TryParse(string text, out ViewCursor cursor)
    {
        cursor = default;
        var parts = text.Split('.');
        if (parts.Length != 3 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var stream) || stream < 1
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var run))
        {
            return false;
        }

        cursor = new ViewCursor(new Cause(stream, sequence), run);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Market.Stream}.{Market.Sequence}.{Run}");
}
