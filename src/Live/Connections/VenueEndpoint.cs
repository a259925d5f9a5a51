namespace EventSourcedMM.Live.Connections;

/// <summary>Where a venue is reached (general-info.md and market_data_only.md of the venue's public documentation).</summary>
/// <param name="Name">What the user called it.</param>
/// <param name="Rest">Base of REST, without a path.</param>
/// <param name="Streams">Base of streams, without a path.</param>
public sealed record VenueEndpoint(string Name, Uri Rest, Uri Streams)
{
    private static readonly VenueEndpoint[] Known =
    [
        new("prod", new Uri("https://api.binance.com"), new Uri("wss://stream.binance.com:9443")) { Orders = new Uri("wss://ws-api.binance.com:443") },
        new("data", new Uri("https://data-api.binance.vision"), new Uri("wss://data-stream.binance.vision")),
        new("testnet", new Uri("https://testnet.binance.vision"), new Uri("wss://stream.testnet.binance.vision")) { Orders = new Uri("wss://ws-api.testnet.binance.vision") },
        new("demo", new Uri("https://demo-api.binance.com"), new Uri("wss://demo-stream.binance.com")) { Orders = new Uri("wss://demo-ws-api.binance.com") },
    ];

    /// <summary>Base of the WebSocket API that takes orders, without a path; null where there is none.</summary>
    public Uri? Orders { get; init; }

    /// <summary>True for a venue on this machine, which may be a simulated one with a clock of its own.</summary>
    public bool IsLocal => Rest.IsLoopback;

    /// <summary>True when nothing leaves this machine that is not encrypted.</summary>
    public bool IsEncrypted => ((Uri?[])[Rest, Streams, Orders]).All(u => u is null || u.IsLoopback || u.Scheme is "https" or "wss");

    /// <summary>Reads prod, data, testnet, demo, a URL that serves all (http://127.0.0.1:9080), two URLs: REST,streams, or three: REST,streams,orders.</summary>
    /// <exception cref="FormatException">It is none of them.</exception>
    public static VenueEndpoint Parse(string text)
    {
        if (Array.Find(Known, e => e.Name == text) is { } known)
        {
            return known;
        }

        var urls = text.Split(',');
        if (urls.Length is >= 1 and <= 3
            && Uri.TryCreate(urls[0], UriKind.Absolute, out var rest) && rest.Scheme is "http" or "https"
            && Uri.TryCreate(urls.Length > 1 ? urls[1] : "ws" + urls[0]["http".Length..], UriKind.Absolute, out var streams) && streams.Scheme is "ws" or "wss"
            && Uri.TryCreate(urls.Length > 2 ? urls[2] : streams.OriginalString, UriKind.Absolute, out var orders) && orders.Scheme is "ws" or "wss")
        {
            if (rest.UserInfo.Length + streams.UserInfo.Length + orders.UserInfo.Length > 0)
            {
                // The endpoint's text stands in runs, heartbeats and messages.
                throw new FormatException("An endpoint has no user name or password in it: keys are taken from the environment.");
            }

            return new VenueEndpoint(text, Base(rest), Base(streams)) { Orders = urls.Length == 2 ? null : Base(orders) };
        }

        throw new FormatException($"'{text}' is not an endpoint: write prod, data, testnet, demo, a URL such as http://127.0.0.1:9080, two as https://REST,wss://STREAMS, or three as https://REST,wss://STREAMS,wss://ORDERS.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Streams.GetLeftPart(UriPartial.Authority)} and {Rest.GetLeftPart(UriPartial.Authority)}";

    private static Uri Base(Uri url) => new(url.GetLeftPart(UriPartial.Authority));
}
