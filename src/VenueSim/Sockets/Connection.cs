using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Streams;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;

namespace EventSourcedMM.VenueSim.Sockets;

/// <summary>A WebSocket connection as the venue's loop sees it: what it listens to, what was sent, what goes wrong on it.</summary>
internal sealed class Connection
{
    /// <summary>At full speed a client may be this many messages behind.</summary>
    public const int Window = 256;

    /// <summary>At a given speed a client may leave this many bytes unread; then it is too slow and is cut.</summary>
    public const long MostQueued = 64 << 20;

    private const int PingAfter = Window / 4;

    // A message that waits for the next one goes out by itself after this time.
    private const long LongestReorder = 1_000_000_000;

    private readonly VenueClock clock;
    private readonly TimerQueue timers;
    private readonly FaultDirector faults;
    private readonly Action aborted;
    private readonly FrameTally tally;
    private readonly ByteBuffer stalled = new();
    private readonly List<VenueTimer> ownTimers = [];
    private readonly List<Topic> topics = [];
    private int served;
    private int stalledFrames;

    // Read by the task that reads from the socket, too.
    private volatile bool isHalfOpen;
    private byte[]? heldBack;
    private long pingedAt;
    private long stallEnd;

    /// <summary>A connection that was just opened.</summary>
    public Connection(long id, bool combined, TimeUnit unit, string client, VenueClock clock, TimerQueue timers, FaultDirector faults, FrameTally tally, Action aborted)
    {
        Id = id;
        Combined = combined;
        Unit = unit;
        Client = client;
        OpenedAt = clock.Now;
        this.clock = clock;
        this.timers = timers;
        this.faults = faults;
        this.aborted = aborted;
        this.tally = tally;
    }

    /// <summary>From 1, in the order of opening.</summary>
    public long Id { get; }

    /// <summary>True when messages come in an envelope with the stream's name.</summary>
    public bool Combined { get; set; }

    /// <summary>Unit of times.</summary>
    public TimeUnit Unit { get; }

    /// <summary>The client's address and port.</summary>
    public string Client { get; }

    /// <summary>Venue time of its opening.</summary>
    public long OpenedAt { get; }

    /// <summary>Takes what the client says, where that is no request for streams; null on a connection for streams.</summary>
    public Action<byte[]>? OnMessage { get; set; }

    /// <summary>Told when the connection is gone.</summary>
    public Action? OnGone { get; set; }

    /// <summary>Streams in the order of subscription.</summary>
    public IReadOnlyList<Topic> Topics => topics;

    /// <summary>What is on its way.</summary>
    public Outbox Outbox { get; } = new();

    /// <summary>Pings and what their answers tell.</summary>
    public PingTracker Pings { get; } = new();

    /// <summary>Stream messages sent or lost on purpose.</summary>
    public long Messages { get; private set; }

    /// <summary>True when nothing comes or goes any more, and nobody has said so.</summary>
    public bool IsHalfOpen => isHalfOpen;

    /// <summary>True when the venue is done with it.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>Machine moment since which it keeps the clock waiting; null when it does not.</summary>
    public long? BlockedSince { get; set; }

    /// <summary>True when it listens to something that the venue serves: at full speed the clock runs for its sake.</summary>
    public bool IsReader => served > 0 && !IsHalfOpen && !IsClosing;

    /// <summary>True when it is open for something else than streams: its pings are waited for, the clock does not run for it.</summary>
    public bool IsApi => OnMessage is not null && !IsHalfOpen && !IsClosing;

    /// <summary>True while a stall lasts.</summary>
    public bool IsStalled => clock.Now < stallEnd;

    /// <summary>True when it is further behind than it may be, by its own fault.</summary>
    public bool IsBehind
    {
        get
        {
            Pings.Settle();
            return !IsStalled && Messages - Pings.MessagesRead > Window;
        }
    }

    /// <summary>Listens to a stream, too.</summary>
    public void Join(Topic topic)
    {
        topics.Add(topic);
        topic.Subscribers.Add(this);
        served += topic.Kind == TopicKind.Unknown ? 0 : 1;
    }

    /// <summary>Listens to a stream no more.</summary>
    public void Leave(Topic topic)
    {
        topics.Remove(topic);
        topic.Subscribers.Remove(this);
        served -= topic.Kind == TopicKind.Unknown ? 0 : 1;
    }

    /// <summary>Sends a stream's message, unless something goes wrong with it.</summary>
    public void Deliver(Topic topic, ReadOnlySpan<byte> payload, long firstId, long lastId)
    {
        if (IsClosing || IsHalfOpen)
        {
            return;
        }

        Messages++;
        var fault = faults.ForMessage(clock.Now, Id, Messages, topic.Name, firstId, lastId, out var late);
        if (fault is null)
        {
            Send(topic, payload);
        }
        else
        {
            DeliverBadly(fault.Value, late, topic, payload);
        }

        if (heldBack is { } held && fault != FaultKind.Reorder)
        {
            heldBack = null;
            SendFrames(held);
        }

        if (clock.Speed.IsMax && Messages - pingedAt >= PingAfter)
        {
            Ping(isDue: false);
        }
    }

    /// <summary>Sends a text that is no stream's message: an answer.</summary>
    public void SendText(ReadOnlySpan<byte> json)
    {
        if (!IsClosing && !IsHalfOpen)
        {
            SendFrame(FrameKind.Text, [], json, []);
        }
    }

