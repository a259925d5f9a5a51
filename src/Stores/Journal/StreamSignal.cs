namespace EventSourcedMM.Stores.Journal;

/// <summary>Wakes subscriptions of this process when a writer of this process has written; others poll.</summary>
internal sealed class StreamSignal
{
    private readonly Lock gate = new();
    private TaskCompletionSource? waiting;

    /// <summary>Ends with the next <see cref="Pulse"/> after this call.</summary>
    public Task Next()
    {
        lock (gate)
        {
            waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiting.Task;
        }
    }

    /// <summary>Wakes whoever waits.</summary>
    public void Pulse()
    {
        lock (gate)
        {
            waiting?.SetResult();
            waiting = null;
        }
    }
}
