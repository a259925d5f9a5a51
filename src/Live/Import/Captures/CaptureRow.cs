using System.Globalization;
using System.Text;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>One row of somebody's capture: a partial book or a trade. Numbers are decimal text, as they will be parsed.</summary>
internal sealed class CaptureRow
{
    public long Time { get; set; }

    public string? Symbol { get; set; }

    public bool IsTrade { get; set; }

    /// <summary>Update id of the book, or id of the trade.</summary>
    public long Id { get; set; }

    public List<(string Price, string Quantity)> Bids { get; } = [];

    public List<(string Price, string Quantity)> Asks { get; } = [];

    public string Price { get; set; } = "";

    public string Quantity { get; set; } = "";

    public bool BuyerIsMaker { get; set; }

    public void Clear()
    {
        Symbol = null;
        IsTrade = false;
        Bids.Clear();
        Asks.Clear();
    }

    /// <summary>
    /// The row as a recorder's line: stamp in nanoseconds, and the message of the venue's stream that says the same. Numbers are
    /// written with the decimals they need: the same rows make the same recording, in whatever file they were kept.
    /// </summary>
    public void Write(TextWriter to, string symbol)
    {
        var name = Symbol ?? symbol;
        to.Write(Time.ToString(CultureInfo.InvariantCulture));
        to.Write(" {\"stream\":\"");
        to.Write(name.ToLowerInvariant());
        if (IsTrade)
        {
            var milliseconds = Time / 1_000_000;
            to.Write(string.Create(CultureInfo.InvariantCulture, $"@trade\",\"data\":{{\"e\":\"trade\",\"E\":{milliseconds},\"s\":\"{name}\",\"t\":{Id},\"p\":\"{Shortest(Price)}\",\"q\":\"{Shortest(Quantity)}\",\"T\":{milliseconds},\"m\":{(BuyerIsMaker ? "true" : "false")},\"M\":true}}}}\n"));
            return;
        }

        to.Write(string.Create(CultureInfo.InvariantCulture, $"@depth20@100ms\",\"data\":{{\"lastUpdateId\":{Id},\"bids\":"));
        Write(to, Bids, descending: true);
        to.Write(",\"asks\":");
        Write(to, Asks, descending: false);
        to.Write("}}\n");
    }

    // Best first, whatever order they were kept in; places that were never filled are left out.
    private static void Write(TextWriter to, List<(string Price, string Quantity)> levels, bool descending)
    {
        var kept = levels
            .Select(l => (l.Price, l.Quantity, Value: decimal.Parse(l.Price, NumberStyles.Float, CultureInfo.InvariantCulture)))
            .Where(l => l.Value > 0 && decimal.Parse(l.Quantity, NumberStyles.Float, CultureInfo.InvariantCulture) > 0);
        var text = new StringBuilder("[");
        foreach (var (price, quantity, _) in descending ? kept.OrderByDescending(l => l.Value) : kept.OrderBy(l => l.Value))
        {
            text.Append(text.Length > 1 ? "," : "").Append("[\"").Append(Shortest(price)).Append("\",\"").Append(Shortest(quantity)).Append("\"]");
        }

        to.Write(text.Append(']').ToString());
    }

    private static string Shortest(string number) =>
        number.Contains('.', StringComparison.Ordinal) && !number.Contains('e', StringComparison.OrdinalIgnoreCase) ? number.TrimEnd('0').TrimEnd('.') : number;
}
