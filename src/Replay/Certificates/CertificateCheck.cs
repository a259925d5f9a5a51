using System.Security.Cryptography;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>What a check of a certificate looked at and found.</summary>
/// <param name="Name">What was checked, for tools: signature, key, code, schemas, stream, settings, execution, result.</param>
/// <param name="Holds">True when it holds; false when it does not; null when it could not be checked or proves nothing either way.</param>
/// <param name="Text">What was found, in words.</param>
public sealed record CertificateFinding(string Name, bool? Holds, string Text);

/// <summary>Checks certificates: the signature always, the events where they are stored.</summary>
public sealed class CertificateCheck
{
    private readonly List<CertificateFinding> findings = [];

    private CertificateCheck()
    {
    }

    /// <summary>Checks a certificate.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="source">What it is, for messages.</param>
    /// <param name="trusted">The key it must be signed with; null to take the one inside, which proves only that nothing was changed since.</param>
    /// <param name="stores">Where the events may be; null to check without them.</param>
    /// <param name="progress">Told events read and in all while the run is executed; null for nobody.</param>
    /// <exception cref="InvalidDataException">The file is no certificate.</exception>
    public static IReadOnlyList<CertificateFinding> Run(ReadOnlyMemory<byte> file, string source, ECDsa? trusted, StoreSet? stores, Action<long, long>? progress = null)
    {
        var check = new CertificateCheck();
        try
        {
            using var document = JsonDocument.Parse(file);
            var certificate = document.RootElement.GetProperty("certificate");
            check.Signature(certificate, document.RootElement.GetProperty("signature"), trusted);
            if (certificate.GetProperty("format").GetInt32() != Certificate.Format)
            {
                throw new InvalidDataException($"{source} is a certificate of format {certificate.GetProperty("format").GetRawText()}; this program reads format {Certificate.Format}.");
            }

            check.Code(certificate);
            if (stores is not null)
            {
                check.Events(certificate, stores, progress);
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{source} is not a certificate of this program: {e.Message}");
        }

        return check.findings;
    }

    private void Signature(JsonElement certificate, JsonElement signature, ECDsa? trusted)
    {
        using var inside = ECDsa.Create();
        try
        {
            inside.ImportSubjectPublicKeyInfo(signature.GetProperty("publicKey").GetBytesFromBase64(), out _);
        }
        catch (CryptographicException e)
        {
            Add("key", false, $"the public key inside cannot be read: {e.Message}");
            return;
        }

        var fingerprint = SigningKeys.Fingerprint(inside);
        var value = signature.GetProperty("value").GetBytesFromBase64();
        var bytes = Certificate.SignedBytes(certificate);
        var holds = SigningKeys.IsP256(inside) && inside.VerifyData(bytes, value, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        Add("signature", holds, holds ? "nothing in the certificate was changed since it was signed" : "the certificate was edited after it was signed, or the signature is not of the key it names");
        if (trusted is null)
        {
            Add("key", null, $"signed with key {fingerprint}; name the signer's key with --key to hold it to that");
        }
        else
        {
            var same = SigningKeys.Fingerprint(trusted) == fingerprint;
            Add("key", same, same ? $"signed with the key named, {fingerprint}" : $"signed with another key: {fingerprint}, not {SigningKeys.Fingerprint(trusted)}");
        }
    }

    private void Code(JsonElement certificate)
    {
        var code = certificate.GetProperty("code");
        var others = CodeIdentity.Current.Assemblies
            .Where(a => code.GetProperty(a.Key).GetString() != a.Value)
            .Select(a => a.Key)
            .ToArray();
        Add("code", others.Length == 0 ? true : null, others.Length == 0
            ? $"made by this very build of version {code.GetProperty("program").GetString()}"
            : $"made by another build: {string.Join(", ", others)} differ (version {code.GetProperty("program").GetString()}, engine {code.GetProperty("engine").GetString()}; this is {CodeIdentity.Current.Version}, engine {Backtest.RunHeader.EngineVersion})");
        var schemas = CodeIdentity.Schemas();
        var changed = schemas.Where(s => !certificate.GetProperty("schemas").TryGetProperty(s.Key, out var v) || v.GetInt32() != s.Value).Select(s => s.Key).ToArray();
        if (changed.Length > 0)
        {
            Add("schemas", null, $"made with other versions of {string.Join(", ", changed)}");
        }
    }

    private void Events(JsonElement certificate, StoreSet stores, Action<long, long>? progress)
    {
        var missing = 0;
        foreach (var stream in certificate.GetProperty("streams").EnumerateArray())
        {
            missing += Stream(stream, stores) ? 0 : 1;
        }

        if (missing > 0)
        {
            Add("execution", null, "not executed: events are missing here");
            return;
        }

        // A run that was sealed anew can still be executed: that names the event, where the chain names its block.
        var name = StreamName.Run(certificate.GetProperty("run").GetString()!, certificate.GetProperty("symbol").GetString()!);
        if (findings.Exists(f => f.Name == "stream" && f.Holds == false && !f.Text.StartsWith($"{name} was changed", StringComparison.Ordinal)))
        {
            return;
        }

        var found = stores.Find(name)!.Value;
        var run = new StoredRun(found.Store, name, RunFinder.ReadStart(found.Store, name));
        Settings(certificate, run.Started);
        Execution(certificate.GetProperty("result"), RunExecution.Execute(stores, run, progress));
    }

    // True when the stream is here, whatever it holds.
    private bool Stream(JsonElement stream, StoreSet stores)
    {
        var name = StreamName.Parse(stream.GetProperty("stream").GetString()!);
        var wanted = stream.GetProperty("contentHash").GetString()!;
        var copies = stores.FindCopies(name).ToArray();
        if (copies.Length == 0)
        {
            Add("stream", null, $"{name} is not stored here");
            return false;
        }

        var copy = copies.FirstOrDefault(c => c.Info.ContentHash?.ToString() == wanted, copies[0]);
        foreach (var damage in RunVerifier.Damage(copy.Store, name))
        {
            Add("stream", false, damage);
        }

        if (findings is [.., { Name: "stream", Holds: false }])
        {
            return true;
        }

        var proof = StreamProof.Of(copy.Store, name);
        var events = stream.GetProperty("events").GetInt64();
        var blocks = stream.GetProperty("blocks").EnumerateArray().Select(b => b.GetString()!).ToArray();
        var other = proof.FirstOtherBlock(blocks);
        var first = ((other - 1) * Stores.ContentHash.BlockRecords) + 1;
        Add("stream", proof.ContentHash.ToString() == wanted && proof.Events == events, other == 0
            ? FormattableString.Invariant($"{name}: {events} events, chain unbroken to {wanted}")
            : FormattableString.Invariant($"{name} was changed and sealed anew: it has {proof.Events} events, the certificate {events}; the first block that differs is {other} (events {first} to {first + Stores.ContentHash.BlockRecords - 1})"));
        return true;
    }

    private void Settings(JsonElement certificate, in RunStarted started)
    {
        var same = JsonElement.DeepEquals(certificate.GetProperty("configuration"), JsonDocument.Parse(started.Configuration).RootElement)
            && certificate.GetProperty("queue").GetString() == Explain.Words.Code(started.Queue)
            && certificate.GetProperty("feePpm").GetInt64() == started.FeePartsPerMillion;
        Add("settings", same, same ? "configuration, queue model and commission are those of the run's first event" : "configuration, queue model or commission are not those of the run's first event");
    }

    private void Execution(JsonElement result, ExecutedRun executed)
    {
        Add("execution", executed.Difference is null, executed.Difference is { } difference
            ? $"executed again by this build, the run differs at event {difference.Sequence}"
            : FormattableString.Invariant($"executed again by this build: {executed.Equal} events identical"));
        var figures = RunFigures.Of(executed.Result);
        var instrument = executed.Result.State.Instrument!;
        var hash = StateHash.Of(executed.Result.State).ToString();
        var same = result.GetProperty("stateHash").GetString() == hash && result.GetProperty("pnl").GetString() == instrument.FormatMoney(figures.Pnl);
        Add("result", same, same
            ? $"state {hash}, PnL {instrument.FormatMoney(figures.Pnl)} {instrument.QuoteAsset}"
            : $"the execution gives state {hash} and PnL {instrument.FormatMoney(figures.Pnl)}, the certificate states {result.GetProperty("stateHash").GetString()} and {result.GetProperty("pnl").GetString()}");
    }

    private void Add(string name, bool? holds, string text) => findings.Add(new CertificateFinding(name, holds, text));
}
