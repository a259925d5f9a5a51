using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventSourcedMM.Tests.Live.Telemetry;

/// <summary>
/// A collector that takes OTLP over HTTP (opentelemetry-proto, collector/metrics/v1 and collector/trace/v1) and keeps what it was told: names of
/// metrics with their points' attributes, spans with parents and attributes, and the bytes themselves.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Task serving;
    private readonly List<byte[]> bodies = [];

    public OtlpReceiver()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        listener.Prefixes.Add(Address + "/");
        listener.Start();
        serving = Task.Run(ServeAsync);
    }

    public string Address { get; }

    public Dictionary<string, string> Resource { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of metrics, and the attributes that their points carried.</summary>
    public SortedDictionary<string, HashSet<string>> Metrics { get; } = new(StringComparer.Ordinal);

    public List<OtlpSpan> Spans { get; } = [];

    /// <summary>True when a text stands anywhere in what was received.</summary>
    public bool Holds(string text)
    {
        lock (bodies)
        {
            return bodies.Exists(b => b.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            lock (bodies)
            {
                bodies.Add(body.ToArray());
                Take(context.Request.Url!.AbsolutePath, body.ToArray());
            }

            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }

    private void Take(string path, byte[] request)
    {
        foreach (var group in Proto.Messages(request, 1))
        {
            foreach (var (name, value) in Proto.Messages(group, 1).SelectMany(resource => Proto.Messages(resource, 1)).Select(Proto.Attribute))
            {
                Resource[name] = value;
            }

            foreach (var entry in Proto.Messages(group, 2).SelectMany(scope => Proto.Messages(scope, 2)))
            {
                if (path == "/v1/metrics")
                {
                    Metric(entry);
                }
                else
                {
                    Spans.Add(new OtlpSpan(
                        Convert.ToHexString(Proto.Messages(entry, 2).Single()),
                        Proto.Messages(entry, 4).Select(Convert.ToHexString).SingleOrDefault(""),
                        Encoding.UTF8.GetString(Proto.Messages(entry, 5).Single()),
                        Proto.Messages(entry, 9).Select(Proto.Attribute).ToDictionary(a => a.Name, a => a.Value)));
                }
            }
        }
    }

    // Gauge 5, sum 7, histogram 9, each with its points in 1; attributes of a number are 7, of a histogram's point 9.
    private void Metric(byte[] metric)
    {
        var name = Encoding.UTF8.GetString(Proto.Messages(metric, 1).Single());
        if (!Metrics.TryGetValue(name, out var attributes))
        {
            Metrics.Add(name, attributes = []);
        }

        foreach (var kind in (int[])[5, 7, 9])
        {
            foreach (var (key, value) in Proto.Messages(metric, kind).SelectMany(data => Proto.Messages(data, 1)).SelectMany(point => Proto.Messages(point, kind == 9 ? 9 : 7)).Select(Proto.Attribute))
            {
                attributes.Add($"{key}={value}");
            }
        }
    }
}

/// <summary>A span as it was received.</summary>
internal sealed record OtlpSpan(string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Attributes);

/// <summary>As much of Protocol Buffers' encoding as is needed to read names.</summary>
internal static class Proto
{
    /// <summary>Every length-delimited field of a number.</summary>
    public static List<byte[]> Messages(byte[] message, int number)
    {
        var found = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            switch (key & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    if ((int)(key >> 3) == number)
                    {
                        found.Add(message[at..(at + length)]);
                    }

                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7}");
            }
        }

        return found;
    }

    /// <summary>A KeyValue whose value is a text or a whole number.</summary>
    public static (string Name, string Value) Attribute(byte[] pair)
    {
        var name = Encoding.UTF8.GetString(Messages(pair, 1).Single());
        var value = Messages(pair, 2).Single();
        if (Messages(value, 1) is [var text])
        {
            return (name, Encoding.UTF8.GetString(text));
        }

        var at = 1;
        return (name, value.Length > 1 && value[0] >> 3 == 3 ? unchecked((long)Varint(value, ref at)).ToString(System.Globalization.CultureInfo.InvariantCulture) : "");
    }

    private static ulong Varint(byte[] bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
