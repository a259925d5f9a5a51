using System.Globalization;
using System.Text;

namespace EventSourcedMM.VenueSim.Sockets;

/// <summary>
/// The pings of a connection and what their pongs tell: that the client lives, and that it has read everything sent
/// before the ping. The second is how the venue at full speed goes no faster than its clients read, whatever the sockets
/// between them hold.
/// </summary>
internal sealed class PingTracker
{
    private readonly Queue<Sent> unanswered = new();
    private long lastOrdinal;
    private long answered;

    /// <summary>Messages that the client is known to have read.</summary>
    public long MessagesRead { get; private set; }

    /// <summary>Venue time of the oldest ping without an answer that keeps the connection alive; null when none is out.</summary>
    public Sent? OldestDue
    {
        get
        {
            Settle();
            foreach (var ping in unanswered)
            {
                if (ping.IsDue)
                {
                    return ping;
                }
            }

            return null;
        }
    }

    /// <summary>A ping that was sent.</summary>
    /// <param name="Ordinal">From 1.</param>
    /// <param name="Time">Venue time.</param>
    /// <param name="Machine">Moment of the machine.</param>
    /// <param name="Messages">Messages sent before it.</param>
    /// <param name="IsDue">True for the regular pings: without a pong in a minute the connection is closed.</param>
    public readonly record struct Sent(long Ordinal, long Time, long Machine, long Messages, bool IsDue);

    /// <summary>Notes a ping and returns its payload: the venue's time in milliseconds, and the ping's number.</summary>
    public byte[] Next(long time, long machine, long messages, bool isDue)
    {
        var ordinal = lastOrdinal + 1;
        Volatile.Write(ref lastOrdinal, ordinal);
        unanswered.Enqueue(new Sent(ordinal, time, machine, messages, isDue));
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{time / 1_000_000}.{ordinal}"));
    }

    /// <summary>A pong came, on whatever thread; false when it answers no ping of ours.</summary>
    public bool OnPong(ReadOnlySpan<byte> payload)
    {
        var dot = payload.IndexOf((byte)'.');
        if (dot < 0 || !long.TryParse(payload[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            || ordinal > Volatile.Read(ref lastOrdinal))
        {
            return false;
        }

        // An answer stands for all pings before it: the protocol lets a client answer the latest alone.
        if (ordinal > Volatile.Read(ref answered))
        {
            Volatile.Write(ref answered, ordinal);
        }

        return true;
    }

    /// <summary>Takes in the answers that came.</summary>
    public void Settle()
    {
        var upTo = Volatile.Read(ref answered);
        while (unanswered.TryPeek(out var ping) && ping.Ordinal <= upTo)
        {
            unanswered.Dequeue();
            MessagesRead = ping.Messages;
        }
    }
}
