using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Explain;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>
/// What somebody signs after a run was executed again and found identical: the chains of everything it read and wrote, what
/// it was told, which program did it, and the result. Signed is the text of the "certificate" object without white space
/// between its tokens, so that a file that was only laid out anew still holds (docs/audit.md).
/// </summary>
public static class Certificate
{
    /// <summary>Version of the certificate's own layout.</summary>
    public const int Format = 1;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n" };

    /// <summary>A signed certificate of an identical run.</summary>
    /// <param name="stores">Where the run's inputs are.</param>
    /// <param name="executed">The run with its execution; identical.</param>
    /// <param name="key">ECDSA P-256 key with its private part.</param>
    /// <exception cref="ArgumentException">The execution differs: there is nothing to certify.</exception>
    public static string Issue(StoreSet stores, ExecutedRun executed, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(executed);
        if (executed.Difference is not null)
        {
            throw new ArgumentException($"{executed.Run.Name} differs from its execution: there is nothing to certify.", nameof(executed));
        }

        var body = Body(stores, executed);
        using var document = JsonDocument.Parse(body);
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Indented))
        {
            json.WriteStartObject();
            json.WritePropertyName("certificate");
            document.RootElement.WriteTo(json);
            json.WriteStartObject("signature");
            json.WriteString("algorithm", "ECDSA P-256 with SHA-256, DER");
            json.WriteString("publicKey", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()));
            json.WriteString("value", Convert.ToBase64String(key.SignData(SignedBytes(document.RootElement), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray()) + "\n";
    }

    /// <summary>The bytes that are signed: the object without white space between its tokens.</summary>
    public static byte[] SignedBytes(JsonElement certificate)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Compact))
        {
            certificate.WriteTo(json);
        }

        return memory.ToArray();
    }

    private static byte[] Body(StoreSet stores, ExecutedRun executed)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Compact))
        {
            var started = executed.Run.Started;
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("run", started.Run);
            json.WriteString("kind", started.Kind);
            json.WriteString("symbol", started.Symbol);
            json.WriteString("windowStart", Words.Time(started.WindowStart));
            json.WriteString("windowEnd", started.WindowEnd == long.MaxValue ? "" : Words.Time(started.WindowEnd));
            json.WriteString("parent", started.Parent);
            json.WriteNumber("parentSequence", started.ParentSequence);
            json.WritePropertyName("configuration");
            json.WriteRawValue(started.Configuration);
            json.WriteString("queue", CodeNames<QueueModel>.Name((int)started.Queue));
            json.WriteNumber("feePpm", started.FeePartsPerMillion);
            WriteCode(json, started.Engine);
            WriteStreams(json, stores, executed);
            WriteResult(json, executed);
            json.WriteEndObject();
        }

        return memory.ToArray();
    }

    private static void WriteCode(Utf8JsonWriter json, string engine)
    {
        json.WriteStartObject("code");
        json.WriteString("engine", engine);
        json.WriteString("program", CodeIdentity.Current.Version);
        foreach (var (name, hash) in CodeIdentity.Current.Assemblies)
        {
            json.WriteString(name, hash);
        }

        json.WriteEndObject();
        json.WriteStartObject("schemas");
        foreach (var (type, version) in CodeIdentity.Schemas())
        {
            json.WriteNumber(type, version);
        }

        json.WriteEndObject();
    }

    private static void WriteStreams(Utf8JsonWriter json, StoreSet stores, ExecutedRun executed)
    {
        var untrusted = 0.0;
        json.WriteStartArray("streams");
        Write(StreamProof.Of(executed.Run.Store, executed.Run.Name));
        foreach (var line in RunInputs.Lines(stores, executed.Run))
        {
            var (store, name, _) = RunInputs.Find(stores, line);
            var proof = StreamProof.Of(store, name);
            untrusted += proof.UntrustedSeconds ?? 0;
            Write(proof);
        }

        json.WriteEndArray();
        json.WriteNumber("untrustedSeconds", untrusted);

        void Write(StreamProof proof)
        {
            json.WriteStartObject();
            json.WriteString("stream", proof.Stream.Value);
            json.WriteNumber("events", proof.Events);
            json.WriteString("firstTime", Words.Time(proof.FirstTime));
            json.WriteString("lastTime", Words.Time(proof.LastTime));
            json.WriteString("contentHash", proof.ContentHash.ToString());
            json.WriteString("blockRoot", proof.BlockRoot.ToString());
            json.WriteStartObject("counts");
            foreach (var (type, count) in proof.Counts)
            {
                json.WriteNumber(type, count);
            }

            json.WriteEndObject();
            json.WriteStartArray("blocks");
            foreach (var block in proof.Blocks)
            {
                json.WriteStringValue(block.ToString());
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static void WriteResult(Utf8JsonWriter json, ExecutedRun executed)
    {
        var figures = RunFigures.Of(executed.Result);
        var instrument = executed.Result.State.Instrument!;
        json.WriteStartObject("result");
        json.WriteBoolean("identical", executed.Difference is null);
        json.WriteNumber("eventsCompared", executed.Equal);
        json.WriteString("stateHash", StateHash.Of(executed.Result.State).ToString());
        json.WriteString("pnl", instrument.FormatMoney(figures.Pnl));
        json.WriteString("realised", instrument.FormatMoney(figures.Realised));
        json.WriteString("unrealised", instrument.FormatMoney(figures.Unrealised));
        json.WriteString("fees", instrument.FormatMoney(figures.Fees));
        json.WriteString("maxDrawdown", instrument.FormatMoney(figures.MaxDrawdown));
        json.WriteString("position", instrument.FormatQuantity(figures.Position));
        json.WriteNumber("decisions", executed.Result.State.Decisions);
        json.WriteNumber("orders", figures.Orders);
        json.WriteNumber("fills", figures.Fills);
        json.WriteEndObject();
    }
}
