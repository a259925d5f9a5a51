using System.Threading.Channels;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Cli.Capture;

/// <summary>
/// Archives days behind a capture's back, one after the other: each when it is sealed, or, where it is on its way to a server, when
/// it is there. Nobody waits for it but <see cref="FinishAsync"/>. What is not archived in time stays in the journal and is said.
/// </summary>
internal sealed class ArchivedDays : IAsyncDisposable
{
    private readonly Func<StreamName, bool> isOver;
    private readonly Action<StreamName, CancellationToken> archive;
    private readonly Func<StreamName, Task<bool>>? arrived;
    private readonly CancellationTokenSource stop;
    private readonly Channel<Item> queue = Channel.CreateUnbounded<Item>();
    private readonly List<Task> onTheWay = [];
    private readonly Task archiving;

    /// <summary>Nothing to archive yet.</summary>
    /// <param name="isOver">False for a day that may go on.</param>
    /// <param name="archive">Archives a day, or says that it was stopped; does not throw.</param>
    /// <param name="arrived">Done when a day is on the server, false when it cannot get there within this command; null without a server.</param>
    /// <param name="stop">Ends it: the day under way leaves nothing half-written.</param>
    public ArchivedDays(Func<StreamName, bool> isOver, Action<StreamName, CancellationToken> archive, Func<StreamName, Task<bool>>? arrived, CancellationToken stop)
    {
        this.isOver = isOver;
        this.archive = archive;
        this.arrived = arrived;
        this.stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        archiving = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>A day is sealed; returns at once.</summary>
    public void Sealed(StreamName day)
    {
        if (!isOver(day))
        {
            return;
        }

        if (arrived is null)
        {
            queue.Writer.TryWrite(new Item(day, stop.Token, null));
            return;
        }

        lock (onTheWay)
        {
            onTheWay.RemoveAll(t => t.IsCompletedSuccessfully);
            onTheWay.Add(FollowAsync(day, arrived(day)));
        }
    }

    /// <summary>Days that are there already.</summary>
    /// <param name="days">All of them sealed.</param>
    /// <param name="ended">Stops what is not archived by then.</param>
    /// <returns>Done when each was archived or stopped.</returns>
    public async Task EarlierAsync(IReadOnlyList<StreamName> days, CancellationToken ended)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, ended);
        var done = new List<Task>();
        foreach (var day in days)
        {
            var item = new Item(day, either.Token, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (queue.Writer.TryWrite(item))
            {
                done.Add(item.Done!.Task);
            }
        }

        await Task.WhenAll(done);
    }

    /// <summary>Ends it: what is not archived yet stays in the journal.</summary>
    public Task StopAsync() => stop.CancelAsync();

    /// <summary>No day follows. Done when all were archived or stopped; a server is not waited for by then.</summary>
    public async Task FinishAsync()
    {
        Task[] all;
        lock (onTheWay)
        {
            all = [.. onTheWay];
        }

        await Task.WhenAll(all);
        queue.Writer.TryComplete();
        await archiving;
    }

    /// <inheritdoc/>
    /// <remarks>Stops what <see cref="FinishAsync"/> did not wait for.</remarks>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        queue.Writer.TryComplete();
        await archiving;
        stop.Dispose();
    }

    private async Task FollowAsync(StreamName day, Task<bool> there)
    {
        if (await there)
        {
            queue.Writer.TryWrite(new Item(day, stop.Token, null));
        }
    }

    private async Task RunAsync()
    {
        await foreach (var item in queue.Reader.ReadAllAsync())
        {
            archive(item.Day, item.Stop);
            item.Done?.SetResult();
        }
    }

    private sealed record Item(StreamName Day, CancellationToken Stop, TaskCompletionSource? Done);
}
