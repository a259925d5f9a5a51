using System.Security.Cryptography;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm verify</c> of a day: its streams, and every run that read them.</summary>
internal static class VerifyDay
{
    /// <summary>Verifies and prints.</summary>
    public static int Run(StoreSet stores, string text, ECDsa? signer, string? file, bool json, Terminal terminal)
    {
        var verification = new DayVerifier(stores).Verify(text, (done, total) => terminal.Progress("verify", done, total));
        terminal.EndProgress();
        if (signer is not null && verification.Runs.Count != 1)
        {
            throw new UsageException($"{text} was read by {verification.Runs.Count} runs; a certificate is of one: mm verify RUN --certificate {file}.");
        }

        if (json)
        {
            terminal.Output.WriteLine(Json(verification));
        }
        else
        {
            foreach (var stream in verification.Streams)
            {
                foreach (var damage in stream.Damage)
                {
                    terminal.Output.WriteLine($"damaged: {damage}");
                }

                if (stream.Damage.Count == 0)
                {
                    terminal.Output.WriteLine(FormattableString.Invariant($"whole: {stream.Day.Info.Version:N0} events of {stream.Day.Name}, chain {(stream.Day.Info.ContentHash is { } hash ? $"unbroken to {hash}" : "not sealed yet")}, its book made of {stream.Diffs:N0} diffs since the recording began"));
                }
            }

            foreach (var run in verification.Runs)
            {
                VerifyCommand.WriteText(terminal, run, new RunFinder(stores).Locate(run.Run.Parts[1]).Store);
            }

            if (verification.Runs.Count == 0)
            {
                terminal.Output.WriteLine("no stored run read it");
            }
        }

        var certified = verification.Runs is not [var only] || VerifyCommand.Certify(stores, only, signer, file, terminal);
        return verification.Identical && certified ? ExitCode.Done : ExitCode.No;
    }

    private static string Json(DayVerification verification) => JsonText.Object(json =>
    {
        json.WriteBoolean("identical", verification.Identical);
        json.WriteStartArray("streams");
        foreach (var stream in verification.Streams)
        {
            json.WriteStartObject();
            json.WriteString("stream", stream.Day.Name.Value);
            json.WriteNumber("events", stream.Day.Info.Version);
            json.WriteString("contentHash", stream.Day.Info.ContentHash?.ToString());
            if (stream.Untrusted is { } untrusted)
            {
                json.WriteNumber("untrustedSeconds", untrusted / (decimal)Nanoseconds.PerSecond);
            }
            else
            {
                json.WriteNull("untrustedSeconds");
            }

            json.WriteStartArray("damage");
            foreach (var damage in stream.Damage)
            {
                json.WriteStringValue(damage);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("runs");
        foreach (var run in verification.Runs)
        {
            json.WriteStartObject();
            VerifyCommand.WriteMembers(json, run);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
