using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Live.Binance;

/// <summary>
/// The same messages as <see cref="FastParser"/> in any valid JSON form: other order of fields, white space, escapes,
/// fields that are not known. It is the rule; the fast parser is the short cut, and tests hold the two together.
/// It also says what is wrong with a message that cannot be read.
/// </summary>
internal sealed class GeneralParser(Instrument instrument, LevelBuffer levels, bool bareBooksArePartial)
{
    private readonly MessageFields fields = new();

    /// <summary>Parses a message; never fails: what cannot be read becomes <see cref="MessageKind.Malformed"/> with the reason.</summary>
    public MessageKind Parse(ReadOnlySpan<byte> utf8, MarketMessage message)
    {
        levels.Clear();
        var stream = "";
        try
        {
            return ParseMessage(utf8, message, ref stream);
        }
        catch (JsonException e)
        {
            // The reader's own text may differ between versions of .NET; what is stored must not.
            return Keep(utf8, message, MessageKind.Malformed, stream, "", $"not JSON: wrong or cut at byte {e.BytePositionInLine ?? 0}");
        }
        catch (MalformedMessageException e)
        {
            return Keep(utf8, message, MessageKind.Malformed, stream, "", e.Message);
        }
    }

    private static string? SymbolOf(string stream)
    {
        var at = stream.IndexOf('@');
        return at <= 0 || stream[0] == '!' ? null : stream[..at].ToUpperInvariant();
    }

    // Word for word if it is text; bytes that are not UTF-8 cannot be text and are kept as base64.
    private static MessageKind Keep(ReadOnlySpan<byte> utf8, MarketMessage message, MessageKind kind, string stream, string eventName, string problem)
    {
        var isText = Utf8.IsValid(utf8);
        message.EventName = eventName;
        message.VenueMessage.Stream = stream;
        message.VenueMessage.Body = isText ? Encoding.UTF8.GetString(utf8) : Convert.ToBase64String(utf8);
        message.VenueMessage.Problem = isText ? problem : problem + "; not UTF-8, the body is kept as base64";
        return message.Become(kind);
    }

    private static MessageKind Other(MarketMessage message, string symbol)
    {
        message.OtherSymbol = symbol;
        return message.Become(MessageKind.OtherSymbol);
    }

    private MessageKind ParseMessage(ReadOnlySpan<byte> utf8, MarketMessage message, ref string stream)
    {
        if (!fields.Find(utf8))
        {
            return Keep(utf8, message, MessageKind.Unknown, "", "", "not a JSON object");
        }

        if (!fields.Has(MessageField.Stream) || !fields.Has(MessageField.Data))
        {
            return ParsePayload(utf8, utf8, message, null);
        }

        stream = Text(utf8, MessageField.Stream);
        if (fields.TypeOf(MessageField.Data) != JsonTokenType.StartObject)
        {
            return SymbolOf(stream) is { } symbol && symbol != instrument.Symbol
                ? Other(message, symbol)
                : Keep(utf8, message, MessageKind.Unknown, stream, "", "data is not a JSON object");
        }

        var data = fields.Raw(utf8, MessageField.Data, JsonTokenType.StartObject);
        fields.Find(data);
        return ParsePayload(data, utf8, message, stream);
    }

    private MessageKind ParsePayload(ReadOnlySpan<byte> json, ReadOnlySpan<byte> whole, MarketMessage message, string? stream)
    {
        if (fields.Has(MessageField.EventType))
        {
            var type = Text(json, MessageField.EventType);
            if (type is not ("depthUpdate" or "trade" or "aggTrade"))
            {
                return ParseUnknown(json, whole, message, stream, type, $"event type {type} is not known");
            }

            if (IsOther(json, stream, message))
            {
                return MessageKind.OtherSymbol;
            }

            return type switch
            {
                "depthUpdate" => DepthDiff(json, message),
                "trade" => Trade(json, message),
                _ => AggregateTrade(json, message),
            };
        }

        if (fields.Has(MessageField.LastUpdateId) && fields.Has(MessageField.BookBids) && fields.Has(MessageField.BookAsks))
        {
            return Book(json, whole, message, stream);
        }

        if (fields.Has(MessageField.UpdateId) && fields.Has(MessageField.BestBidQuantity) && fields.Has(MessageField.BestAskQuantity))
        {
            return IsOther(json, stream, message) ? MessageKind.OtherSymbol : BestQuote(json, message);
        }

        return fields.TypeOf(MessageField.Symbols) == JsonTokenType.StartArray
            ? ParseUnknown(json, whole, message, stream, "exchangeInfo", "exchangeInfo has no event of its own")
            : ParseUnknown(json, whole, message, stream, "", "neither an event type nor the fields of a book or a best quote");
    }

