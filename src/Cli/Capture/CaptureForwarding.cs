using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Capture;

/// <summary>
/// Carries the days of a capture to a server while they grow, each by a forwarder of its own: what is in the journal a moment
/// ago is on its way. A server that is away holds up nothing and is tried again; what it lacks in the end is said, and the
/// next command that names it carries that.
/// </summary>
internal sealed class CaptureForwarding : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly JournalStore journal;
    private readonly IEventStore server;
    private readonly Terminal terminal;
    private readonly JournalForwarder forwarder;
    private readonly PendingForwards pending;
    private readonly CancellationTokenSource stop = new();
    private readonly SortedDictionary<StreamName, Task<bool>> days = new(Comparer<StreamName>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value)));
    private long arrived;

    public CaptureForwarding(JournalStore journal, IEventStore server, Terminal terminal)
    {
        this.journal = journal;
        this.server = server;
        this.terminal = terminal;
        pending = new PendingForwards(journal, server.Place);
        forwarder = new JournalForwarder(journal, server, WallClock.Timers, new ForwarderOptions
        {
            Alarm = alarm => Tell(alarm.Raised ? $"warning: {alarm.Reason} ({alarm.Progress.Stream})" : $"{alarm.Reason} ({alarm.Progress.Stream})"),
        });
    }

    /// <summary>A day begins: it is followed until it is sealed here and there.</summary>
    public void Begin(StreamName day) => Carry(day, follow: true);

    /// <summary>Carries what earlier commands left behind.</summary>
    public void BeginEarlier()
    {
        foreach (var stream in pending.List())
        {
            Carry(stream, follow: false);
        }
    }

    /// <summary>Done when a day is on the server, or cannot get there within this capture: then false.</summary>
    public Task<bool> Arrived(StreamName day)
    {
        lock (days)
        {
            return days.TryGetValue(day, out var task) ? task : Task.FromResult(true);
        }
    }

    /// <summary>The capture is over: what is under way is waited for, but not for long.</summary>
    public async Task FinishAsync()
    {
        Task<bool>[] all;
        lock (days)
        {
            all = [.. days.Values];
        }

        await Task.WhenAny(Task.WhenAll(all), Task.Delay(Patience, WallClock.Timers));
        var late = all.Any(t => !t.IsCompleted);
        await stop.CancelAsync();
        await Task.WhenAll(all);
        Tell(FormattableString.Invariant($"forwarded to {server.Place}: {Interlocked.Read(ref arrived):N0} streams"));
        if (pending.List().Count > 0)
        {
            Forwarding.Left(pending, journal, server.Place, late ? FormattableString.Invariant($"waited for {Patience.TotalSeconds:0} s") : "not all arrived", terminal);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await server.DisposeAsync();
        stop.Dispose();
    }

    private void Carry(StreamName stream, bool follow)
    {
        lock (days)
        {
            if (!days.ContainsKey(stream))
            {
                pending.Add(stream);
                days.Add(stream, Task.Run(() => CarryAsync(stream, follow)));
            }
        }
    }

    private async Task<bool> CarryAsync(StreamName stream, bool follow)
    {
        try
        {
            await forwarder.ForwardAsync(stream, follow, stop.Token);

            // What still grows, in another capture's hands, stays on the list until it is sealed.
            if (journal.ReadManifest(stream) is not null)
            {
                pending.Remove(stream);
                Interlocked.Increment(ref arrived);
            }

            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e) when (e is StreamConflictException or StreamSealedException or StreamDamagedException or StreamNotFoundException or StoreRefusedException or IOException)
        {
            // The recording goes on in the journal; the server's copy is somebody's to look at.
            Tell($"warning: {stream} is not forwarded to {server.Place}: {e.Message}");
            return false;
        }
    }

    private void Tell(string text)
    {
        lock (terminal)
        {
            terminal.Note(text);
        }
    }
}
