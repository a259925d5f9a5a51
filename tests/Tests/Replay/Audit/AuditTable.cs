using System.Text.RegularExpressions;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Tests.Live;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>What verify and certificate check say of something that was changed, as docs/audit.md has it in its tables.</summary>
internal static partial class AuditTable
{
    /// <summary>What does not hold; before it that another build made the certificate, which is no failure by itself.</summary>
    public static string Fails(IReadOnlyList<CertificateFinding> findings) =>
        string.Join("; ", findings.Where(f => f.Holds == false || f is { Name: "code", Holds: null }).Select(f => $"{f.Name}: {f.Text}").DistinctBy(f => f.Split(':')[0]));

    /// <summary>What verify says of a run that is not identical.</summary>
    public static string Verify(StoreSet stores, StoredRun run)
    {
        try
        {
            var found = new RunFinder(stores).Locate(run.Name.Parts[1]);
            var verification = new RunVerifier(stores).Verify(found);
            Assert.False(verification.Identical);
            return Say(verification);
        }
        catch (NoSuchDayException e)
        {
            return e.Message;
        }
    }

    /// <summary>A verification in words.</summary>
    public static string Say(Verification verification) =>
        (verification.Damage.Count > 0 ? $"damaged: {verification.Damage[0]}"
            : verification.Difference is { } difference ? FormattableString.Invariant($"DIFFERENT at event {difference.Sequence} ({Names(difference)})")
            : "identical")
        + (verification.OtherBuild is { } other ? $"; {other}" : "");

    /// <summary>Fails unless docs/audit.md has these rows, whatever their numbers: sizes and places move with every new event version.</summary>
    public static void AssertInTheManual(string rows)
    {
        var docs = File.ReadAllText(Path.Combine(Samples.Root, "..", "..", "docs", "audit.md"));
        Assert.True(WithoutDigits(docs.ReplaceLineEndings("\n")).Contains(WithoutDigits(rows), StringComparison.Ordinal), $"docs/audit.md does not have, whatever the numbers:\n{rows}");
    }

    /// <summary>A text with every number made one sign.</summary>
    public static string WithoutDigits(string text) => Digits().Replace(text, "#");

    /// <summary>Without names, hashes and versions, which change with every engine version, and keys with every run of the test: no table is about them.</summary>
    public static string Plain(string text, StoredRun run) =>
        text.Length == 0 ? "—" : Builds().Replace(Hexadecimals().Replace(RunNames().Replace(text.Replace(run.Name.Parts[1], "RUN", StringComparison.Ordinal), "ANOTHER").Replace($"engine {RunHeader.EngineVersion}", "engine N", StringComparison.Ordinal).Replace(CodeIdentity.Current.Version, "V", StringComparison.Ordinal), "…"), " build …").Replace("|", "\\|", StringComparison.Ordinal);

    private static string Names(RunDifference d) => $"stored {d.Stored?.Header.Type.ToString() ?? "nothing"}, executed {d.Executed?.Header.Type.ToString() ?? "nothing"}";

    // The name that a forged first event would give.
    [GeneratedRegex("backtest-nexousdt-[0-9]{8}-[0-9a-f]{10}")]
    private static partial Regex RunNames();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Hexadecimals();

    [GeneratedRegex(" build [0-9a-f]{16}")]
    private static partial Regex Builds();
}
