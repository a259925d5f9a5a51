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
    private int waiting;
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
        foreach (var symbol in symbols)
        {
            symbol.Tap?.OnRead(read);
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
            return;
        }

        // Until the old connection has been read to its end the next one's messages wait: taken as they come, one that
        // overtakes the old one's would look like a hole.
        held.Add(receiveTime, utf8);
        Find(utf8)?.Heard(connection.Id, utf8);
    }

    /// <inheritdoc/>
    public void OnUp(StreamConnection connection, string why) => Tell(true, $"connection {connection.Id} is up after {why}", () => tally.Connections++);

    /// <inheritdoc/>
    public void OnDown(string why) => Tell(false, why, () => tally.Losses++);

    /// <inheritdoc/>
    public void OnOverlap(StreamConnection old, StreamConnection next, string why) =>
        Tell(true, $"connection {next.Id} is up beside connection {old.Id}: {why}", () =>
        {
            waiting = next.Id;
            tally.Connections++;
            tally.Shutdowns += why.Contains("serverShutdown", StringComparison.Ordinal) ? 1 : 0;
        });

    /// <inheritdoc/>
    public void OnTakenOver(StreamConnection old, StreamConnection next)
    {
        lock (Gate)
        {
            if (waiting == next.Id)
            {
                held.PlayAll((receiveTime, utf8) => Take(next.Id, receiveTime, utf8, isHeld: true));
                tally.Renewals++;
            }

            held.Clear();
            waiting = 0;
            Tell(true, $"connection {next.Id} goes on alone, connection {old.Id} is closed", () => { });
        }
    }

    /// <inheritdoc/>
    public void OnFailure(Exception failure, TimeSpan wait)
    {
        lock (Gate)
        {
            tally.FailedConnections++;
            tally.Note(clock.Now, FormattableString.Invariant($"{failure.Message} Next attempt in {wait.TotalSeconds:0.0} s."));
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
