using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Live.Binance;

/// <summary>
/// One parsed message: the payload that <see cref="Kind"/> names is set. The object is reused by its parser; levels
/// are valid until the next message is parsed.
/// </summary>
public sealed class MarketMessage
{
    /// <summary>Set when <see cref="Kind"/> is <see cref="MessageKind.DepthDiff"/>.</summary>
    public DepthDiff DepthDiff;

    /// <summary>Set when <see cref="Kind"/> is <see cref="MessageKind.Trade"/>.</summary>
    public Trade Trade;

    /// <summary>Set when <see cref="Kind"/> is <see cref="MessageKind.AggregateTrade"/>.</summary>
    public AggregateTrade AggregateTrade;

    /// <summary>Set when <see cref="Kind"/> is <see cref="MessageKind.BestQuote"/>.</summary>
    public BestQuote BestQuote;

    /// <summary>Set when <see cref="Kind"/> is <see cref="MessageKind.PartialBook"/>.</summary>
    public PartialBook PartialBook;

    /// <summary>Set when <see cref="Kind"/> is <see cref="MessageKind.BookSnapshot"/>.</summary>
    public BookSnapshot BookSnapshot;

    /// <summary>Set when <see cref="Kind"/> is <see cref="MessageKind.Unknown"/> or <see cref="MessageKind.Malformed"/>: the message word for word.</summary>
    public VenueMessage VenueMessage = new();

    /// <summary>What the message is.</summary>
    public MessageKind Kind { get; internal set; }

    /// <summary>E, the venue's stamp, in nanoseconds since the epoch; 0 when the message has none.</summary>
    public long VenueTime { get; internal set; }

    /// <summary>Symbol in capitals when <see cref="Kind"/> is <see cref="MessageKind.OtherSymbol"/>, otherwise empty.</summary>
    public string OtherSymbol { get; internal set; } = "";

    /// <summary>The venue's name of an <see cref="MessageKind.Unknown"/> message, such as serverShutdown or exchangeInfo; empty when it has none.</summary>
    public string EventName { get; internal set; } = "";

    internal MessageKind Become(MessageKind kind, long venueTime = 0)
    {
        VenueTime = venueTime;
        return Kind = kind;
    }
}
