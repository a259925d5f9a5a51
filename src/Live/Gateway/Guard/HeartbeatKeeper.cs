namespace EventSourcedMM.Live.Gateway.Guard;

/// <summary>Beats as long as whoever it beats for comes round, and says when it cannot be heard any more.</summary>
internal static class HeartbeatKeeper
{
    /// <summary>Missed in a row: two seconds of a heart that beats four times a second, less than a guard waits.</summary>
    public const int Most = 8;

    /// <summary>Beats until stopped, or lost.</summary>
    /// <param name="turn">Comes back when everything that has to turn has turned; one that hangs stops the heart.</param>
    /// <param name="beat">Beats; throws <see cref="IOException"/> when the file cannot be written.</param>
    /// <param name="lost">Told once, when so many beats in a row failed: a guard cancels once for an engine, and would leave one that trades on.</param>
    /// <param name="interval">From one to the next.</param>
    /// <param name="ct">Stops it.</param>
    public static async Task KeepAsync(Action turn, Action beat, Action<IOException> lost, TimeSpan interval, CancellationToken ct)
    {
        var missed = 0;
        try
        {
            while (true)
            {
                await Task.Delay(interval, Clock.Timers, ct).ConfigureAwait(false);
                turn();
                try
                {
                    beat();
                    missed = 0;
                }
                catch (IOException e) when (++missed == Most)
                {
                    lost(e);
                    return;
                }
                catch (IOException)
                {
                    // Once is a disk that was busy; the next beat tells.
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The run is ending: what is left is to cancel everything, and the last beat is not the end of the watch.
        }
    }
}
