namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>Tries again what failed for a reason that passes, with pauses that double up to five seconds.</summary>
internal sealed class Attempts(TimeProvider timers, string place)
{
    private const int Most = 6;
    private const int MostWithoutAnswer = 2;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>The timers.</summary>
    public TimeProvider Timers => timers;

    /// <summary>Waits before the next attempt.</summary>
    /// <param name="error">Why the last one failed.</param>
    /// <param name="failures">How many failed in a row, from 1.</param>
    /// <param name="forever">True for a subscription, which ends when it is told to.</param>
    /// <param name="ct">Ends it all.</param>
    /// <exception cref="StoreUnreachableException">It has been tried often enough.</exception>
    public async Task PauseAsync(Exception error, int failures, bool forever, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var most = error is TimeoutException ? MostWithoutAnswer : Most;
        if (!ClientErrors.IsPassing(error) || (failures >= most && !forever))
        {
            throw ClientErrors.Translate(error, place);
        }

        var pause = First * Math.Pow(2, Math.Min(failures - 1, 10));
        await Task.Delay(pause < Longest ? pause : Longest, timers, ct).ConfigureAwait(false);
    }
}
