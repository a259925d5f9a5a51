using System.Text;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Days;

namespace EventSourcedMM.Cli.Book;

/// <summary>The JSON object of <c>mm book</c>; docs/cli.md documents the fields.</summary>
public static class BookJson
{
    /// <summary>Writes it.</summary>
    public static string Write(BookAt at, int depth)
    {
        var tracker = at.Book.Tracker;
        var price = BookScales.Price(at.Book);
        var quantity = BookScales.Quantity(at.Book);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("symbol", at.Day.Symbol);
            json.WriteNumber("seq", at.Book.Sequence);
            json.WriteString("state", tracker.State.ToString());
            json.WriteNumber("lastUpdateId", tracker.LastUpdateId);
            json.WriteNumber("diffsApplied", tracker.DiffsApplied);
            json.WriteString("time", Moments.Text(at.Book.ReceiveTime));
            json.WriteString("stream", at.Day.Name.Value);
            WriteSide(json, "bids", tracker.Book.Bids, depth, price, quantity);
            WriteSide(json, "asks", tracker.Book.Asks, depth, price, quantity);
            json.WriteNumber("bidLevels", tracker.Book.Bids.Count);
            json.WriteNumber("askLevels", tracker.Book.Asks.Count);
            json.WriteString("bidQuantity", FixedPoint.Format(tracker.Book.Bids.TotalQuantity(), quantity.Decimals));
            json.WriteString("askQuantity", FixedPoint.Format(tracker.Book.Asks.TotalQuantity(), quantity.Decimals));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteSide(Utf8JsonWriter json, string name, BookSide side, int depth, Scale price, Scale quantity)
    {
        json.WriteStartArray(name);
        for (var rank = 0; rank < side.Count && rank < depth; rank++)
        {
            json.WriteStartArray();
            json.WriteStringValue(FixedPoint.Format(side[rank].Price, price));
            json.WriteStringValue(FixedPoint.Format(side[rank].Quantity, quantity));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
