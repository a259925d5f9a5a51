using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using EventSourcedMM.Tests.Stores.Schemas;

namespace EventSourcedMM.Tests.Stores.Canonical;

/// <summary>
/// A second, plain reader and writer of canonical records, written from docs/events.md: it knows events only by the
/// checked-in files of events-schema, counts in big integers, and shares no code with what it is compared with.
/// </summary>
public sealed class SchemaTwin(EventsSchemaFolder folder)
{
    private static readonly BigInteger TwoTo64 = BigInteger.One << 64;
    private readonly JsonNode index = folder.Json("index.json");
    private readonly JsonNode codes = folder.Json("codes.schema.json")["$defs"]!;
    private readonly Dictionary<string, JsonNode> payloads = [];

    /// <summary>The JSON event of a record.</summary>
    public JsonObject Decode(byte[] record)
    {
        var source = new Queue<byte>(record);
        var type = (int)Unsigned(source);
        var version = (int)Unsigned(source);
        var sequence = (long)Unsigned(source);
        var receive = BigInteger.Zero;
        for (var i = 0; i < 8; i++)
        {
            receive += (BigInteger)source.Dequeue() << (8 * i);
        }

        receive = receive >= TwoTo64 / 2 ? receive - TwoTo64 : receive;
        var difference = Unsigned(source);
        var causeStream = Unsigned(source);
        var name = (string)Entry(type, version)["name"]!;
        var json = new JsonObject
        {
            ["sequence"] = sequence,
            ["type"] = name,
            ["version"] = version,
            ["venueTime"] = difference == TwoTo64 - 1 ? null : Number(receive + UnZigZag(difference)),
            ["receiveTime"] = Number(receive),
            ["cause"] = causeStream.IsZero ? null : new JsonObject { ["stream"] = Number(causeStream - 1), ["sequence"] = Number(Unsigned(source)) },
        };
        var payload = new JsonObject();
        foreach (var (field, kind, list) in Fields(name, version))
        {
            payload[field] = Value(kind, list, source);
        }

        json["payload"] = payload;
        return source.Count == 0 ? json : throw new InvalidDataException($"{source.Count} bytes are left");
    }

    /// <summary>The record of a JSON event.</summary>
    public byte[] Encode(JsonObject json)
    {
        var name = (string)json["type"]!;
        var version = (int)json["version"]!;
        var number = (int)index["events"]!.AsArray().First(e => (string)e!["name"]! == name)!["number"]!;
        var bytes = new List<byte>();
        var receive = Integer(json["receiveTime"]!);
        Unsigned(bytes, number);
        Unsigned(bytes, version);
        Unsigned(bytes, Integer(json["sequence"]!));
        var stamp = receive < 0 ? receive + TwoTo64 : receive;
        for (var i = 0; i < 8; i++)
        {
            bytes.Add((byte)((stamp >> (8 * i)) % 256));
        }

        Unsigned(bytes, json["venueTime"] is { } venue ? ZigZag(Integer(venue) - receive) : TwoTo64 - 1);
        if (json["cause"] is { } cause)
        {
            Unsigned(bytes, Integer(cause["stream"]!) + 1);
            Unsigned(bytes, Integer(cause["sequence"]!));
        }
        else
        {
            bytes.Add(0);
        }

        foreach (var (field, kind, list) in Fields(name, version))
        {
            Value(kind, list, json["payload"]![field]!, bytes);
        }

        return [.. bytes];
    }

    private JsonNode Entry(int type, int version) =>
        index["events"]!.AsArray().First(e => (int)e!["number"]! == type && (int)e["version"]! == version)!;

    private IEnumerable<(string Name, string Kind, string? Codes)> Fields(string name, int version)
    {
        var file = $"{name}.v{version}.schema.json";
        if (!payloads.TryGetValue(file, out var payload))
        {
            payload = folder.Json(file)["properties"]!["payload"]!;
            payloads.Add(file, payload);
        }

        foreach (var field in payload["x-order"]!.AsArray())
        {
            var schema = payload["properties"]![(string)field!]!;
            yield return ((string)field!, (string)schema["x-kind"]!, ((string?)schema["$ref"])?.Split('/')[^1]);
        }
    }

    private JsonNode Value(string kind, string? list, Queue<byte> source)
    {
        switch (kind)
        {
            case "money":
                return UnZigZag(Unsigned(source)).ToString();
            case "real":
                return Real(BitConverter.Int64BitsToDouble(BitConverter.ToInt64([.. Take(source, 8)])));
            case "flag":
                return source.Dequeue() == 1;
            case "text":
                return Encoding.UTF8.GetString([.. Take(source, (int)Unsigned(source))]);
            case "code":
                var code = (int)Unsigned(source);
                return (string)codes[list!]!["oneOf"]!.AsArray().First(c => (int)c!["x-number"]! == code)!["const"]!;
            case "digest":
                return string.Concat(Take(source, 32).Select(b => b.ToString("x2")));
            case "levels":
                return Levels(source);
            default:
                return Number(UnZigZag(Unsigned(source)));
        }
    }

