using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>What a check of a certificate looked at and found.</summary>
/// <param name="Name">What was checked, for tools: file, signature, key, code, schemas, stream, settings, execution, result.</param>
/// <param name="Holds">True when it holds; false when it does not; null when it could not be checked or proves nothing either way.</param>
/// <param name="Text">What was found, in words.</param>
public sealed record CertificateFinding(string Name, bool? Holds, string Text);

/// <summary>A certificate, checked.</summary>
/// <param name="Findings">What was looked at, in order.</param>
/// <param name="Executed">True when the run was executed again; false when only the signature speaks for what is stated.</param>
public sealed record CheckedCertificate(IReadOnlyList<CertificateFinding> Findings, bool Executed)
{
    /// <summary>True when nothing fails.</summary>
    public bool Holds => Findings.All(f => f.Holds != false);

    /// <summary>What it comes to, in words.</summary>
    public string Summary => !Holds ? "the certificate DOES NOT HOLD"
        : Executed ? "the certificate holds"
        : "the signature holds, nothing was executed";
}

/// <summary>Checks certificates: the signature always, the events where they are stored.</summary>
public sealed class CertificateCheck
{
    private readonly List<CertificateFinding> findings = [];
    private bool executedAgain;
    private bool otherBuild;

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
    public static CheckedCertificate Run(ReadOnlyMemory<byte> file, string source, ECDsa? trusted, StoreSet? stores, Action<long, long>? progress = null)
    {
        var check = new CertificateCheck();
        try
        {
            using var document = JsonDocument.Parse(file);
            var faults = CertificateLayout.Faults(document.RootElement);
            if (faults.Count > 0)
            {
                // Which of two readings should be checked, nobody can say.
                return new CheckedCertificate([.. faults.Select(f => new CertificateFinding("file", false, f))], false);
            }

            var certificate = document.RootElement.GetProperty("certificate");
            check.Signature(certificate, document.RootElement.GetProperty("signature"), trusted);
            if (certificate.GetProperty("format").GetInt32() != Certificate.Format)
            {
                throw new InvalidDataException($"{source} is a certificate of format {certificate.GetProperty("format").GetRawText()}; this program reads format {Certificate.Format}.");
            }

            check.Code(certificate);
            check.OwnStream(certificate);
            if (stores is not null)
            {
                check.Events(certificate, stores, progress);
            }
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source} is not a certificate: line {e.LineNumber + 1} is not JSON. mm verify RUN --certificate FILE --key PEM writes one.");
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{source} is not a certificate of this program: a member is missing or of another kind{(e is FormatException ? $" ({e.Message})" : "")}. mm verify RUN --certificate FILE --key PEM writes one.");
        }

        return new CheckedCertificate(check.findings, check.executedAgain);
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
        var algorithm = signature.GetProperty("algorithm").GetString();
        if (algorithm != Certificate.Algorithm)
        {
            Add("signature", false, $"signature.algorithm: the file states {algorithm}, certificates are signed by {Certificate.Algorithm}");
        }

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
        var here = CodeIdentity.Current;
        var others = here.Assemblies
            .Where(a => !code.TryGetProperty(a.Key, out var hash) || hash.ValueKind != JsonValueKind.String || hash.GetString() != a.Value)
            .Select(a => a.Key)
            .ToArray();
        var program = code.GetProperty("program").GetString();
        var stated = certificate.GetProperty("schemas").EnumerateObject().Select(s => KeyValuePair.Create(s.Name, s.Value.GetRawText())).ToArray();
        var folded = CodeIdentity.Schemas().Select(s => KeyValuePair.Create(s.Key, s.Value.ToString(CultureInfo.InvariantCulture))).ToArray();
        var changed = folded.Except(stated).Concat(stated.Except(folded)).Select(s => s.Key).Distinct(StringComparer.Ordinal).ToArray();
        otherBuild = others.Length > 0;
        if (otherBuild)
        {
            Add("code", null, $"made by another build: {string.Join(", ", others)} differ (version {program}, engine {code.GetProperty("engine").GetString()}; this is {here.Version}, engine {Backtest.RunHeader.EngineVersion})");
        }
        else
        {
            Add("code", program == here.Version, program == here.Version
                ? $"made by this very build of version {program}"
                : $"code.program: the certificate states {program}, the build of its hashes is this one, of version {here.Version}");
        }

