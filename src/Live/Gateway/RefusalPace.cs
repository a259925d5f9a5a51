using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Live.Gateway;

/// <summary>
/// When the engine is told that orders of a side were refused. It decides anew on that very event, so a side that is refused again and
/// again would be asked for at the speed of the round trip: events without end here, refused requests at the venue, in the end a ban. From
/// the second refusal in a row on the answer waits, and with it the side: 0.25 s and twice as long each time. What was accepted, an account
/// that comes up again, and the end of the desk's work make an end of the waiting. Everything here is done under the gateway's lock.
/// </summary>
internal sealed class RefusalPace(OrderGateway gateway, bool isOn, Action<OrderRejected, long, long> tell)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);

    // An order that would have matched says that the market moved: it soon moves again. Any other reason stays for a while.
    private static readonly TimeSpan LongestOfAMarketThatMoves = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly int[] inARow = new int[2];
    private readonly List<Refusal> held = [];

    /// <summary>Refusals that wait to be told.</summary>
    public int Held => held.Count;

    /// <summary>An order of a side was refused.</summary>
    public void Refused(Side side, in OrderRejected rejected, long venueTime, long requestSequence, bool now)
    {
        var before = inARow[(int)side]++;
        if (!isOn || now || before == 0)
        {
            tell(rejected, venueTime, requestSequence);
            return;
        }

        var refusal = new Refusal(rejected, venueTime, requestSequence);
        held.Add(refusal);
        _ = LaterAsync(refusal, Pause(before, rejected.Reason));
    }

    /// <summary>An order of a side was accepted.</summary>
    public void Accepted(Side side) => inARow[(int)side] = 0;

    /// <summary>Nothing waits any longer: everything is in order again, or comes to its end.</summary>
    public void Release()
    {
        Array.Clear(inARow);
        while (held.Count > 0)
        {
            Tell(held[0]);
        }
    }

    /// <summary>How long an answer waits behind so many refusals in a row.</summary>
    internal static TimeSpan Pause(int before, OrderRejectReason reason)
    {
        var longest = reason == OrderRejectReason.WouldMatch ? LongestOfAMarketThatMoves : Longest;
        return before > 20 ? longest : TimeSpan.FromTicks(Math.Min(longest.Ticks, First.Ticks << (before - 1)));
    }

    private async Task LaterAsync(Refusal refusal, TimeSpan pause)
    {
        try
        {
            await gateway.Later(pause).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The gateway is closed: it is told what is to be told.
        }

        lock (gateway.Gate)
        {
            Tell(refusal);
        }
    }

    private void Tell(Refusal refusal)
    {
        if (held.Remove(refusal))
        {
            tell(refusal.Rejected, refusal.VenueTime, refusal.RequestSequence);
        }
    }

    private sealed class Refusal(in OrderRejected rejected, long venueTime, long requestSequence)
    {
        public OrderRejected Rejected { get; } = rejected;

        public long VenueTime { get; } = venueTime;

        public long RequestSequence { get; } = requestSequence;
    }
}
