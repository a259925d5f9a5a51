using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Storage;

/// <summary>
/// Carries the streams of a capture or a live run to a server while they grow, each by a forwarder of its own: what is on the
/// journal's disk is on its way. A server that is away, or that says no for a while, holds up nothing and is tried again; what it
/// lacks in the end is said, and the next command that names it carries that.
/// </summary>
internal sealed class StoreForwarding : IAsyncDisposable
{
    private static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    // At the end: as long as something arrives, but not for ever; a server that takes nothing gets the time to be started again.
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(60);

    private readonly JournalStore journal;
    private readonly IEventStore server;
    private readonly PendingForwards pending;
    private readonly CancellationTokenSource stop = new();
    private readonly SortedDictionary<StreamName, Carried> carried = new(Comparer<StreamName>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value)));
    private readonly HashSet<StreamName> alarms = [];
    private readonly HashSet<StreamName> lost = [];
    private readonly Lock gate = new();
    private int losses;

    /// <summary>Between a journal and a server, which is asked for the first time by <see cref="AskAsync"/> or the first stream.</summary>
    /// <param name="journal">Where the events are written.</param>
    /// <param name="server">Where they go; disposed with this.</param>
    /// <param name="tell">Told what somebody should know.</param>
    public StoreForwarding(JournalStore journal, IEventStore server, Action<string> tell)
    {
        this.journal = journal;
        this.server = server;
        Tell = tell;
        pending = new PendingForwards(journal, server.Place);
    }

    /// <summary>How long the server may be away before there is an alarm.</summary>
    public TimeSpan AlarmAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After how long a server that said no is asked again.</summary>
    public TimeSpan RefusalInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>At the end: how long is waited while nothing arrives.</summary>
    public TimeSpan QuietPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Told what somebody should know, on any thread.</summary>
    public Action<string> Tell { get; set; }

    /// <summary>Asks the server for the first time, before anything begins. One that is away is no reason not to begin.</summary>
    /// <exception cref="StoreRefusedException">It is there and says no: only another command line helps.</exception>
    public async Task AskAsync(CancellationToken ct)
    {
        try
        {
            await server.FindAsync(StreamName.Run("none", "NONE"), ct).AsTask().WaitAsync(FirstAnswer, WallClock.Timers, ct);
        }
        catch (Exception e) when (e is StoreUnreachableException or TimeoutException)
        {
            var why = e is StoreUnreachableException away ? away.Message : $"{server.Place} does not answer.";
            Tell($"warning: {why} Everything is written to {journal.Root} and forwarded when the server is there.");
        }
    }

    /// <summary>A stream begins, or is about to: it is followed until it is sealed here and there.</summary>
    public void Begin(StreamName stream) => Carry(stream, follow: true);

    /// <summary>Carries what earlier commands left behind.</summary>
    public void BeginEarlier()
    {
        foreach (var stream in pending.List())
        {
            Carry(stream, follow: false);
        }
    }

    /// <summary>Done when a stream is on the server, or cannot get there within this command: then false.</summary>
    public Task<bool> Arrived(StreamName stream)
    {
        lock (gate)
        {
            return carried.TryGetValue(stream, out var found) ? found.Task : Task.FromResult(true);
        }
    }

    /// <summary>How far the server is behind.</summary>
    public ForwardingStatus Status()
    {
        Carried[] open;
        bool alarmed;
        lock (gate)
        {
            open = [.. carried.Values.Where(c => !c.IsThere)];
            alarmed = alarms.Count > 0;
        }

        var refused = open.Count(c => c.IsRefused);
        return new ForwardingStatus(
            server.Place, open.Length, open.Sum(Behind), open.Length == 0 ? TimeSpan.Zero : open.Max(c => c.Last.Away), refused, alarmed || refused > 0);
    }

    /// <summary>The command is over: what is under way is waited for, but not for long. Says what is left.</summary>
    /// <returns>How it stands then.</returns>
    public async Task<ForwardingStatus> FinishAsync(Terminal terminal)
    {
        Carried[] all;
        lock (gate)
        {
            all = [.. carried.Values];
        }

        var waited = await WaitAsync(all);
        var status = Status();
        await stop.CancelAsync();
        while (!all.All(c => c.Task.IsCompleted))
        {
            await Task.WhenAll(all.Select(c => c.Task));
        }

        var left = new List<StreamName>();
        foreach (var stream in all.Where(c => !c.IsThere))
        {
            var written = Written(stream.Name);
            if (written == 0)
            {
                // Announced, and then nothing was written.
                pending.Remove(stream.Name);
            }
            else if (written is null || Behind(stream) > 0 || stream.IsRefused || journal.ReadManifest(stream.Name) is not null)
            {
                left.Add(stream.Name);
            }
        }

        terminal.Note(FormattableString.Invariant($"forwarded to {server.Place}: {all.Count(c => c.IsWhole):N0} streams"));
        if (left.Count > 0)
        {
            var why = status.Refused > 0 ? "does not take everything" : "has not everything yet";
            Forwarding.Left(FormattableString.Invariant($"{server.Place} {why} ({status.Behind:N0} events are missing there; it was waited for {waited.TotalSeconds:0} s)"), left, journal, terminal);
        }

        return status;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        while (true)
        {
            Task[] running;
            lock (gate)
            {
                running = [.. carried.Values.Select(c => c.Task).Where(t => !t.IsCompleted)];
            }

            if (running.Length == 0)
            {
                break;
            }

            // A command that dies comes here without an end: what still runs has the server and the token in its hands.
            await Task.WhenAll(running);
        }

        await server.DisposeAsync();
        stop.Dispose();
    }

    private async Task<TimeSpan> WaitAsync(Carried[] all)
    {
        var began = WallClock.Timers.GetTimestamp();
        var (moved, there) = (began, all.Sum(c => c.Last.Server));
        while (!all.All(c => c.Task.IsCompleted))
        {
            await Task.WhenAny(Task.WhenAll(all.Select(c => c.Task)), Task.Delay(LookInterval, WallClock.Timers));
            if (all.Sum(c => c.Last.Server) is var now && now != there)
            {
                (moved, there) = (WallClock.Timers.GetTimestamp(), now);
            }
            else if (WallClock.Timers.GetElapsedTime(moved) >= QuietPatience || WallClock.Timers.GetElapsedTime(began) >= LongestPatience || all.All(IsIdle))
            {
                break;
            }
        }

        return WallClock.Timers.GetElapsedTime(began);
    }

    // Nothing more comes: it is there, or it was left unsealed and all that was written of it is there.
    private bool IsIdle(Carried stream) =>
        stream.IsThere || (stream.Last.Away == TimeSpan.Zero && Behind(stream) == 0 && journal.ReadManifest(stream.Name) is null);

    private long Behind(Carried stream) => Math.Max(0, Math.Max(stream.Last.Journal, Written(stream.Name) ?? 0) - stream.Last.Server);

    // Last event in the journal; 0 for none, null when it cannot be read.
    private long? Written(StreamName stream)
    {
        try
        {
            return journal.FindAsync(stream).AsTask().GetAwaiter().GetResult()?.Version ?? 0;
        }
        catch (Exception e) when (e is StreamDamagedException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // tidy-ok: what is wrong with the journal is told by whoever writes it or carries it; here it is a figure of a line
            return null;
        }
    }

    private void Carry(StreamName stream, bool follow)
    {
        lock (gate)
        {
            if (!carried.ContainsKey(stream))
            {
                Remind(stream);
                var begun = new Carried(stream, follow);
                carried.Add(stream, begun);
                begun.Task = Task.Run(() => CarryAsync(begun));
            }
        }
    }

    // Recording does not depend on the forwarder, so not on its reminders either.
    private void Remind(StreamName stream)
    {
        try
        {
            pending.Add(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Tell($"warning: it cannot be noted that {stream} is to be forwarded ({e.Message}); it is carried now, but what is missing at the end is carried on only by: mm store copy --from {journal.Root} --to STORE --stream {stream}");
        }
    }

    // A server that lost what it had of one stream has lost others, too: those that are done with begin again, and find what is missing.
    private void Lost(StreamName stream)
    {
        bool first;
        lock (gate)
        {
            losses++;
            first = lost.Count == 0;
            lost.Add(stream);
            foreach (var done in carried.Values.Where(c => c.IsThere))
            {
                Remind(done.Name);
                (done.IsThere, done.IsWhole) = (false, false);
                done.Task = Task.Run(() => CarryAsync(done));
            }
        }

        if (first)
        {
            Tell($"warning: {server.Place} has less than it had acknowledged: it was emptied, or restored from a backup. What this command carried is carried again; what earlier ones did, if that is missing, too: mm store copy --from {journal.Root} --to STORE");
        }
    }

    private async Task<bool> CarryAsync(Carried stream)
    {
        var follow = stream.Follow;
        var told = "";
        var forwarder = new JournalForwarder(journal, server, WallClock.Timers, new ForwarderOptions
        {
            MaxRetryInterval = TimeSpan.FromSeconds(4),
            AlarmAfter = AlarmAfter,
            Progress = progress =>
            {
                // That it answers is no progress: it may say no to the next event as well.
                if (progress.Server != stream.Last.Server || progress.Behind == 0)
                {
                    stream.IsRefused = false;
                    told = "";
                }

                stream.Last = progress;
                if (progress.Behind == 0)
                {
                    lock (gate)
                    {
                        lost.Remove(stream.Name);
                    }
                }
            },
            Alarm = Sound,
            Lost = Lost,
        });
        while (true)
        {
            try
            {
                var before = Volatile.Read(ref losses);
                await forwarder.ForwardAsync(stream.Name, follow, stop.Token);
                var isWhole = journal.ReadManifest(stream.Name) is not null;
                lock (gate)
                {
                    if (before != losses)
                    {
                        // The server has lost something meanwhile, and perhaps this.
                        continue;
                    }

                    // What still grows, in another process's hands, stays on the list until it is sealed.
                    if (isWhole)
                    {
                        pending.Remove(stream.Name);
                    }

                    stream.IsWhole = isWhole;
                    stream.IsThere = true;
                    return true;
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return false;
            }
            catch (StreamNotFoundException) when (!follow)
            {
                // A reminder of something that is not here any more.
                pending.Remove(stream.Name);
                stream.IsThere = true;
                return true;
            }
            catch (StoreRefusedException e)
            {
                // A server that is being set up again has no database or user for a while.
                Refused(e.Message, "", e);
            }
            catch (Exception e) when (e is StreamConflictException or StreamDamagedException or IOException or UnauthorizedAccessException)
            {
                // The journal goes on; the server's copy is somebody's to look at, and may be put right meanwhile. So may a disk, or files that
                // are all open. Damage may be a server that is just being emptied or restored. Positions in a message move with the journal.
                Refused(e is StreamConflictException or StreamDamagedException ? e.GetType().Name : e.Message, $" to {server.Place}", e);
            }
            catch (Exception e) when (e is StreamSealedException or TornTailException or StreamNotFoundException or InvalidDataException)
            {
                // Nothing that mends itself.
                stream.IsRefused = true;
                Tell($"warning: {stream.Name} is not forwarded to {server.Place}: {e.Message}");
                return false;
            }
            catch (Exception e)
            {
                // Whatever it is: nobody looks at this task before the end, and a forwarder that is gone must not look like one at work.
                stream.IsRefused = true;
                Tell($"warning: {stream.Name} is not forwarded to {server.Place} any more, after an error that nobody expected ({e.GetType().Name}): {EventSourcedMM.Stores.Locations.Secrets.Redact(e.Message)} The journal has everything.");
                return false;
            }

            try
            {
                await Task.Delay(RefusalInterval, WallClock.Timers, stop.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        // Told once for each kind, until it is over.
        void Refused(string kind, string where, Exception e)
        {
            if (told != kind)
            {
                told = kind;
                Tell($"warning: {stream.Name} is not forwarded{where}: {e.Message} It is tried again every {RefusalInterval.TotalSeconds:0} s.");
            }

            stream.IsRefused = true;
        }
    }

    // One alarm for the server, not one for each stream.
    private void Sound(ForwarderAlarm alarm)
    {
        bool first, last;
        lock (gate)
        {
            first = alarm.Raised && alarms.Count == 0;
            _ = alarm.Raised ? alarms.Add(alarm.Progress.Stream) : alarms.Remove(alarm.Progress.Stream);
            last = !alarm.Raised && alarms.Count == 0;
        }

        if (first)
        {
            Tell($"warning: {alarm.Reason.TrimEnd('.')}. The journal has everything; this is over when the server is there.");
        }
        else if (last)
        {
            Tell(alarm.Reason);
        }
    }

    // Written by the forwarder's thread, read by whoever asks how it stands.
    private sealed class Carried(StreamName name, bool follow)
    {
        private readonly Lock gate = new();
        private ForwarderProgress last = new(name, 0, 0, TimeSpan.Zero);
        private volatile bool isThere;
        private volatile bool isWhole;
        private volatile bool isRefused;

        public StreamName Name { get; } = name;

        public bool Follow { get; } = follow;

        // All of it is there, and sealed.
        public bool IsWhole
        {
            get => isWhole;
            set => isWhole = value;
        }

        public Task<bool> Task { get; set; } = System.Threading.Tasks.Task.FromResult(false);

        public bool IsThere
        {
            get => isThere;
            set => isThere = value;
        }

        public bool IsRefused
        {
            get => isRefused;
            set => isRefused = value;
        }

        public ForwarderProgress Last
        {
            get
            {
                lock (gate)
                {
                    return last;
                }
            }

            set
            {
                lock (gate)
                {
                    last = value;
                }
            }
        }
    }
}