    /// <summary>Sends a word of the control socket: nothing goes wrong with it, and it counts as nothing.</summary>
    public void SendControl(ReadOnlySpan<byte> json)
    {
        if (!IsClosing)
        {
            Outbox.Append(FrameKind.Text, [], json, []);
        }
    }

    /// <summary>Sends a message that goes to everybody, in an envelope where the connection wants one.</summary>
    public void SendEvent(string name, ReadOnlySpan<byte> payload)
    {
        if (!IsClosing && !IsHalfOpen)
        {
            SendFrame(FrameKind.Text, Combined ? Encoding.UTF8.GetBytes($"{{\"stream\":\"{name}\",\"data\":") : [], payload, Combined ? "}"u8 : []);
        }
    }

    /// <summary>Answers a client's ping.</summary>
    public void Pong(ReadOnlySpan<byte> payload)
    {
        if (!IsClosing && !IsHalfOpen)
        {
            SendFrame(FrameKind.Pong, [], payload, []);
        }
    }

    /// <summary>Sends a ping.</summary>
    /// <param name="isDue">True for a regular one, which must be answered within a minute.</param>
    public void Ping(bool isDue)
    {
        if (!IsClosing && !IsHalfOpen)
        {
            pingedAt = Messages;
            var payload = Pings.Next(clock.Now, clock.Machine, Messages, isDue);
            SendFrame(FrameKind.Ping, [], payload, []);
        }
    }

    /// <summary>Nothing comes for a while; then everything at once.</summary>
    public void Stall(long length)
    {
        stallEnd = Math.Max(stallEnd, clock.Now + length);
        Later(stallEnd, EndStall, demanded: true);
    }

    /// <summary>Nothing comes or goes any more.</summary>
    public void GoHalfOpen() => isHalfOpen = true;

    /// <summary>Breaks without a word.</summary>
    public void Cut()
    {
        Finish();
        aborted();
    }

    /// <summary>Closes in an orderly way.</summary>
    public void Close(CloseCode code, string reason)
    {
        if (IsClosing)
        {
            return;
        }

        if (IsHalfOpen)
        {
            Cut();
            return;
        }

        Span<byte> payload = stackalloc byte[125];
        payload[0] = (byte)((int)code >> 8);
        payload[1] = (byte)((int)code & 0xFF);
        var length = 2 + Encoding.ASCII.GetBytes(reason, payload[2..]);
        Outbox.AppendFrames(stalled.Span);
        stalled.Clear();
        Outbox.Append(FrameKind.Close, [], payload[..length], []);
        Finish();
    }

    /// <summary>The socket is gone, or about to be: nothing more is sent, its timers stop.</summary>
    public void Finish()
    {
        IsClosing = true;
        Outbox.Complete();
        foreach (var timer in ownTimers)
        {
            timer.Cancel();
        }
    }

    /// <summary>Sets a timer that stops with the connection.</summary>
    public void Later(long time, Action action, bool demanded = false)
    {
        ownTimers.RemoveAll(t => t.Cancelled);
        ownTimers.Add(timers.Set(time, action, demanded));
    }

    private void DeliverBadly(FaultKind fault, long late, Topic topic, ReadOnlySpan<byte> payload)
    {
        switch (fault)
        {
            case FaultKind.Duplicate:
                Send(topic, payload);
                Send(topic, payload);
                break;
            case FaultKind.Delay:
                var delayed = Frame(topic, payload);
                Later(clock.Now + late, () => SendFrames(delayed), demanded: true);
                break;
            case FaultKind.Reorder:
                if (heldBack is { } before)
                {
                    SendFrames(before);
                }

                var held = Frame(topic, payload);
                heldBack = held;
                Later(clock.Now + LongestReorder, () => Release(held), demanded: true);
                break;
        }
    }

    private void Release(byte[] held)
    {
        if (ReferenceEquals(heldBack, held))
        {
            heldBack = null;
            SendFrames(held);
        }
    }

    private void EndStall()
    {
        if (clock.Now >= stallEnd)
        {
            Outbox.AppendFrames(stalled.Span);
            stalled.Clear();
            tally.Frames += stalledFrames;
            stalledFrames = 0;
        }
    }

    private void Send(Topic topic, ReadOnlySpan<byte> payload) =>
        SendFrame(FrameKind.Text, Combined ? topic.Envelope : [], payload, Combined ? "}"u8 : []);

    private void SendFrame(FrameKind kind, ReadOnlySpan<byte> before, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> after)
    {
        if (IsStalled)
        {
            stalled.Write(Frame(kind, before, payload, after));
            stalledFrames += kind == FrameKind.Text ? 1 : 0;
        }
        else
        {
            Outbox.Append(kind, before, payload, after);
            tally.Frames += kind == FrameKind.Text ? 1 : 0;
        }
    }

    private void SendFrames(byte[] frames)
    {
        if (IsClosing || IsHalfOpen)
        {
            return;
        }

        if (IsStalled)
        {
            stalled.Write(frames);
            stalledFrames++;
        }
        else
        {
            Outbox.AppendFrames(frames);
            tally.Frames++;
        }
    }

    private byte[] Frame(Topic topic, ReadOnlySpan<byte> payload) =>
        Frame(FrameKind.Text, Combined ? topic.Envelope : [], payload, Combined ? "}"u8 : []);

    private static byte[] Frame(FrameKind kind, ReadOnlySpan<byte> before, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> after)
    {
        Span<byte> head = stackalloc byte[FrameCode.LongestHead];
        var length = FrameCode.WriteHead(head, kind, before.Length + payload.Length + after.Length);
        return [.. head[..length], .. before, .. payload, .. after];
    }
}
