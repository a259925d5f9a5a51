using EventSourcedMM.Cli.Storage;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Cli.Capture;

/// <summary>
/// Moves each day into the archive when it is sealed: at once, or, where it is on its way to a server, when it is there. What does
/// not get there within this command stays in the journal.
/// </summary>
/// <param name="finished">Archives.</param>
/// <param name="forwarding">Knows what is on the server; null without one.</param>
internal sealed class ArchivedDays(FinishedDays finished, StoreForwarding? forwarding)
{
    private readonly List<Task> waiting = [];

    /// <summary>A day is sealed; returns at once when it has to wait for the server.</summary>
    public void Sealed(StreamName day)
    {
        if (forwarding is null)
        {
            finished.Archive(day);
            return;
        }

        lock (waiting)
        {
            waiting.RemoveAll(t => t.IsCompletedSuccessfully);
            waiting.Add(Task.Run(async () =>
            {
                if (await forwarding.Arrived(day))
                {
                    finished.Archive(day);
                }
            }));
        }
    }

    /// <summary>Done when nothing waits any more; the server is not waited for by then.</summary>
    public Task FinishAsync()
    {
        lock (waiting)
        {
            return Task.WhenAll(waiting);
        }
    }
}
