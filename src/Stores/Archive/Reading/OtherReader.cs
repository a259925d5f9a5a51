using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>events.parquet: payloads as JSON.</summary>
internal sealed class OtherReader : TableReader
{
    private readonly BytesCursor type;
    private readonly LongCursor version;
    private readonly BytesCursor body;
    private readonly EventJson json = new();

    public OtherReader(ParquetReader file, string path)
        : base(file, path, true)
    {
        type = Own(new BytesCursor(file, Find(Columns.Type)));
        version = Integers(Columns.Version);
        body = Own(new BytesCursor(file, Find(Columns.Payload)));
    }

    protected override (EventType Type, int Version) ReadPayload(int rows, long number, ByteBuffer payload)
    {
        if (rows != 1)
        {
            throw new InvalidDataException($"{Path}: event {number} has {rows} rows; there must be one an event.");
        }

        var name = type.NextText();
        var code = CodeNames<EventType>.Number(name);
        if (code <= 0)
        {
            throw new FormatException($"'{name}' is no type of event");
        }

        var header = new EventHeader(number, (EventType)code, (int)version.Next(), 0, 0, Cause.None);
        try
        {
            using var document = JsonDocument.Parse(body.Next(out _).ToArray());
            json.ReadPayload(header, document.RootElement, payload);
        }
        catch (JsonException e)
        {
            throw new FormatException($"the payload is not JSON: {e.Message}", e);
        }

        return (header.Type, header.Version);
    }
}
