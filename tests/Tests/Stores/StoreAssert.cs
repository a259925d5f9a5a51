using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Assertions about streams of <see cref="StoreEvents"/>.</summary>
internal static class StoreAssert
{
    /// <summary>The event is the one of its sequence.</summary>
    public static void Is(long sequence, in EventHeader header, ReadOnlySpan<byte> payload) => Assert.Null(StoreEvents.Problem(sequence, header, payload));

    /// <summary>Reads to the end, checking every event, and returns the last sequence.</summary>
    public static long ReadsRight(IEventSource source, long from = 1)
    {
        var sequence = from;
        while (source.Read(out var header, out var payload))
        {
            Is(sequence++, header, payload);
        }

        return sequence - 1;
    }
}
