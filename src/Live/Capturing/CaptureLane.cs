using EventSourcedMM.Live.Connections;

namespace EventSourcedMM.Live.Capturing;

/// <summary>The symbols that share a connection. Its gate is held while their messages are recorded, once for all that came together.</summary>
internal sealed class CaptureLane(Clock clock, CaptureTally tally) : IKeptStreams
{
    private static readonly byte[] Envelope = "{\"stream\":\""u8.ToArray();

    // An overlap that holds more than this ends at once.
    private const int MostHeld = 64 << 20;

    private readonly List<SymbolCapture> symbols = [];
    private readonly HeldMessages held = new();
    private readonly List<StreamConnection> up = [];
    private int waiting;
    private long answered;
    private (int Connection, long Missing)? renewal;
    private SymbolCapture? latest;

    /// <summary>Held by whoever touches the lane's symbols.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The symbols.</summary>
    public List<SymbolCapture> Symbols => symbols;

    /// <summary>Receive stamp minus venue stamp, corrected by the clock's offset, since somebody last cleared it.</summary>
    public DelayHistogram Delays { get; } = new();

    /// <summary>Messages received.</summary>
    public long Messages { get; private set; }

    /// <summary>Bytes of them.</summary>
    public long Bytes { get; private set; }

    /// <summary>True while a connection is up.</summary>
    public bool IsUp { get; private set; }

    /// <summary>Pings of the venue, all answered.</summary>
    public long Pings
    {
        get
        {
            lock (Gate)
            {
                return answered + up.Sum(c => c.Pings);
            }
        }
    }

    /// <summary>Adds a symbol, before anything is received.</summary>
    public void Add(SymbolCapture symbol)
    {
        symbols.Add(symbol);
        latest = symbol;
    }

    /// <inheritdoc/>
    public void OnBurst(StreamConnection connection)
    {
        // Before the gate: what waits for it is late, too.
        var read = Clock.Timers.GetTimestamp();
        Gate.Enter();
        try
        {
            foreach (var symbol in symbols)
            {
                symbol.Tap?.OnRead(read);
            }
        }
        catch
        {
            // No end follows a burst that did not begin.
            Gate.Exit();
            throw;
        }
    }

    /// <inheritdoc/>
    public void OnBurstEnd(StreamConnection connection) => Gate.Exit();

    /// <inheritdoc/>
    public void OnMessage(StreamConnection connection, long receiveTime, ReadOnlySpan<byte> utf8)
    {
        Messages++;
        Bytes += utf8.Length;
        if (connection.Id != waiting)
        {
            Take(connection.Id, receiveTime, utf8);
            if (renewal is not null)
            {
                Prove(isLast: false);
            }

            return;
        }

        // Until the old connection has been read to its end the next one's messages wait: taken as they come, one that
        // overtakes the old one's would look like a hole.
        held.Add(receiveTime, utf8);
        Find(utf8)?.Heard(connection.Id, utf8);
    }

    /// <inheritdoc/>
    public void OnUp(StreamConnection connection, string why) => Tell(true, $"connection {connection.Id} is up after {why}", () =>
    {
        up.Add(connection);
        tally.Connections.Add();
    });

    /// <inheritdoc/>
    public void OnDown(StreamConnection connection, string why)
    {
        lock (Gate)
        {
            // What the loss costs is no matter of the renewal before it; what that one cost shows with the next diffs only.
            renewal = null;
            Tell(false, $"{why}; {Over(connection)}", () => tally.Losses.Add());
        }
    }

    /// <inheritdoc/>
    public void OnOverlap(StreamConnection old, StreamConnection next, string why) =>
        Tell(true, $"connection {next.Id} is up beside connection {old.Id}: {why}", () =>
        {
            Prove(isLast: true);
            up.Add(next);
            waiting = next.Id;
            tally.Connections.Add();
            tally.Shutdowns.Add(why.Contains("serverShutdown", StringComparison.Ordinal) ? 1 : 0);
        });

