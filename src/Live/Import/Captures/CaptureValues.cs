using System.Globalization;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>The values of one row by what they are, whatever the file calls them.</summary>
internal sealed class CaptureValues
{
    private readonly Dictionary<CaptureRole, (int Rank, string Text)> values = [];
    private readonly SortedDictionary<int, (string? Price, string? Quantity)> bids = [];
    private readonly SortedDictionary<int, (string? Price, string? Quantity)> asks = [];
    private readonly List<(string Price, string Quantity)> bidList = [];
    private readonly List<(string Price, string Quantity)> askList = [];
    private bool hasBids;
    private bool hasAsks;

    /// <summary>Takes a value by the name of its column.</summary>
    public void Set(string name, string text) => Set(CaptureField.Of(name), text);

    /// <summary>Takes a value.</summary>
    public void Set(CaptureField field, string text)
    {
        if (field.Role == CaptureRole.Asks && text.All(char.IsAsciiDigit))
        {
            // The venue calls asks "a", and an aggregate trade's id, too.
            field = new CaptureField(CaptureRole.Id, int.MaxValue, 0, false);
        }

        if (field.Role is CaptureRole.Bids or CaptureRole.BidLevel)
        {
            Has(bid: true);
        }
        else if (field.Role is CaptureRole.Asks or CaptureRole.AskLevel)
        {
            Has(bid: false);
        }

        if (field.Role is CaptureRole.BidLevel or CaptureRole.AskLevel)
        {
            var side = field.Role == CaptureRole.BidLevel ? bids : asks;
            var level = side.GetValueOrDefault(field.Index);
            side[field.Index] = field.IsPrice ? (text, level.Quantity) : (level.Price, text);
        }
        else if (!values.TryGetValue(field.Role, out var other) || field.Rank < other.Rank)
        {
            values[field.Role] = (field.Rank, text);
        }
    }

    /// <summary>Takes levels of a list; the side is there even if it has none.</summary>
    public List<(string Price, string Quantity)> ListOf(bool bid)
    {
        Has(bid);
        return bid ? bidList : askList;
    }

    /// <summary>Notes that the row has a side, whatever is in it.</summary>
    public void Has(bool bid)
    {
        hasBids |= bid;
        hasAsks |= !bid;
    }

    /// <summary>Fills a row.</summary>
    /// <param name="row">Cleared before.</param>
    /// <param name="trades">Number of the last trade without an id of its own.</param>
    /// <exception cref="FormatException">Says what is missing or cannot be read.</exception>
    public void Fill(CaptureRow row, ref long trades)
    {
        row.Time = CaptureText.Time(Require(CaptureRole.Time, "time"));
        row.Symbol = Find(CaptureRole.Symbol)?.ToUpperInvariant();
        if (hasBids || hasAsks)
        {
            if (!hasBids || !hasAsks)
            {
                throw new FormatException($"there are {(hasBids ? "bids and no asks" : "asks and no bids")}; docs/data.md lists the names that are understood, and an empty side is an empty list");
            }

            row.Id = Id(Require(CaptureRole.Id, "lastUpdateId"));
            Side(row.Bids, bids, bidList, Find(CaptureRole.Bids));
            Side(row.Asks, asks, askList, Find(CaptureRole.Asks));
            foreach (var (price, quantity) in row.Bids.Concat(row.Asks))
            {
                CaptureText.Check(price, "price");
                CaptureText.Check(quantity, "quantity");
            }

            return;
        }

        row.IsTrade = true;
        row.Price = Require(CaptureRole.Price, "price, and no bids or asks either");
        row.Quantity = Require(CaptureRole.Quantity, "quantity");
        CaptureText.Check(row.Price, "price");
        CaptureText.Check(row.Quantity, "quantity");
        row.Id = Find(CaptureRole.Id) is { } id ? Id(id) : ++trades;
        row.BuyerIsMaker = Find(CaptureRole.BuyerIsMaker) is { } maker ? CaptureText.Flag(maker) : CaptureText.IsSell(Require(CaptureRole.TakerSide, "isBuyerMaker or side (of the aggressor)"));
    }

    private static void Side(List<(string Price, string Quantity)> into, SortedDictionary<int, (string? Price, string? Quantity)> flat, List<(string Price, string Quantity)> list, string? json)
    {
        into.AddRange(list);
        if (json is not null)
        {
            JsonCaptureReader.Levels(json, into);
        }

        foreach (var (index, (price, quantity)) in flat)
        {
            if (price is null != quantity is null)
            {
                throw new FormatException($"level {index} has only one of price and quantity");
            }

            if (price is not null)
            {
                into.Add((price, quantity!));
            }
        }
    }

    private static long Id(string text) => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var id) && id >= 0 && id <= long.MaxValue && id == decimal.Truncate(id)
        ? (long)id
        : throw new FormatException($"'{text}' is no update id");

    private string? Find(CaptureRole role) => values.TryGetValue(role, out var value) ? value.Text : null;

    private string Require(CaptureRole role, string what) => Find(role) ?? throw new FormatException($"there is no {what}; docs/data.md lists the names that are understood");
}
