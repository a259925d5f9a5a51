using System.Globalization;

namespace EventSourcedMM.Live.Gateway.Guard;

/// <summary>
/// The last beat of an engine whose orders a guard has cancelled: a line in a file beside the heartbeat. A guard that starts later finds the
/// same heartbeat standing there and knows that it is done.
/// </summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Process">Id of the engine's process.</param>
/// <param name="Beats">Turns of its loop when it stood still.</param>
internal sealed record GuardMark(string Run, int Process, long Beats)
{
    private const string Ending = ".cancelled";

    /// <summary>What a heartbeat that stands still is remembered by.</summary>
    public static GuardMark Of(HeartbeatState state) => new(state.Run, state.Process, state.Beats);

    /// <summary>What the last guard wrote; null when there is nothing, or nothing that can be read: then it is done again, which does no harm.</summary>
    public static GuardMark? Read(string heartbeat)
    {
        try
        {
            return File.ReadAllText(heartbeat + Ending).Trim().Split(' ') is [var run, var process, var beats]
                && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && long.TryParse(beats, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? new GuardMark(run, id, count) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes it. A disk that is full or may not be written changes nothing of what was done.</summary>
    public void Write(string heartbeat, Action<string> note)
    {
        try
        {
            File.WriteAllText(heartbeat + Ending, string.Create(CultureInfo.InvariantCulture, $"{Run} {Process} {Beats}\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            note($"{heartbeat + Ending} could not be written, so a guard that starts again cancels once more: {e.Message}");
        }
    }
}
