using EventSourcedMM.Live.Connections;

namespace EventSourcedMM.Live.Capturing;

/// <summary>What a capture records, from where.</summary>
public sealed record CaptureOptions
{
    /// <summary>Symbols in capitals, each once.</summary>
    public required IReadOnlyList<string> Symbols { get; init; }

    /// <summary>The venue.</summary>
    public required VenueEndpoint Endpoint { get; init; }

    /// <summary>The weight budget of this address, where others use it too; null for one of its own.</summary>
    public RequestBudget? Weight { get; init; }

    /// <summary>What is recorded of each symbol.</summary>
    public IReadOnlyList<CaptureStream> Streams { get; init; } = CaptureStreams.Usual;

    /// <summary>Symbols that share a connection. A lost connection costs these; several connections use several cores.</summary>
    public int SymbolsPerConnection { get; init; } = 10;

    /// <summary>After how long a connection is renewed; the venue ends it after 24 hours.</summary>
    public TimeSpan ConnectionLife { get; init; } = TimeSpan.FromHours(23.5);

    /// <summary>How often what was appended is handed to the operating system, where readers see it and a killed process does not lose it.</summary>
    public TimeSpan WriteInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often it is brought to the disk and acknowledged, for all streams together.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Told about a day that begins, before its first event; must not wait. Null for nobody.</summary>
    public Action<Domain.Events.StreamName>? DayBegun { get; init; }

    /// <summary>Told about a sealed day, in the background; null for nobody.</summary>
    public Action<Domain.Events.StreamName>? DaySealed { get; init; }

    /// <summary>Told at once when something failed that ends the capture, before anything is closed; must not wait. Null for nobody.</summary>
    public Action<Exception>? Failing { get; init; }

    /// <summary>Makes what is told every recorded event of a symbol, before anything is received; null for nobody.</summary>
    public Func<TapContext, Recording.IMarketTap>? Tap { get; init; }

    /// <summary>Program and version, as they stand in the recording and in its manifests.</summary>
    public string Recorder { get; init; } = "EventSourcedMM " + typeof(CaptureOptions).Assembly.GetName().Version!.ToString(3);
}

/// <summary>What a tap is made for.</summary>
/// <param name="Symbol">Symbol in capitals.</param>
/// <param name="Instrument">The instrument as the venue gives it now.</param>
/// <param name="Recording">Name of the recording that begins.</param>
/// <param name="Previous">Last stream of the recording that it goes on from; null when it begins anew.</param>
/// <param name="Clock">The clock of its stamps.</param>
/// <param name="Gate">Held by whoever calls the tap.</param>
public sealed record TapContext(string Symbol, Domain.Instruments.Instrument Instrument, string Recording, Domain.Events.StreamName? Previous, Clock Clock, Lock Gate);

/// <summary>A capture cannot be what was asked for; the message says why and what to do.</summary>
public sealed class CaptureException(string what, Exception? cause = null) : Exception(what, cause);
