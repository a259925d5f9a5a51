using EventSourcedMM.Stores;

namespace EventSourcedMM.VenueSim.Market;

/// <summary>A symbol that the venue serves, and the recorded days it is served from.</summary>
/// <param name="Symbol">Symbol in capitals.</param>
/// <param name="From">First receive stamp served, in nanoseconds since the epoch; before it only the book is folded.</param>
/// <param name="To">First receive stamp after the window.</param>
/// <param name="Days">Opens the days of one recording from their first events, in order. Opened again at every repetition.</param>
public sealed record SymbolRecording(string Symbol, long From, long To, IReadOnlyList<Func<IEventSource>> Days);

/// <summary>A recording cannot be served: the message says why.</summary>
public sealed class RecordingException(string what) : Exception(what);
