using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Stores.Copying;

/// <summary>
/// Carries streams from the journal, where they are written first, to a server: in order, each event once. It keeps no cursor:
/// on every connect the server says what it has, so a server that was restarted, restored from a backup or came back empty gets
/// exactly what it lacks. One batch is on its way at a time and the rest waits on the disk of the journal: a slow or absent server
/// costs neither memory nor the writer's time. What a power cut could still take from the journal is not sent: a server never has
/// events that the journal has not.
/// </summary>
/// <param name="journal">Where the events are.</param>
/// <param name="server">Where they go.</param>
/// <param name="timers">Only its timers are used.</param>
/// <param name="options">How it behaves.</param>
public sealed class JournalForwarder(JournalStore journal, IEventStore server, TimeProvider timers, ForwarderOptions? options = null)
{
    private const int MaxConflicts = 5;

    private static readonly TimeSpan FlushLook = TimeSpan.FromMilliseconds(20);

    private readonly ForwarderOptions options = options ?? new ForwarderOptions();

    // Of the stream that was carried last: what the server had acknowledged, and an alarm that was raised, outlast an error.
    private State? kept;

    /// <summary>
    /// Follows a stream until it is sealed in the journal and on the server. Without <paramref name="follow"/> it ends when
    /// what is in the journal now is on the server. Called again after an error, for the same stream, it goes on with what it knew of the
    /// server. One call at a time.
    /// </summary>
    /// <param name="stream">The stream; with <paramref name="follow"/> it need not exist yet.</param>
    /// <param name="follow">True to go on with what is appended.</param>
    /// <param name="ct">Ends it with an <see cref="OperationCanceledException"/>; a later one goes on from there.</param>
    /// <returns>Where it ended.</returns>
    /// <exception cref="StoreUnreachableException">The server was away for longer than <see cref="ForwarderOptions.GiveUpAfter"/>.</exception>
    /// <exception cref="StreamConflictException">The server has other events, or more, under this stream's name; it is left as it is.</exception>
    /// <exception cref="StoreRefusedException">The server refuses.</exception>
    public async Task<ForwarderProgress> ForwardAsync(StreamName stream, bool follow, CancellationToken ct = default)
    {
        var state = kept?.Stream == stream ? kept : new State(stream);
        kept = state;
        state.Conflicts = 0;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                await ConnectAsync(state, ct).ConfigureAwait(false);
                if (await CarryAsync(state, follow, ct).ConfigureAwait(false))
                {
                    return state.Progress;
                }
            }
            catch (StoreUnreachableException e)
            {
                await WaitAsync(state, e, ct).ConfigureAwait(false);
            }
            catch (StreamConflictException e) when (e is not EventConflictException && ++state.Conflicts < MaxConflicts)
            {
                // The server is elsewhere than it was a moment ago: it is asked again. Only without progress it is an error.
            }
        }
    }

    // What the server has, and that it is ours.
    private async Task ConnectAsync(State state, CancellationToken ct)
    {
        var there = await server.FindAsync(state.Stream, ct).ConfigureAwait(false);
        var here = await journal.FindAsync(state.Stream, ct).ConfigureAwait(false);
        var version = there?.Version ?? 0;
        if (version != state.Server)
        {
            // Somebody else carries the same stream, or the server was put back: either way it is another conflict next time.
            state.Conflicts = 0;
        }

        if (version < state.Acknowledged)
        {
            state.Acknowledged = version;
            options.Lost?.Invoke(state.Stream);
        }

        state.Server = version;
        state.Journal = here?.Version ?? 0;
        state.IsSealedThere = there?.Sealed ?? false;
        if (state.Server > state.Journal)
        {
            throw new StreamConflictException(state.Stream, state.Journal, state.Server);
        }

        if (state.IsSealedThere && (here!.ContentHash is not { } hash || there!.ContentHash != hash))
        {
            throw new StreamSealedException(state.Stream, state.Server);
        }

        if (state.Server > 0)
        {
            var ours = await RecordAsync(journal, state, ct).ConfigureAwait(false);
            var theirs = await RecordAsync(server, state, ct).ConfigureAwait(false);
            if (theirs.Length == 0)
            {
                // Emptied between the two questions: it is asked again.
                throw new StreamConflictException(state.Stream, state.Server, 0);
            }

            if (!ours.AsSpan().SequenceEqual(theirs))
            {
                throw new EventConflictException(state.Stream, state.Server, state.Server, state.Server);
            }
        }

        state.Acknowledged = state.Server;
        if (state.Server < state.Journal)
        {
            // That it answers does not say that it takes anything: a full disk, or a server that became read-only, lets itself be read.
            options.Progress?.Invoke(state.Progress);
        }
        else if (state.IsSealedThere || here is not { Sealed: true })
        {
            Arrived(state);
        }
    }

    // True when there is nothing left to do.
    private async Task<bool> CarryAsync(State state, bool follow, CancellationToken ct)
    {
        if (state.IsSealedThere)
        {
            return true;
        }

        if (!follow && state.Journal == 0)
        {
            throw new StreamNotFoundException(state.Stream, journal.Place);
        }

        var batch = new EventBatch(options.MaxBytes);
        var record = new ByteBuffer();
        var written = state.Journal;
        var pages = follow ? journal.SubscribeAsync(state.Stream, state.Server + 1, ct) : journal.ReadAsync(state.Stream, state.Server + 1, null, ct);
        await foreach (var page in pages.ConfigureAwait(false))
        {
            state.Journal = Math.Max(state.Journal, page.LastSequence);
            foreach (var (header, payload) in page)
            {
                record.Clear();
                EventRecord.Write(record, header, payload.Span);
                if (CarriedBatch.IsFull(batch, record.Length, options.MaxEvents, options.MaxBytes))
                {
                    await SendAsync(state, batch, follow, ct).ConfigureAwait(false);
                }

                batch.AddRecord(record.Span);
            }

            // Where a batch ends follows from where it begins and from what is in the journal, not from how that is paged: one
            // that is sent again, by whomever, reaches at least as far. EventStoreDB needs that to complete a batch cut off.
            if (page.LastSequence >= written)
            {
                written = (await journal.FindAsync(state.Stream, ct).ConfigureAwait(false))?.Version ?? 0;
            }

            if (page.LastSequence >= written)
            {
                await SendAsync(state, batch, follow, ct).ConfigureAwait(false);
            }
        }

        await SendAsync(state, batch, follow, ct).ConfigureAwait(false);

        if (journal.ReadManifest(state.Stream) is { } manifest)
        {
            if (state.Server < manifest.Events)
            {
                // More was written, and it was sealed, since the last page was read.
                return false;
            }

            StreamManifest made;
            try
            {
                made = await server.SealAsync(state.Stream, manifest.SealedBy, manifest.Notes, ct).ConfigureAwait(false);
            }
            catch (StreamSealedException)
            {
                // By another forwarder, or by our own request whose answer was lost: the next connect compares the content hashes.
                return false;
            }
            catch (StreamNotFoundException)
            {
                // The server's, not the journal's: it came back empty while it was sealing, and gets everything again.
                return false;
            }

            if (made.ContentHash != manifest.ContentHash)
            {
                throw new StreamDamagedException(state.Stream, 1, $"{server.Place} has content hash {made.ContentHash}, the journal {manifest.ContentHash}.");
            }

            Arrived(state);
        }

        return true;
    }

    private async Task SendAsync(State state, EventBatch batch, bool follow, CancellationToken ct)
    {
        if (batch.Count == 0)
        {
            return;
        }

        await RequireOnDiskAsync(state, batch.LastSequence, follow, ct).ConfigureAwait(false);
        await server.AppendAsync(state.Stream, batch.FirstSequence - 1, batch, Durability.EveryAppend, ct).ConfigureAwait(false);
        state.Server = batch.LastSequence;
        state.Acknowledged = state.Server;
        state.Conflicts = 0;
        batch.Clear();
        if (follow)
        {
            // The page in hand ends where the journal ended when it was read. How far a slow server is behind, the journal's end says.
            state.Journal = Math.Max(state.Journal, (await journal.FindAsync(state.Stream, ct).ConfigureAwait(false))?.Version ?? 0);
        }

        Arrived(state);
    }

    // A writer that is at work flushes by itself, and is left to it; what nobody flushes is flushed here.
    private async Task RequireOnDiskAsync(State state, long version, bool follow, CancellationToken ct)
    {
        for (var waited = TimeSpan.Zero; version > state.OnDisk; waited += FlushLook)
        {
            if (journal.IsOnDisk(state.Stream, version))
            {
                state.OnDisk = version;
            }
            else if (follow && waited < options.FlushPatience)
            {
                await Task.Delay(FlushLook, timers, ct).ConfigureAwait(false);
            }
            else
            {
                var written = (await journal.FindAsync(state.Stream, ct).ConfigureAwait(false))?.Version ?? 0;
                journal.FlushWritten(state.Stream);
                state.OnDisk = Math.Max(written, version);
            }
        }
    }

    private static async Task<byte[]> RecordAsync(IEventStore store, State state, CancellationToken ct)
    {
        var record = new ByteBuffer();
        await foreach (var page in store.ReadAsync(state.Stream, state.Server, null, ct).ConfigureAwait(false))
        {
            var (header, payload) = page[0];
            EventRecord.Write(record, header, payload.Span);
            break;
        }

        return record.Span.ToArray();
    }

    // The server has taken something, or there is nothing to take: only that ends its being away.
    private void Arrived(State state)
    {
        state.AwaySince = null;
        state.Away = TimeSpan.Zero;
        state.Wait = TimeSpan.Zero;
        options.Progress?.Invoke(state.Progress);
        if (IsFarBehind(state))
        {
            Raise(state, Lag(state));
        }
        else if (state.Alarmed && state.Progress.Behind <= options.MaxEvents)
        {
            // Only now: what is missing after an hour is not there with the first batch, and at the limit it would come and go.
            state.Alarmed = false;
            options.Alarm?.Invoke(new ForwarderAlarm(state.Progress, false, $"{server.Place} has caught up"));
        }
    }

    private bool IsFarBehind(State state) => state.Progress.Behind >= options.AlarmBehind;

    private string Lag(State state) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{server.Place} is {state.Progress.Behind} events behind the journal");

    private async Task WaitAsync(State state, StoreUnreachableException why, CancellationToken ct)
    {
        // From the first failure on, attempts that took their time included.
        state.Away = state.AwaySince is { } since ? timers.GetElapsedTime(since) : TimeSpan.Zero;
        state.AwaySince ??= timers.GetTimestamp();
        state.Wait = state.Wait == TimeSpan.Zero ? options.RetryInterval : TimeSpan.FromTicks(Math.Min(state.Wait.Ticks * 2, options.MaxRetryInterval.Ticks));
        if (options.GiveUpAfter is { } most && state.Away + state.Wait > most)
        {
            // A later call waits as long again.
            state.AwaySince = null;
            state.Wait = TimeSpan.Zero;
            var waited = state.Away < TimeSpan.FromSeconds(1) ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"it was waited for {state.Away.TotalSeconds:0} s; ");
            throw new StoreUnreachableException(server.Place, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{waited}{state.Progress.Server} of {state.Progress.Journal} events of {state.Stream} are known to be there, the journal has them all. {why.Reason}"), why);
        }

        await Task.Delay(state.Wait, timers, ct).ConfigureAwait(false);
        state.Away = timers.GetElapsedTime(state.AwaySince.Value);
        state.Journal = Math.Max(state.Journal, (await journal.FindAsync(state.Stream, ct).ConfigureAwait(false))?.Version ?? 0);
        options.Progress?.Invoke(state.Progress);
        if (state.Away >= options.AlarmAfter)
        {
            Raise(state, why.Message);
        }
        else if (IsFarBehind(state))
        {
            Raise(state, Lag(state));
        }
    }

    private void Raise(State state, string reason)
    {
        if (!state.Alarmed)
        {
            state.Alarmed = true;
            options.Alarm?.Invoke(new ForwarderAlarm(state.Progress, true, reason));
        }
    }

    private sealed class State(StreamName stream)
    {
        public StreamName Stream { get; } = stream;

        public long Journal { get; set; }

        public long Server { get; set; }

        // The last that is known to have been there and ours; what others put there is none of it.
        public long Acknowledged { get; set; }

        public bool IsSealedThere { get; set; }

        public long OnDisk { get; set; }

        public bool Alarmed { get; set; }

        public int Conflicts { get; set; }

        public long? AwaySince { get; set; }

        public TimeSpan Away { get; set; }

        public TimeSpan Wait { get; set; }

        public ForwarderProgress Progress => new(Stream, Journal, Server, Away);
    }
}