    /// <inheritdoc/>
    public void OnTakenOver(StreamConnection old, StreamConnection next)
    {
        lock (Gate)
        {
            if (waiting == next.Id)
            {
                renewal = (next.Id, symbols.Sum(s => s.Missing));
                held.PlayAll((receiveTime, utf8) => Take(next.Id, receiveTime, utf8, isHeld: true));
                Prove(isLast: false);
            }

            held.Clear();
            waiting = 0;
            Tell(true, $"connection {next.Id} goes on alone, connection {old.Id} is closed; {Over(old)}", () => { });
        }
    }

    /// <inheritdoc/>
    public void OnFailure(Exception failure, TimeSpan wait)
    {
        lock (Gate)
        {
            tally.FailedConnections.Add();
            tally.Refusals.Add(failure is VenueRefusedException { IsBan: true } ? 1 : 0);
            var now = clock.Now;
            var detail = FormattableString.Invariant($"an attempt to connect failed: {failure.Message} Next attempt in {wait.TotalSeconds:0.0} s.");
            foreach (var symbol in symbols)
            {
                symbol.OnAttemptFailed(now, detail);
            }

            tally.Note(now, detail);
        }
    }

    /// <summary>A request that is of no symbol was refused, or failed: each recording keeps it.</summary>
    public void OnRequestFailed(string what, Exception failure)
    {
        lock (Gate)
        {
            symbols.ForEach(s => s.OnRequestFailed(what, failure));
        }
    }

    /// <summary>A request that is of no symbol waits for the weight budget: each recording keeps it.</summary>
    public void OnRequestHeld(string what, HeldRequest request)
    {
        lock (Gate)
        {
            symbols.ForEach(s => s.OnRequestHeld(what, request));
        }
    }

    /// <summary>The capture ends: a renewal that no hole has shown since was one without.</summary>
    public void End()
    {
        lock (Gate)
        {
            Prove(isLast: true);
        }
    }

    /// <inheritdoc/>
    public bool HasCaughtUp(StreamConnection next)
    {
        lock (Gate)
        {
            return held.Bytes > MostHeld || symbols.TrueForAll(s => !s.HasBook || s.DiffsFrom == next.Id);
        }
    }

    // A renewal was without a hole when each book has gone on with a diff of the next connection, and nothing is missing.
    private void Prove(bool isLast)
    {
        if (renewal is not { } made)
        {
            return;
        }

        var gone = isLast;
        for (var i = 0; !gone && (!symbols[i].HasBook || symbols[i].DiffsTakenFrom == made.Connection); i++)
        {
            gone = i == symbols.Count - 1;
        }

        if (gone)
        {
            // Less is missing where one that was missing before came late meanwhile.
            tally.Renewals.Add(symbols.Sum(s => s.Missing) <= made.Missing ? 1 : 0);
            renewal = null;
        }
    }

    private string Over(StreamConnection connection)
    {
        up.Remove(connection);
        answered += connection.Pings;
        return FormattableString.Invariant($"{connection.Pings} pings were answered on it");
    }

    private void Take(int connection, long receiveTime, ReadOnlySpan<byte> utf8, bool isHeld = false)
    {
        if (Find(utf8) is { } symbol)
        {
            symbol.OnMessage(connection, receiveTime, utf8, isHeld);
            return;
        }

        // The venue's word to everybody, such as serverShutdown: each recording keeps it.
        foreach (var each in symbols)
        {
            each.OnMessage(connection, receiveTime, utf8, isHeld);
        }
    }

    private void Tell(bool up, string detail, Action count)
    {
        lock (Gate)
        {
            count();
            IsUp = up;
            var now = clock.Now;
            foreach (var symbol in symbols)
            {
                symbol.OnConnection(now, up, detail);
            }

            tally.Note(now, detail);
        }
    }

    private SymbolCapture? Find(ReadOnlySpan<byte> utf8)
    {
        if (!utf8.StartsWith(Envelope))
        {
            return null;
        }

        // Messages of one symbol often come together.
        var name = utf8[Envelope.Length..];
        if (name.StartsWith(latest!.StreamPrefix))
        {
            return latest;
        }

        foreach (var symbol in symbols)
        {
            if (name.StartsWith(symbol.StreamPrefix))
            {
                return latest = symbol;
            }
        }

        return null;
    }
}
