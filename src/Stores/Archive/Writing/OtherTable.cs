using System.Buffers;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>events.parquet: every event that no other table holds, of any version, its payload as JSON (docs/events.md).</summary>
internal sealed class OtherTable : IDisposable
{
    private readonly ColumnSink[] sinks;
    private readonly BytesSink type = new(ParquetColumn.Text(Columns.Type));
    private readonly LongSink version = new(ParquetColumn.Int32(Columns.Version));
    private readonly BytesSink payload = new(ParquetColumn.Bytes(Columns.Payload, new ParquetLogicalType.Json()));
    private readonly EventJson json = new();
    private readonly ArrayBufferWriter<byte> text = new();
    private readonly Utf8JsonWriter writer;

    public OtherTable(string folder, ArchiveFileOptions options)
    {
        sinks = [.. Columns.Envelope(true), type, version, payload];
        File = new TableFile(Path.Combine(folder, ArchiveLayout.Others), sinks, options);
        writer = new Utf8JsonWriter(text, EventJson.Style);
    }

    public TableFile File { get; }

    public void Add(in EventHeader header, ReadOnlySpan<byte> bytes)
    {
        text.ResetWrittenCount();
        writer.Reset();
        json.WritePayload(writer, header, bytes);
        writer.Flush();
        Columns.AddEnvelope(sinks, header, true, 1);
        type.Add(CodeNames<EventType>.Name((int)header.Type));
        version.Add(header.Version);
        payload.Add(text.WrittenSpan);
        File.EndEvent(1);
    }

    public void Dispose()
    {
        writer.Dispose();
        File.Dispose();
    }
}