    private void Value(string kind, string? list, JsonNode value, List<byte> bytes)
    {
        switch (kind)
        {
            case "money":
                Unsigned(bytes, ZigZag(BigInteger.Parse((string)value!)));
                break;
            case "real":
                bytes.AddRange(BitConverter.GetBytes(Real(value)));
                break;
            case "flag":
                bytes.Add((byte)((bool)value ? 1 : 0));
                break;
            case "text":
                var text = Encoding.UTF8.GetBytes((string)value!);
                Unsigned(bytes, text.Length);
                bytes.AddRange(text);
                break;
            case "code":
                Unsigned(bytes, (int)codes[list!]!["oneOf"]!.AsArray().First(c => (string)c!["const"]! == (string)value!)!["x-number"]!);
                break;
            case "digest":
                bytes.AddRange(Enumerable.Range(0, 32).Select(i => Convert.ToByte(((string)value!).Substring(2 * i, 2), 16)));
                break;
            case "levels":
                Levels(value.AsArray(), bytes);
                break;
            default:
                Unsigned(bytes, ZigZag(Integer(value)));
                break;
        }
    }

    private static JsonArray Levels(Queue<byte> source)
    {
        var count = (int)Unsigned(source);
        var levels = new JsonArray();
        if (count == 0)
        {
            return levels;
        }

        var priceUnit = BigInteger.Pow(10, source.Dequeue());
        var quantityUnit = BigInteger.Pow(10, source.Dequeue());
        var price = BigInteger.Zero;
        for (var i = 0; i < count; i++)
        {
            price += UnZigZag(Unsigned(source)) * priceUnit;
            levels.Add(new JsonArray(Number(price), Number(Unsigned(source) * quantityUnit)));
        }

        return levels;
    }

    private static void Levels(JsonArray levels, List<byte> bytes)
    {
        Unsigned(bytes, levels.Count);
        if (levels.Count == 0)
        {
            return;
        }

        var priceExponent = Enumerable.Range(0, 9).Last(e => levels.All(level => Integer(level![0]!) % BigInteger.Pow(10, e) == 0));
        var quantityExponent = Enumerable.Range(0, 9).Last(e => levels.All(level => Integer(level![1]!) % BigInteger.Pow(10, e) == 0));
        bytes.Add((byte)priceExponent);
        bytes.Add((byte)quantityExponent);
        var previous = BigInteger.Zero;
        foreach (var level in levels)
        {
            Unsigned(bytes, ZigZag((Integer(level![0]!) - previous) / BigInteger.Pow(10, priceExponent)));
            Unsigned(bytes, Integer(level[1]!) / BigInteger.Pow(10, quantityExponent));
            previous = Integer(level[0]!);
        }
    }

    private static JsonNode Real(double value) => BitConverter.DoubleToUInt64Bits(value) switch
    {
        0x8000_0000_0000_0000 => "-0",
        0x7FF0_0000_0000_0000 => "Infinity",
        0xFFF0_0000_0000_0000 => "-Infinity",
        0xFFF8_0000_0000_0000 => "NaN",
        var bits when (bits & 0x7FF0_0000_0000_0000) == 0x7FF0_0000_0000_0000 => $"NaN({bits:x16})",
        _ => value,
    };

    private static double Real(JsonNode value) => value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        ? (double)value
        : (string)value! switch
        {
            "-0" => -0.0,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            "NaN" => BitConverter.UInt64BitsToDouble(0xFFF8_0000_0000_0000),
            var text => BitConverter.UInt64BitsToDouble(Convert.ToUInt64(text[4..20], 16)),
        };

    private static IEnumerable<byte> Take(Queue<byte> source, int count) => Enumerable.Range(0, count).Select(_ => source.Dequeue()).ToArray();

    private static BigInteger Unsigned(Queue<byte> source)
    {
        var value = BigInteger.Zero;
        for (var shift = 0; ; shift += 7)
        {
            var b = source.Dequeue();
            value += (BigInteger)(b % 128) << shift;
            if (b < 128)
            {
                return value;
            }
        }
    }

    private static void Unsigned(List<byte> bytes, BigInteger value)
    {
        for (; value >= 128; value /= 128)
        {
            bytes.Add((byte)(128 + (value % 128)));
        }

        bytes.Add((byte)value);
    }

    private static BigInteger ZigZag(BigInteger value) => value < 0 ? (-2 * value) - 1 : 2 * value;

    private static BigInteger UnZigZag(BigInteger value) => value.IsEven ? value / 2 : -(value + 1) / 2;

    private static JsonNode Number(BigInteger value) => JsonNode.Parse(value.ToString())!;

    private static BigInteger Integer(JsonNode value) => BigInteger.Parse(value.ToJsonString());
}
