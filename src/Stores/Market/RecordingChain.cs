using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Stores.Market;

/// <summary>
/// Recordings that go on from one another: the next day of the same one, or what a capture that was started again recorded.
/// Each stream's first event names the one before and the sequence that it ended with.
/// </summary>
public static class RecordingChain
{
    /// <summary>A stream and those that go on from it, in order.</summary>
    /// <param name="first">The first; it need not be among the links.</param>
    /// <param name="links">Market streams of the symbol with what their first event says.</param>
    public static List<StreamName> Follow(StreamName first, IEnumerable<(StreamName Name, RecordingStarted Start)> links)
    {
        var known = links.OrderBy(l => l.Name.Value, StringComparer.Ordinal).ToArray();
        List<StreamName> chain = [first];
        while (Array.Find(known, l => l.Start.ContinuedFrom == chain[^1].Value) is { Start.ContinuedFrom.Length: > 0 } next && !chain.Contains(next.Name))
        {
            chain.Add(next.Name);
        }

        return chain;
    }

    /// <summary>What a market stream begins with.</summary>
    /// <exception cref="InvalidDataException">The stream does not begin with the start of a recording.</exception>
    public static RecordingStarted ReadStart(IEventStore store, StreamName name)
    {
        using var source = new UpcastSource(store.OpenSource(name));
        return source.Read(out var header, out var payload) && header.Type == EventType.RecordingStarted
            ? PayloadBytes.Read<RecordingStarted>(payload, new LevelArena())
            : throw new InvalidDataException($"{name} does not begin with the start of a recording: it is damaged or not a market stream.");
    }
}
