using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Units;
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

    /// <summary>How certificates are signed.</summary>
    public const string Algorithm = "ECDSA P-256 with SHA-256, DER";

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n" };

    /// <summary>Why a verified run cannot be certified, in words; null when it can.</summary>
    /// <param name="stores">Where the run's inputs and ancestors are.</param>
    /// <param name="verification">What was found.</param>
    public static string? Refusal(StoreSet stores, Verification verification)
    {
        ArgumentNullException.ThrowIfNull(verification);
        if (!verification.Identical || verification.Executed is not { } executed)
        {
            return $"{verification.Run} is not identical to its execution";
        }

        if (executed.Through is not null)
        {
            return $"{verification.Run} has not ended: what it rests on still grows";
        }

        // A backtest names the content that it read, which its verification held to; other streams must be at their end.
        var isLive = LiveScript.IsLive(executed.Run.Started.Kind);
        var growing = CertifiedStreams.Of(stores, executed.Run).FirstOrDefault(s => !s.Info.Sealed && (isLive || s.Name.Parts[0] == "run"));
        return growing.Name.Value is null ? null : $"{growing.Name} is not sealed: it may still grow";
    }

    /// <summary>A signed certificate of an identical run.</summary>
    /// <param name="stores">Where the run's inputs and ancestors are.</param>
    /// <param name="verification">The run, verified and identical.</param>
    /// <param name="key">ECDSA P-256 key with its private part.</param>
    /// <exception cref="ArgumentException">There is nothing to certify: <see cref="Refusal"/> says why.</exception>
    public static string Issue(StoreSet stores, Verification verification, ECDsa key)
    {
        if (Refusal(stores, verification) is { } reason)
        {
            throw new ArgumentException($"There is nothing to certify: {reason}.", nameof(verification));
        }

        var body = Body(stores, verification);
        using var document = JsonDocument.Parse(body);
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Indented))
        {
            json.WriteStartObject();
            json.WritePropertyName("certificate");
            document.RootElement.WriteTo(json);
            json.WriteStartObject("signature");
            json.WriteString("algorithm", Algorithm);
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

    /// <summary>What a certificate of a verified run states, as JSON without white space.</summary>
    /// <param name="stores">Where the run's inputs and ancestors are.</param>
    /// <param name="verification">The run, executed.</param>
    internal static byte[] Body(StoreSet stores, Verification verification)
    {
        var executed = verification.Executed!;
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
            WriteResult(json, verification, executed);
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
        var proofs = CertifiedStreams.Of(stores, executed.Run).Select(s => StreamProof.Of(s.Store, s.Name)).ToList();
        json.WriteStartArray("streams");
        proofs.ForEach(Write);
        json.WriteEndArray();
        if (Untrusted(proofs) is { } untrusted)
        {
            json.WriteNumber("untrustedSeconds", untrusted / (decimal)Nanoseconds.PerSecond);
        }
        else
        {
            json.WriteNull("untrustedSeconds");
        }

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

    // In nanoseconds over all recordings; null when one contradicts itself. A day reaches to midnight where the run read on in
    // the same recording's next day: that is known without looking at what else is stored.
    private static long? Untrusted(List<StreamProof> proofs)
    {
        var sum = 0L;
        var days = proofs.FindAll(p => p.Stream.Parts[0] == "market");
        foreach (var (number, day) in days.Index())
        {
            if (day.Time is not { } time)
            {
                return null;
            }

            var goesOn = number + 1 < days.Count && days[number + 1].Stream.Parts[3] == day.Stream.Parts[3];
            sum += goesOn ? time.UntilMidnight.Untrusted : time.Untrusted;
        }

        return sum;
    }

    private static void WriteResult(Utf8JsonWriter json, Verification verification, ExecutedRun executed)
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
        json.WritePropertyName("portfolio");
        if (verification.Portfolio is { } portfolio)
        {
            // Its own length is not in here: it goes on when this symbol's run has ended.
            json.WriteStartObject();
            json.WriteString("stream", portfolio.Portfolio.Value);
            json.WriteNumber("facts", portfolio.Facts);
            json.WriteNumber("verdicts", portfolio.Verdicts);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteStartArray("notes");
        foreach (var note in verification.Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
