using System.Text;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Streams;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Sockets;

/// <summary>
/// Opens, serves and ends stream connections by the venue's rules (web-socket-streams.md): a ping every 20 s, a pong
/// within a minute, five messages a second, 1024 streams, a life of 24 h. Used by the loop alone.
/// </summary>
internal sealed class ConnectionDesk(
    VenueOptions options, VenueClock clock, TimerQueue timers, FaultDirector faults, FrameTally tally, IReadOnlyDictionary<string, SymbolMarket> markets)
{
    /// <summary>Streams that a connection may listen to.</summary>
    public const int MostStreams = 1_024;

    /// <summary>Nanoseconds between pings.</summary>
    public const long PingInterval = 20_000_000_000;

    /// <summary>Nanoseconds within which a ping must be answered.</summary>
    public const long PongTime = 60_000_000_000;

    // At a high factor a minute of the venue is an instant of the machine: no client is cut for less silence than this.
    private const long LeastSilence = 2_000_000_000;

    private const int MessagesASecond = 5;
    private const int AttemptsInFiveMinutes = 300;

    private readonly List<Connection> connections = [];
    private readonly Dictionary<long, SlidingLimit> limits = [];
    private readonly Dictionary<string, Topic> silent = [];
    private readonly SlidingLimit attempts = new(AttemptsInFiveMinutes, 300_000_000_000);
    private readonly WireWriter json = new();
    private long opened;

    /// <summary>Open connections, oldest first.</summary>
    public IReadOnlyList<Connection> Connections => connections;

    /// <summary>Connections ever opened.</summary>
    public long Opened => opened;

    /// <summary>True when somebody listens: then the clock runs at full speed.</summary>
    public bool HasReaders => connections.Exists(c => c.IsReader);

    /// <summary>Notes an attempt to connect; false when there were too many.</summary>
    public bool TakeAttempt() => attempts.Take(clock.LimitTime);

    /// <summary>Opens a connection.</summary>
    /// <param name="combined">True for /stream.</param>
    /// <param name="unit">Unit of times.</param>
    /// <param name="streams">Streams named in the URL.</param>
    /// <param name="client">The client's address and port.</param>
    /// <param name="aborted">Ends the socket without a word.</param>
    /// <param name="isControl">True for a connection that steers the venue: nothing goes wrong with it, and it does not age.</param>
    public Connection Open(bool combined, TimeUnit unit, IEnumerable<string> streams, string client, Action aborted, bool isControl = false)
    {
        var connection = new Connection(++opened, combined, unit, client, clock, timers, faults, tally, aborted);
        connections.Add(connection);
        limits.Add(connection.Id, new SlidingLimit(MessagesASecond, 1_000_000_000));
        foreach (var stream in streams)
        {
            Subscribe(connection, stream);
        }

        if (isControl)
        {
            return connection;
        }

        SetPing(connection);
        connection.Later(clock.Now + options.ConnectionLife, () => connection.Close(CloseCode.GoingAway, "the connection has reached its age"));
        foreach (var kind in (FaultKind[])[FaultKind.Stall, FaultKind.Cut, FaultKind.HalfOpen])
        {
            SetFault(connection, kind, 1);
        }

        return connection;
    }

    /// <summary>The socket is gone.</summary>
    public void Remove(Connection connection)
    {
        connection.Finish();
        connections.Remove(connection);
        limits.Remove(connection.Id);
        connection.OnGone?.Invoke();
        foreach (var topic in connection.Topics.ToArray())
        {
            Leave(connection, topic);
        }
    }

    /// <summary>A frame came from a client; answers to our own pings do not come here.</summary>
    public void OnFrame(Connection connection, ClientFrame frame)
    {
        if (connection.IsClosing || connection.IsHalfOpen)
        {
            return;
        }

        try
        {
            Take(connection, frame);
        }
        catch (Exception e)
        {
            // A defect of the venue in what one client has sent ends its connection, and not the venue for all.
            connection.Close(CloseCode.InternalError, e.GetType().Name);
        }
    }

    private void Take(Connection connection, ClientFrame frame)
    {
        if (frame.Kind == FrameKind.Close)
        {
            connection.Close(CloseCode.Normal, "");
        }
        else if (connection.OnMessage is { } take && frame.Kind is FrameKind.Text or FrameKind.Binary)
        {
            take(frame.Payload);
        }
        else if (connection.OnMessage is null && !limits[connection.Id].Take(clock.LimitTime))
        {
            connection.Close(CloseCode.PolicyViolation, "Too many requests");
        }
        else if (frame.Kind == FrameKind.Ping)
        {
            connection.Pong(frame.Payload);
        }
        else if (frame.Kind is FrameKind.Text or FrameKind.Binary)
        {
            Answer(connection, frame.Payload);
        }
    }

    /// <summary>Whether the clock must wait before it may show a time, at full speed: somebody has not read enough, or has had no chance yet to answer a ping that is due by then.</summary>
    /// <param name="time">The time.</param>
    /// <param name="wait">How long to wait for a sign of life at most.</param>
    public bool MustWait(long time, out TimeSpan wait)
    {
        wait = Timeout.InfiniteTimeSpan;
        var waits = false;
        foreach (var connection in connections)
        {
            if (!(connection.IsReader || connection.IsApi) || !(connection.IsBehind || IsOverdue(connection, time)))
            {
                connection.BlockedSince = null;
                continue;
            }

            connection.BlockedSince ??= clock.Machine;
            var left = options.Patience - TimeSpan.FromTicks(clock.MachineSince(connection.BlockedSince.Value) / 100);
            if (left <= TimeSpan.Zero)
            {
                connection.Close(CloseCode.PolicyViolation, "no pong");
                continue;
            }

            waits = true;
            wait = wait == Timeout.InfiniteTimeSpan || left < wait ? left : wait;
        }

        return waits;
    }

    /// <summary>Hands to the sockets what was written, and cuts who cannot keep up.</summary>
    public void Flush()
    {
        for (var i = connections.Count - 1; i >= 0; i--)
        {
            var connection = connections[i];
            connection.Outbox.Flush();
            if (!connection.IsClosing && connection.Outbox.Queued > Connection.MostQueued)
            {
                connection.Cut();
            }
        }
    }

    /// <summary>Announces a shutdown to everybody.</summary>
    public void Announce()
    {
        foreach (var connection in connections)
        {
            json.Clear();
            StreamPayloads.ServerShutdown(json, connection.Unit, clock.Now + faults.ClockError);
            connection.SendEvent("!serverShutdown", json.Span);
        }
    }

    /// <summary>Closes everybody who connected up to a connection's number.</summary>
    public void CloseAll(string reason, long last = long.MaxValue)
    {
        foreach (var connection in connections)
        {
            if (connection.Id <= last)
            {
                connection.Close(CloseCode.GoingAway, reason);
            }
        }
    }

    /// <summary>Does a fault to connections, now.</summary>
    /// <param name="order">What, and to which connection; 0 for all.</param>
    /// <returns>How many connections it hit.</returns>
    public int Do(FaultOrder order)
    {
        var hit = connections.Where(c => !c.IsClosing && !c.IsHalfOpen && (order.Connection == 0 || c.Id == order.Connection)).ToArray();
        foreach (var connection in hit)
        {
            Do(connection, order.Rule, asked: true);
        }

        return hit.Length;
    }

    private static bool IsOverdue(Connection connection, long time) =>
        !connection.IsStalled && connection.Pings.OldestDue is { } ping && time >= ping.Time + PongTime;

    private void Do(Connection connection, FaultRule rule, bool asked)
    {
        var length = rule.Kind == FaultKind.Stall ? faults.LengthOf(rule) : 0;
        faults.Log.Add(clock.Now, rule.Kind, connection.Id, "", 0, 0, length, "", asked);
        switch (rule.Kind)
        {
            case FaultKind.Stall:
                connection.Stall(length);
                break;
            case FaultKind.Cut:
                connection.Cut();
                break;
            case FaultKind.HalfOpen:
                connection.GoHalfOpen();
                break;
        }
    }

    private void SetFault(Connection connection, FaultKind kind, long ordinal)
    {
        if (faults.NextIn(kind, connection.Id, ordinal) is { } wait)
        {
            connection.Later(clock.Now + wait, () =>
            {
                Do(connection, faults.Plan.Of(kind)!, asked: false);
                SetFault(connection, kind, ordinal + 1);
            });
        }
    }

    private void SetPing(Connection connection) => connection.Later(clock.Now + PingInterval, () =>
    {
        connection.Ping(isDue: true);
        connection.Later(clock.Now + PongTime, () => CheckPong(connection));
        SetPing(connection);
    });

    private void CheckPong(Connection connection)
    {
        if (connection.Pings.OldestDue is not { } ping || clock.Now < ping.Time + PongTime)
        {
            return;
        }

        if (!clock.Speed.IsMax && clock.MachineSince(ping.Machine) < LeastSilence)
        {
            connection.Later(clock.Now + (long)(LeastSilence * clock.Speed.Factor), () => CheckPong(connection));
        }
        else
        {
            connection.Close(CloseCode.PolicyViolation, "no pong");
        }
    }

    private void Answer(Connection connection, byte[] message)
    {
        string answer;
        try
        {
            var request = ControlRequest.Parse(message);
            answer = Do(connection, request);
        }
        catch (ControlException e)
        {
            answer = ControlRequest.Refusal(e);
        }
        catch (InvalidOperationException)
        {
            // A text in it is no Unicode: half a surrogate pair.
            answer = ControlRequest.Refusal(new ControlException(3, "Invalid JSON: expected value at line 1 column 1", "null"));
        }

        connection.SendText(Encoding.UTF8.GetBytes(answer));
    }

    private string Do(Connection connection, ControlRequest request)
    {
        switch (request.Method)
        {
            case "SUBSCRIBE":
                var streams = request.Streams().ToArray();
                if (streams.Concat(connection.Topics.Select(t => t.Name)).Distinct().Count() > MostStreams)
                {
                    throw new ControlException(4, "Too many subscriptions", request.Id);
                }

                Array.ForEach(streams, s => Subscribe(connection, s));
                return request.Answer("null");
            case "UNSUBSCRIBE":
                foreach (var stream in request.Streams().ToArray())
                {
                    Unsubscribe(connection, stream);
                }

                return request.Answer("null");
            case "LIST_SUBSCRIPTIONS":
                return request.Answer(connection.Topics.Select(t => t.Name));
            case "SET_PROPERTY":
                request.RequireCombined(2);
                connection.Combined = request.Value();
                return request.Answer("null");
            default:
                request.RequireCombined(1);
                return request.Answer(connection.Combined ? "true" : "false");
        }
    }

    private void Subscribe(Connection connection, string name)
    {
        if (connection.Topics.Any(t => t.Name == name))
        {
            return;
        }

        var (symbol, kind, depth) = Topic.Parse(name);
        Topic? topic;
        if (kind != TopicKind.Unknown && markets.TryGetValue(symbol, out var market))
        {
            topic = market.TopicOf(name, kind, depth);
        }
        else if (!silent.TryGetValue(name, out topic))
        {
            topic = new Topic(name, TopicKind.Unknown, 0);
            silent.Add(name, topic);
        }

        connection.Join(topic);
    }

    private void Unsubscribe(Connection connection, string name)
    {
        if (connection.Topics.FirstOrDefault(t => t.Name == name) is { } topic)
        {
            Leave(connection, topic);
        }
    }

    private void Leave(Connection connection, Topic topic)
    {
        connection.Leave(topic);
        if (topic.Kind == TopicKind.Unknown && topic.Subscribers.Count == 0)
        {
            silent.Remove(topic.Name);
        }
    }
}