    private MessageKind ParseUnknown(ReadOnlySpan<byte> json, ReadOnlySpan<byte> whole, MarketMessage message, string? stream, string type, string problem)
    {
        var symbol = fields.TypeOf(MessageField.Symbol) == JsonTokenType.String ? Text(json, MessageField.Symbol) : stream is null ? null : SymbolOf(stream);
        if (symbol is not null && symbol != instrument.Symbol)
        {
            return Other(message, symbol);
        }

        var time = fields.TypeOf(MessageField.EventTime) == JsonTokenType.Number ? Stamp(json, MessageField.EventTime) : 0;
        Keep(whole, message, MessageKind.Unknown, stream ?? "", type, problem);
        return message.Become(MessageKind.Unknown, time);
    }

    private bool IsOther(ReadOnlySpan<byte> json, string? stream, MarketMessage message)
    {
        var symbol = Text(json, MessageField.Symbol);
        if (stream is not null && SymbolOf(stream) is { } named && named != symbol)
        {
            throw new MalformedMessageException($"stream {stream} carries a message of {symbol}");
        }

        if (symbol == instrument.Symbol)
        {
            return false;
        }

        Other(message, symbol);
        return true;
    }

    private MessageKind DepthDiff(ReadOnlySpan<byte> json, MarketMessage message)
    {
        if (fields.Has(MessageField.PreviousUpdateId))
        {
            throw new MalformedMessageException("field pu belongs to a futures stream; only spot is read");
        }

        var time = Stamp(json, MessageField.EventTime);
        var first = Integer(json, MessageField.FirstUpdateId);
        var final = Integer(json, MessageField.UpdateId);
        if (first > final)
        {
            throw new MalformedMessageException($"the first update id U is {first}, beyond the last, u, {final}");
        }

        Levels(json, MessageField.Bids);
        var bids = levels.Count;
        Levels(json, MessageField.Asks);
        message.DepthDiff = new DepthDiff
        {
            FirstUpdateId = first,
            FinalUpdateId = final,
            Bids = levels.List(0, bids),
            Asks = levels.List(bids, levels.Count),
        };
        return message.Become(MessageKind.DepthDiff, time);
    }

    private MessageKind Trade(ReadOnlySpan<byte> json, MarketMessage message)
    {
        var time = Stamp(json, MessageField.EventTime);
        message.Trade = new Trade
        {
            TradeId = Integer(json, MessageField.TradeId),
            Price = Positive(Decimal(json, MessageField.Price, instrument.PriceScale), MessageField.Price),
            Quantity = Positive(Decimal(json, MessageField.Quantity, instrument.QuantityScale), MessageField.Quantity),
            TradeTime = Stamp(json, MessageField.TradeTime),
            BuyerIsMaker = Flag(MessageField.BuyerIsMaker),
        };
        return message.Become(MessageKind.Trade, time);
    }

    private MessageKind AggregateTrade(ReadOnlySpan<byte> json, MarketMessage message)
    {
        var time = Stamp(json, MessageField.EventTime);
        message.AggregateTrade = new AggregateTrade
        {
            AggregateId = Integer(json, MessageField.Asks),
            Price = Positive(Decimal(json, MessageField.Price, instrument.PriceScale), MessageField.Price),
            Quantity = Positive(Decimal(json, MessageField.Quantity, instrument.QuantityScale), MessageField.Quantity),
            FirstTradeId = Integer(json, MessageField.FirstTradeId),
            LastTradeId = Integer(json, MessageField.LastTradeId),
            TradeTime = Stamp(json, MessageField.TradeTime),
            BuyerIsMaker = Flag(MessageField.BuyerIsMaker),
        };
        return message.Become(MessageKind.AggregateTrade, time);
    }

