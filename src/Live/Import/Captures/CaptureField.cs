using System.Text.RegularExpressions;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>What a column, or a key of a JSON line, is in a capture.</summary>
internal enum CaptureRole
{
    None,
    Time,
    Id,
    Symbol,
    Bids,
    Asks,
    Price,
    Quantity,
    BuyerIsMaker,
    TakerSide,
    BidLevel,
    AskLevel,
}

/// <summary>
/// Understands the names that people give to the columns of a depth20 capture or of trades (docs/data.md lists them).
/// </summary>
/// <param name="Role">What it is.</param>
/// <param name="Rank">Of several columns of one role the one with the smallest rank is taken.</param>
/// <param name="Index">Number of the level, as written.</param>
/// <param name="IsPrice">Whether a level's column holds the price or the quantity.</param>
internal readonly partial record struct CaptureField(CaptureRole Role, int Rank, int Index, bool IsPrice)
{
    // Our own stamp before the venue's: it says when the row was there to be seen.
    private static readonly string[] Times =
    [
        "localtime", "localtimestamp", "receivetime", "receivedtime", "receivedat", "recvtime", "recvts", "localts", "time", "timestamp", "ts", "timems", "timeus", "timens",
        "timestampms", "timestampus", "timestampns", "datetime", "eventtime", "tradetime", "transacttime", "e", "t",
    ];

    private static readonly string[] Ids = ["lastupdateid", "updateid", "finalupdateid", "tradeid", "u", "id", "aggid", "a"];
    private static readonly string[] Prices = ["price", "px", "p"];
    private static readonly string[] Quantities = ["quantity", "qty", "q", "size", "sz", "amount", "vol", "volume", "v"];

    /// <summary>The field of a name.</summary>
    public static CaptureField Of(string name)
    {
        var tokens = Tokens().Matches(name).Select(m => m.Value.ToLowerInvariant()).ToArray();
        var flat = string.Concat(tokens);
        if (tokens.Length >= 3 && Level(tokens) is { } level)
        {
            return level;
        }

        return flat switch
        {
            "bids" or "bid" or "b" => new(CaptureRole.Bids, 0, 0, false),
            "asks" or "ask" => new(CaptureRole.Asks, 0, 0, false),
            "symbol" or "s" or "pair" or "instrument" => new(CaptureRole.Symbol, flat.Length == 1 ? 1 : 0, 0, false),
            "isbuyermaker" or "buyerismaker" or "buyermaker" or "m" => new(CaptureRole.BuyerIsMaker, 0, 0, false),
            "side" or "takerside" or "aggressor" => new(CaptureRole.TakerSide, 0, 0, false),
            _ when name == "T" => new(CaptureRole.Time, Array.IndexOf(Times, "tradetime"), 0, false),
            _ when name == "t" => new(CaptureRole.Id, 0, 0, false),
            _ when name == "a" => new(CaptureRole.Asks, 1, 0, false),
            _ when name == "e" => default,
            _ when Array.IndexOf(Times, flat) is var rank and >= 0 => new(CaptureRole.Time, rank, 0, false),
            _ when Array.IndexOf(Ids, flat) is var rank and >= 0 => new(CaptureRole.Id, rank, 0, false),
            _ when Array.IndexOf(Prices, flat) is var rank and >= 0 => new(CaptureRole.Price, rank, 0, false),
            _ when Array.IndexOf(Quantities, flat) is var rank and >= 0 => new(CaptureRole.Quantity, rank, 0, false),
            _ => default,
        };
    }

    // bid_px_0, bids[0].price, bid1_qty, askPrice3: a side, a kind and a number, in any order.
    private static CaptureField? Level(string[] tokens)
    {
        var side = CaptureRole.None;
        bool? isPrice = null;
        int? index = null;
        foreach (var token in tokens)
        {
            if (token is "bid" or "bids" or "b")
            {
                side = CaptureRole.BidLevel;
            }
            else if (token is "ask" or "asks" or "a")
            {
                side = CaptureRole.AskLevel;
            }
            else if (Array.IndexOf(Prices, token) >= 0)
            {
                isPrice = true;
            }
            else if (Array.IndexOf(Quantities, token) >= 0)
            {
                isPrice = false;
            }
            else if (int.TryParse(token, out var number))
            {
                index = number;
            }
            else
            {
                return null;
            }
        }

        return side != CaptureRole.None && isPrice is { } kind && index is { } at ? new CaptureField(side, 0, at, kind) : null;
    }

    [GeneratedRegex("[0-9]+|[A-Z]?[a-z]+|[A-Z]+")]
    private static partial Regex Tokens();
}
