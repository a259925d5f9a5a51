using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Live.Binance;

/// <summary>
/// Parses Binance spot market messages of one symbol: combined-stream envelopes {"stream":…,"data":…}, raw payloads,
/// and bare bodies of GET /api/v3/depth. Prices and quantities become integers at the instrument's scales, exactly; no
/// floating point is involved. Nothing is allocated for a message in the form that Binance sends.
/// Source: web-socket-streams.md of the venue's public documentation.
/// </summary>
public sealed class StreamParser
{
    private readonly FastParser fast;
    private readonly GeneralParser general;

    /// <summary>A parser for one symbol.</summary>
    /// <param name="instrument">Symbol and scales.</param>
    /// <param name="bareBooksArePartial">
    /// True when bare books are not snapshots to join diffs to, but all there is: recordings without diffs.
    /// </param>
    public StreamParser(Instrument instrument, bool bareBooksArePartial = false)
    {
        Instrument = instrument;
        var levels = new LevelBuffer();
        fast = new FastParser(instrument, levels, bareBooksArePartial);
        general = new GeneralParser(instrument, levels, bareBooksArePartial);
    }

    /// <summary>The instrument whose messages are read.</summary>
    public Instrument Instrument { get; }

    /// <summary>The last message parsed. Reused: its levels are valid until the next call.</summary>
    public MarketMessage Message { get; } = new();

    /// <summary>Parses one message of UTF-8 bytes. Never throws: what cannot be read is <see cref="MessageKind.Malformed"/>.</summary>
    public MessageKind Parse(ReadOnlySpan<byte> utf8) => fast.TryParse(utf8, Message) ? Message.Kind : general.Parse(utf8, Message);

    /// <summary>As <see cref="Parse"/>, without the short cut: the plain twin that tests compare with.</summary>
    internal MessageKind ParseGeneral(ReadOnlySpan<byte> utf8) => general.Parse(utf8, Message);

    /// <summary>True when the short cut alone can read the message.</summary>
    internal bool IsFast(ReadOnlySpan<byte> utf8) => fast.TryParse(utf8, Message);
}