    private MessageKind BestQuote(ReadOnlySpan<byte> json, MarketMessage message)
    {
        message.BestQuote = new BestQuote
        {
            UpdateId = Integer(json, MessageField.UpdateId),
            BidPrice = Decimal(json, MessageField.Bids, instrument.PriceScale),
            BidQuantity = Decimal(json, MessageField.BestBidQuantity, instrument.QuantityScale),
            AskPrice = Decimal(json, MessageField.Asks, instrument.PriceScale),
            AskQuantity = Decimal(json, MessageField.BestAskQuantity, instrument.QuantityScale),
        };
        return message.Become(MessageKind.BestQuote);
    }

    // Books name no symbol: in an envelope the stream does, a bare one is taken for the recording's own.
    private MessageKind Book(ReadOnlySpan<byte> json, ReadOnlySpan<byte> whole, MarketMessage message, string? stream)
    {
        if (stream is not null)
        {
            if (SymbolOf(stream) is { } symbol && symbol != instrument.Symbol)
            {
                return Other(message, symbol);
            }

            if (!BookStreams.IsPartial(Encoding.UTF8.GetBytes(stream[(stream.IndexOf('@') + 1)..])))
            {
                return Keep(whole, message, MessageKind.Unknown, stream, "", "a book on a stream that is none of depth5, depth10 and depth20");
            }
        }

        var id = Integer(json, MessageField.LastUpdateId);
        Levels(json, MessageField.BookBids);
        var bids = levels.Count;
        Levels(json, MessageField.BookAsks);
        if (stream is not null || bareBooksArePartial)
        {
            message.PartialBook = new PartialBook { LastUpdateId = id, Bids = levels.List(0, bids), Asks = levels.List(bids, levels.Count) };
            return message.Become(MessageKind.PartialBook);
        }

        message.BookSnapshot = new BookSnapshot { LastUpdateId = id, Bids = levels.List(0, bids), Asks = levels.List(bids, levels.Count) };
        return message.Become(MessageKind.BookSnapshot);
    }

    private string Text(ReadOnlySpan<byte> json, MessageField field)
    {
        var reader = new Utf8JsonReader(fields.Raw(json, field, JsonTokenType.String));
        reader.Read();
        return JsonValues.Text(ref reader, MessageFields.NameOf(field));
    }

    private long Integer(ReadOnlySpan<byte> json, MessageField field) =>
        JsonValues.Integer(fields.Raw(json, field, JsonTokenType.Number), MessageFields.NameOf(field));

    private long Stamp(ReadOnlySpan<byte> json, MessageField field)
    {
        var stamp = Integer(json, field);
        return VenueStamp.TryToNanoseconds(stamp, out var nanoseconds)
            ? nanoseconds
            : throw new MalformedMessageException($"field {MessageFields.NameOf(field)} is {stamp}, a time after the year 2262");
    }

    private bool Flag(MessageField field) => fields.TypeOf(field) switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.None => throw new MalformedMessageException($"field {MessageFields.NameOf(field)} is missing"),
        var other => throw new MalformedMessageException($"field {MessageFields.NameOf(field)} is {MessageFields.Describe(other)} where true or false belongs"),
    };

    private long Decimal(ReadOnlySpan<byte> json, MessageField field, Domain.Units.Scale scale)
    {
        var reader = new Utf8JsonReader(fields.Raw(json, field, JsonTokenType.String));
        reader.Read();
        return JsonValues.Decimal(ref reader, scale, MessageFields.NameOf(field));
    }

    private static long Positive(long units, MessageField field) =>
        units > 0 ? units : throw new MalformedMessageException($"field {MessageFields.NameOf(field)} is zero");

    private void Levels(ReadOnlySpan<byte> json, MessageField field)
    {
        var name = MessageFields.NameOf(field);
        var reader = new Utf8JsonReader(fields.Raw(json, field, JsonTokenType.StartArray));
        reader.Read();
        for (var rank = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; rank++)
        {
            var place = $"{name}[{rank}]";
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new MalformedMessageException($"{place} is {MessageFields.Describe(reader.TokenType)} where [price, quantity] belongs");
            }

            reader.Read();
            var price = JsonValues.Decimal(ref reader, instrument.PriceScale, place + " price");
            reader.Read();
            var quantity = JsonValues.Decimal(ref reader, instrument.QuantityScale, place + " quantity");
            if (price == 0)
            {
                throw new MalformedMessageException($"{place} price is zero");
            }

            // The venue once sent a third, empty element.
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                reader.Skip();
            }

            levels.Add(price, quantity);
        }
    }
}
