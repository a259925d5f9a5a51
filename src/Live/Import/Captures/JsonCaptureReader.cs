using System.Text.Json;

namespace EventSourcedMM.Live.Import.Captures;

/// <summary>A capture as JSON lines, plain or gzip: an object a line, bare or in the venue's envelope {"stream":…,"data":…}.</summary>
internal sealed class JsonCaptureReader : ICaptureReader
{
    private readonly RecorderFile file;
    private long trades;

    public JsonCaptureReader(string path) => file = RecorderFile.Open(path);

    public string Place => $"{file.Path} line {file.LineNumber}";

    public long BytesRead => file.BytesRead;

    public bool Read(CaptureRow row)
    {
        if (!file.Read(out var line))
        {
            return file.IsCut ? throw new ImportException($"{file.Path}: the gzip data ends too early, after line {file.LineNumber}. Fetch it again.") : false;
        }

        try
        {
            using var document = JsonDocument.Parse(line.ToArray());
            row.Clear();
            var fields = new CaptureValues();
            Collect(document.RootElement, fields);
            fields.Fill(row, ref trades);
            return true;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new ImportException($"{Place}: {e.Message}", e);
        }
    }

    public void Dispose() => file.Dispose();

    private static void Collect(JsonElement element, CaptureValues values)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("the line is not a JSON object");
        }

        foreach (var property in element.EnumerateObject())
        {
            if (property is { Name: "data", Value.ValueKind: JsonValueKind.Object })
            {
                Collect(property.Value, values);
                continue;
            }

            if (property.Name == "stream" && property.Value.GetString() is { } stream && stream.IndexOf('@', StringComparison.Ordinal) is var at and > 0)
            {
                values.Set("symbol", stream[..at]);
            }
            else if (CaptureField.Of(property.Name) is { Role: not CaptureRole.None } && property.Value.ValueKind != JsonValueKind.Null)
            {
                values.Set(property.Name, property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText());
            }
        }
    }

    internal static void Levels(string json, List<(string Price, string Quantity)> into)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var level in document.RootElement.EnumerateArray())
        {
            if (level.ValueKind == JsonValueKind.Array)
            {
                if (level.GetArrayLength() < 2)
                {
                    throw new FormatException("a level has fewer than two numbers");
                }

                into.Add((Number(level[0]), Number(level[1])));
                continue;
            }

            string? price = null, quantity = null;
            foreach (var property in level.EnumerateObject())
            {
                var role = CaptureField.Of(property.Name).Role;
                price = role == CaptureRole.Price ? Number(property.Value) : price;
                quantity = role == CaptureRole.Quantity ? Number(property.Value) : quantity;
            }

            into.Add((price ?? throw new FormatException("a level has no price"), quantity ?? throw new FormatException("a level has no quantity")));
        }
    }

    private static string Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetDecimal().ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => throw new FormatException($"{value.GetRawText()} is no price or quantity"),
    };
}
