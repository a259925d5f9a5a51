namespace EventSourcedMM.Cli.Live;

/// <summary>A task that is waited for wherever the scope is left, and whose outcome counts only for who asks for it.</summary>
internal sealed class AwaitedTask(Task task) : IAsyncDisposable
{
    /// <summary>The task.</summary>
    public Task Task => task;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
