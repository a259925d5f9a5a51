using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Stores;

/// <summary>
/// What ties a stream's events to others, for stores that keep a correlation and a causation id beside an event: all
/// streams of a run share a correlation id, and the causation id is the id (<see cref="EventId"/>) of the event that
/// <see cref="Cause"/> names. It explains; nothing is read back from it.
/// </summary>
/// <param name="stream">The stream whose events are written.</param>
public sealed class EventLinks(StreamName stream)
{
    private readonly List<StreamName> inputs = [];

    /// <summary>The run's name for a run's streams, the stream's own name for a recording.</summary>
    public string CorrelationId { get; } = stream.Family == "market" ? stream.Value : stream.Parts[1];

    /// <summary>True when causes in other streams can be named: the run's first event was seen, or there are none.</summary>
    public bool KnowsInputs { get; private set; } = stream.Family == "market";

    /// <summary>Takes the input streams from a run's first event; other events say nothing new.</summary>
    public void Learn(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Sequence != 1)
        {
            return;
        }

        KnowsInputs = true;
        if (header.Type != EventType.RunStarted || header.Version != RunStarted.Version)
        {
            return;
        }

        var started = PayloadBytes.Read<RunStarted>(payload, new LevelArena());
        inputs.Clear();
        foreach (var line in started.Inputs.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            inputs.Add(StreamName.Parse(line.Split(' ')[0]));
        }
    }

    /// <summary>Id of the event that made this one; null when nothing did. Where the cause's stream is not known by name, its number and sequence.</summary>
    public string? CausationId(in EventHeader header)
    {
        var cause = header.Cause;
        return cause == Cause.None ? null
            : cause.Stream == 0 ? EventId.Of(stream, cause.Sequence).ToString()
            : cause.Stream <= inputs.Count ? EventId.Of(inputs[cause.Stream - 1], cause.Sequence).ToString()
            : string.Create(CultureInfo.InvariantCulture, $"input {cause.Stream} event {cause.Sequence}");
    }
}