        // An assembly of another version may have another name; what is no hash is a statement that nothing holds up.
        foreach (var member in code.EnumerateObject().Where(m => m.Name is not ("engine" or "program") && here.Assemblies.All(a => a.Key != m.Name)))
        {
            if (!otherBuild || member.Value.ValueKind != JsonValueKind.String || member.Value.GetString() is not { Length: 64 } hash || !hash.All(char.IsAsciiHexDigitLower))
            {
                Add("code", false, $"code.{member.Name}: {(otherBuild ? "it is no hash of an assembly" : "the certificate states it, this very build has no such member")}");
            }
        }

        // One build has one set of schemas.
        if (changed.Length > 0)
        {
            Add("schemas", otherBuild ? null : false, otherBuild
                ? $"made with other versions of {string.Join(", ", changed)}"
                : $"the certificate states other versions of {string.Join(", ", changed)} than this very build has");
        }
    }

    private static StreamName RunOf(JsonElement certificate) =>
        StreamName.Run(certificate.GetProperty("run").GetString() ?? "", certificate.GetProperty("symbol").GetString() ?? "");

    // A certificate without its own run's chain says nothing of any events; that shows without them.
    private void OwnStream(JsonElement certificate)
    {
        var name = RunOf(certificate).Value;
        if (!certificate.GetProperty("streams").EnumerateArray().Any(s => s.GetProperty("stream").GetString() == name))
        {
            Add("stream", false, $"the certificate is of {name} and does not list its chain");
        }
    }

    private void Events(JsonElement certificate, StoreSet stores, Action<long, long>? progress)
    {
        var name = RunOf(certificate);
        var changed = new HashSet<string>();
        string? own = null;
        foreach (var stream in certificate.GetProperty("streams").EnumerateArray())
        {
            var listed = StreamName.Parse(stream.GetProperty("stream").GetString() ?? "");
            own = listed == name ? stream.GetProperty("contentHash").GetString() : own;
            if (!Stream(listed, stream, stores))
            {
                changed.Add(listed.Value);
            }
        }

        // What is executed is the run that is named, whatever the list of streams leaves out or adds.
        var copies = stores.FindCopies(name).ToArray();
        if (copies.Length == 0)
        {
            Add("execution", null, $"not executed: {name} is not stored here");
            return;
        }

        // A run that was sealed anew can still be executed: that names the event, where the chain names its block.
        var copy = copies.FirstOrDefault(c => c.Info.ContentHash?.ToString() == own, copies[0]);
        try
        {
            var verification = new RunVerifier(stores).Verify((copy.Store, name), progress);
            Execution(verification);
            if (verification.Executed is not null)
            {
                Members(certificate, stores, verification, changed);
            }
        }
        catch (Exception e) when (e is NoSuchDayException or NoSuchRunException)
        {
            Add("execution", null, $"not executed, events are missing here: {e.Message}");
        }
    }

    // False when the stream that is here is not the one of the certificate.
    private bool Stream(StreamName name, JsonElement stream, StoreSet stores)
    {
        var wanted = stream.GetProperty("contentHash").GetString()!;
        var copies = stores.FindCopies(name).ToArray();
        if (copies.Length == 0)
        {
            Add("stream", null, $"{name} is not stored here");
            return true;
        }

        var copy = copies.FirstOrDefault(c => c.Info.ContentHash?.ToString() == wanted, copies[0]);
        var damage = RunVerifier.Damage(copy.Store, name);
        foreach (var what in damage)
        {
            Add("stream", false, what);
        }

        if (damage.Count > 0)
        {
            return false;
        }

        var proof = StreamProof.Of(copy.Store, name);
        var events = stream.GetProperty("events").GetInt64();
        var blocks = stream.GetProperty("blocks").EnumerateArray().Select(b => b.GetString()!).ToArray();
        var other = proof.FirstOtherBlock(blocks);
        var first = ((other - 1) * Stores.ContentHash.BlockRecords) + 1;
        var (sameContent, sameBlocks) = (proof.ContentHash.ToString() == wanted, other == 0);
        var holds = sameContent && sameBlocks && proof.Events == events;
        Add("stream", holds, (holds, sameContent, sameBlocks) switch
        {
            (true, _, _) => FormattableString.Invariant($"{name}: {events} events, chain unbroken to {wanted}"),
            (_, false, false) => FormattableString.Invariant($"{name} was changed and sealed anew: it has {proof.Events} events, the certificate {events}; the first block that differs is {other} (events {first} to {first + Stores.ContentHash.BlockRecords - 1})"),
            (_, true, false) => FormattableString.Invariant($"{name} has the content hash of the certificate, and other blocks than it lists: the first that differs is {other} of {proof.Blocks.Count}, {blocks.Length} are listed"),
            (_, false, true) => $"{name} has the blocks of the certificate, and not its content hash: {proof.ContentHash}, not {wanted}",
            _ => FormattableString.Invariant($"{name} has {proof.Events} events, the certificate states {events}"),
        });
        return holds;
    }

    private void Execution(Verification verification)
    {
        if (verification.Executed is not { } executed)
        {
            // Named by its stream already, unless the certificate leaves that stream out.
            var named = findings.Where(f => f.Name == "stream" && f.Holds == false).Select(f => f.Text).ToHashSet();
            var news = verification.Damage.Where(d => !named.Contains(d)).ToArray();
            Add("execution", news.Length > 0 ? false : null, news.Length > 0 ? string.Join("; ", news) : "not executed: what is stored is damaged");
            return;
        }

        executedAgain = true;
        Add("execution", executed.Difference is null, executed.Difference is { } difference
            ? $"executed again by this build, the run differs at event {difference.Sequence}"
            : FormattableString.Invariant($"executed again by this build: {executed.Equal} events identical"));
        foreach (var note in verification.Notes)
        {
            Add("execution", null, note);
        }

        if (verification.Portfolio is { } portfolio)
        {
            Add("execution", portfolio.Identical, portfolio.Identical
                ? FormattableString.Invariant($"{portfolio.Portfolio} executed again: {portfolio.Facts} facts follow from this run, {portfolio.Verdicts} verdicts were told it")
                : $"{portfolio.Portfolio} executed again is not as stored: mm verify names where");
        }
    }

    // The whole certificate made anew from what was executed, and every member that differs.
    private void Members(JsonElement certificate, StoreSet stores, Verification verification, HashSet<string> changed)
    {
        using var body = JsonDocument.Parse(Certificate.Body(stores, verification));
        var executed = verification.Executed!;
        var failed = new HashSet<string>();
        var other = new OtherResult(certificate.GetProperty("result"), executed);
        var earlier = otherBuild && !certificate.GetProperty("result").TryGetProperty("notes", out _);
        if (earlier)
        {
            Add("result", null, "made by an earlier version of the program, which stated neither result.portfolio nor result.notes, nor the chains of the runs that a fork came from");
        }

        foreach (var member in CertificateComparison.Of(certificate, body.RootElement))
        {
            // Said already: by the stream itself, by the event that differs, of an earlier version's certificate in one note.
            if ((earlier && IsNotYetStated(member)) || changed.Any(c => member.Member.StartsWith($"streams[{c}].", StringComparison.Ordinal))
                || (executed.Difference is not null && member.Member is "result.identical" or "result.eventsCompared"))
            {
                continue;
            }

            var group = GroupOf(member.Member);
            var reason = otherBuild ? other.Explain(member) : null;
            Add(group, reason is null ? false : null, reason is null ? member.Text : $"{member.Text}: {reason}");
            failed.Add(group);
        }

        var figures = RunFigures.Of(executed.Result);
        var instrument = executed.Result.State.Instrument!;
        if (!failed.Contains("settings"))
        {
            Add("settings", true, "run, window, configuration, queue model and commission are those of the run's first event");
        }

        if (!failed.Contains("result"))
        {
            Add("result", true, $"state {StateHash.Of(executed.Result.State)}, PnL {instrument.FormatMoney(figures.Pnl)} {instrument.QuoteAsset}, and every other figure");
        }
    }

    // Nothing that would be hidden by leaving it out: an empty note, no portfolio, an ancestor that the execution has read.
    private static bool IsNotYetStated(FalseMember member) => member.Stated is null
        && (member is { Member: "result.portfolio", Found: "null" } or { Member: "result.notes", Found: "[]" }
            || member.Member.StartsWith("streams[run/", StringComparison.Ordinal));

    private static string GroupOf(string member) => member.StartsWith("streams", StringComparison.Ordinal) ? "stream"
        : member.StartsWith("result", StringComparison.Ordinal) || member == "untrustedSeconds" ? "result"
        : member.StartsWith("code", StringComparison.Ordinal) ? "code"
        : "settings";

    private void Add(string name, bool? holds, string text) => findings.Add(new CertificateFinding(name, holds, text));
}
