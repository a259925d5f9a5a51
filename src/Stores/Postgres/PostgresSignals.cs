using System.Collections.Concurrent;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;
using Npgsql;

namespace EventSourcedMM.Stores.Postgres;

/// <summary>
/// Listens for appends of any process and wakes the subscriptions of this one. A notification only says "look": what is read
/// comes from the table, so one that is lost with its connection delays a subscription and loses nothing.
/// </summary>
internal sealed class PostgresSignals(NpgsqlDataSource server, string channel, TimeProvider timers, PostgresOptions options) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, StreamSignal> signals = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private Task? listening;
    private TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The signal of a stream. Listening starts with the first one that is asked for.</summary>
    public StreamSignal For(StreamName stream)
    {
        lock (gate)
        {
            listening ??= Task.Run(ListenAsync);
        }

        return signals.GetOrAdd(stream.Value, static _ => new StreamSignal());
    }

    /// <summary>Ends when appends from now on are told; at once when they are.</summary>
    public Task Ready()
    {
        lock (gate)
        {
            return ready.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        if (listening is not null)
        {
            await listening.ConfigureAwait(false);
        }

        stop.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await server.OpenConnectionAsync(stop.Token).ConfigureAwait(false);
                connection.Notification += (_, told) => signals.GetValueOrDefault(told.Payload)?.Pulse();
                await using (var listen = new NpgsqlCommand($"LISTEN {channel}", connection))
                {
                    await listen.ExecuteNonQueryAsync(stop.Token).ConfigureAwait(false);
                }

                ready.TrySetResult();
                PulseAll();
                while (true)
                {
                    await connection.WaitAsync(stop.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is PostgresException || PostgresErrors.IsBrokenConnection(e))
            {
                // The subscriptions notice the same when they read, and say so; meanwhile they look by themselves.
                lock (gate)
                {
                    if (ready.Task.IsCompleted)
                    {
                        ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    }
                }
            }

            try
            {
                await Task.Delay(options.ReconnectInterval, timers, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void PulseAll()
    {
        foreach (var signal in signals.Values)
        {
            signal.Pulse();
        }
    }
}
