using System.Text;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>The instrument as a run's first event holds it: with it a run can be read alone, its scales are in it.</summary>
public static class RunInstrument
{
    private static readonly PayloadFormat Format = PayloadFormat.Of<InstrumentDefined>();

    /// <summary>The payload of instrumentDefined as JSON in its written order.</summary>
    public static string ToText(Instrument instrument)
    {
        var payload = new ByteBuffer();
        EventRecord.WritePayload(payload, instrument.ToEvent());
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            Format.WriteJson(json, payload.Span, new LevelArena());
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }

    /// <summary>The instrument of a run; null where it was not recorded.</summary>
    /// <exception cref="Stores.Json.EventJsonException">The text is no instrument.</exception>
    public static Instrument? Of(in RunStarted started)
    {
        if (started.Instrument.Length == 0)
        {
            return null;
        }

        using var json = JsonDocument.Parse(started.Instrument);
        var payload = new ByteBuffer();
        Format.ReadJson(json.RootElement, new LevelArena(), payload);
        return PayloadBytes.Read<InstrumentDefined>(payload.Span, new LevelArena()).ToInstrument();
    }
}
