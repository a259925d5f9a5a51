using EventSourcedMM.Domain.Book;
using EventSourcedMM.Live.Gateway.Wire;

namespace EventSourcedMM.Live.Gateway.Orders;

/// <summary>How far an order has got, as the engine was told.</summary>
internal enum OrderPhase
{
    /// <summary>Asked for, unanswered.</summary>
    Asked,

    /// <summary>Accepted.</summary>
    Resting,

    /// <summary>Refused: it never was in the book.</summary>
    Refused,

    /// <summary>Over.</summary>
    Over,
}

/// <summary>One order of this run: what the engine was told of it, and what is known beyond that.</summary>
internal sealed class TrackedOrder
{
    /// <summary>Our ordinal.</summary>
    public required long OrderId { get; init; }

    /// <summary>Its name at the venue.</summary>
    public required string ClientOrderId { get; init; }

    /// <summary>Side.</summary>
    public required Side Side { get; init; }

    /// <summary>Limit price.</summary>
    public required long Price { get; init; }

    /// <summary>Quantity that the engine wanted filled, from when it is counted here: all of it, or what was left at a restart.</summary>
    public required long Quantity { get; init; }

    /// <summary>Whether it may take.</summary>
    public Domain.Orders.OrderExecution Execution { get; init; }

    /// <summary>Sequence of the event that placed it; 0 when another session did.</summary>
    public long PlaceSequence { get; init; }

    /// <summary>When it was decided, in nanoseconds since the epoch by our clock: the venue took it later.</summary>
    public long RequestedAt { get; init; }

    /// <summary>True when an earlier session placed it: how much had filled before is to be asked.</summary>
    public bool IsRestored { get; init; }

    /// <summary>How far the engine was told.</summary>
    public OrderPhase Phase { get; set; }

    /// <summary>The venue's id; 0 until it is known.</summary>
    public long VenueOrderId { get; set; }

    /// <summary>Filled at the venue before <see cref="Quantity"/> counts.</summary>
    public long Before { get; set; }

    /// <summary>False while <see cref="Before"/> of a restored order is not known.</summary>
    public bool KnowsBefore { get; set; }

    /// <summary>Filled, as the engine was told.</summary>
    public long Filled { get; set; }

    /// <summary>Most that the venue has said is filled.</summary>
    public long Executed { get; set; }

    /// <summary>True while a cancel is unanswered.</summary>
    public bool CancelAsked { get; set; }

    /// <summary>Sequence of the event that asked for the cancel.</summary>
    public long CancelSequence { get; set; }

    /// <summary>True when everything of the symbol is being cancelled: its end is by our request.</summary>
    public bool SweepAsked { get; set; }

    /// <summary>Its end, known and not told because fills before it are missing.</summary>
    public PendingEnd? End { get; set; }

    /// <summary>The order that goes on in its place in the queue under another id, once this one's end is told.</summary>
    public TrackedOrder? Successor { get; set; }

    /// <summary>The order whose place it is to take by an amendment that is not answered yet.</summary>
    public TrackedOrder? Predecessor { get; set; }

    /// <summary>Trades that came before one that precedes them, by filled quantity after them.</summary>
    public SortedList<long, TradeFacts> Early { get; } = [];

    /// <summary>Amendments that its place in the queue has had.</summary>
    public int Amendments { get; set; }

    /// <summary>When the request that placed it left, by the clock's timestamps: a clock that is set does not move it.</summary>
    public long SentAt { get; set; }

    /// <summary>Requests about it that will be answered by themselves, each within its time-out.</summary>
    public int UnderWay { get; set; }

    /// <summary>True when whether its cancel arrived is not known: it may still be executed.</summary>
    public bool IsCancelInDoubt { get; set; }

    /// <summary>When the cancel fell into doubt, by the clock's timestamps: it left before.</summary>
    public long CancelInDoubtSince { get; set; }

    /// <summary>True when a cancel was told as not having arrived: should it arrive after all, the end is by our request.</summary>
    public bool CancelMayArrive { get; set; }

    /// <summary>True when it was told as never having arrived, though no answer of the venue said so.</summary>
    public bool NeverArrived { get; set; }

    /// <summary>Cancels that the venue refused in a row.</summary>
    public int CancelRefusals { get; set; }

    /// <summary>When the venue first said, since it last knew the order, that it does not; by the clock's timestamps. Null while it does.</summary>
    public long? UnknownSince { get; set; }

    /// <summary>True when somebody waits for an answer about it and no request is under way that would bring one.</summary>
    public bool IsLeftInDoubt => (Phase == OrderPhase.Asked || CancelAsked) && UnderWay == 0;

    /// <summary>What has not filled, as the engine was told.</summary>
    public long Remaining => Quantity - Filled;

    /// <summary>True when the venue can still have something to say.</summary>
    public bool IsOpen => Phase is OrderPhase.Asked or OrderPhase.Resting;

    /// <summary>True when the venue says that more is filled than the trades heard of.</summary>
    public bool LacksTrades => IsOpen && (Executed > Before + Filled || !KnowsBefore || Early.Count > 0);

    /// <summary>True when the engine waits for an answer about it.</summary>
    public int Unanswered => (Phase == OrderPhase.Asked ? 1 : 0) + (CancelAsked ? 1 : 0);

    /// <inheritdoc/>
    public override string ToString() => $"order {OrderId} ({ClientOrderId})";

    /// <summary>Everything that is known of it, for whoever looks for what is missing.</summary>
    public string Describe() => FormattableString.Invariant(
        $"{this} venue id {VenueOrderId}: {Phase}, {Quantity} asked, {Filled} filled after {Before}{(KnowsBefore ? "" : " or more")}, {Executed} filled at the venue, {Early.Count} trades early, end {End}, cancel asked {CancelAsked}, successor {Successor?.OrderId}, predecessor {Predecessor?.OrderId}");

    /// <summary>An end that is known.</summary>
    /// <param name="Status">How it ended.</param>
    /// <param name="Executed">Filled quantity at its end.</param>
    /// <param name="Detail">The venue's words.</param>
    /// <param name="Time">The venue's stamp.</param>
    internal sealed record PendingEnd(VenueOrderStatus Status, long Executed, string Detail, long Time);
}
