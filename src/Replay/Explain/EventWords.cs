using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Explain;

/// <summary>What an event says, in one line of words.</summary>
public static class EventWords
{
    /// <summary>Says it.</summary>
    /// <param name="subject">The event, in its current version.</param>
    /// <param name="instrument">Its prices and quantities are in this instrument's units.</param>
    public static string Say(RunEvent subject, Instrument instrument) => ChainBuilder.Say(subject, instrument);
}
