using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Certificates;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm verify</c>: executes a stored run again and compares it event for event.</summary>
public static class VerifyCommand
{
    private const int Surroundings = 3;

    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("verify", "Execute a stored run again and compare every event; of a day, every run that read it.");
        var run = new Argument<string>("DAY|RUN") { Description = "Name of the run, or a part of it that only one run has; or a day: NEXOUSDT/2024-07-24, or its stream." };
        var certificate = new Option<string?>("--certificate") { Description = "Write a signed certificate of the result; needs --key.", HelpName = "FILE" };
        var key = new Option<string?>("--key") { Description = "ECDSA P-256 key in PEM to sign with.", HelpName = "PEM" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        command.Arguments.Add(run);
        foreach (var option in (Option[])[certificate, key, json])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            var (file, pem) = (parsed.GetValue(certificate), parsed.GetValue(key));
            if ((file is null) != (pem is null))
            {
                throw new UsageException("--certificate FILE and --key PEM go together: a certificate is signed.");
            }

            // Before the work: a key that cannot sign, or a place that cannot be written to, is found now.
            WholeFile.Check("--certificate", file, ("--key", pem));
            using var signer = pem is null ? null : SigningKeys.Private(pem);
            using var stores = store.OpenToRead(parsed, terminal);
            var text = parsed.GetValue(run)!;
            if (DayVerifier.IsDay(text))
            {
                return VerifyDay.Run(stores, text, signer, file, parsed.GetValue(json), terminal);
            }

            var stored = Locate(stores, text);
            var verification = new RunVerifier(stores).Verify(stored, (done, total) => terminal.Progress("verify", done, total));
            terminal.EndProgress();
            if (parsed.GetValue(json))
            {
                WriteJson(terminal, verification);
            }
            else
            {
                WriteText(terminal, verification, stored.Store);
            }

            return Certify(stores, verification, signer, file, terminal) && verification.Identical ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    // With a slash in it a day may have been meant.
    private static (IEventStore Store, StreamName Name) Locate(StoreSet stores, string text)
    {
        try
        {
            return new RunFinder(stores).Locate(text);
        }
        catch (NoSuchRunException e) when (text.Contains('/', StringComparison.Ordinal) && !text.StartsWith("run/", StringComparison.Ordinal))
        {
            throw new NoSuchRunException($"{e.Message}\nA day is written as NEXOUSDT/2024-07-24; mm days lists those that are stored.");
        }
    }

    /// <summary>Writes the certificate of an identical run where one was asked for; false when it was and there is nothing to certify.</summary>
    internal static bool Certify(StoreSet stores, Verification verification, ECDsa? signer, string? file, Terminal terminal)
    {
        if (signer is null || file is null)
        {
            return true;
        }

        if (Certificate.Refusal(stores, verification) is { } reason)
        {
            terminal.Note($"no certificate was written: there is nothing to certify, {reason}. {file} is not touched.");
            return false;
        }

        WholeFile.Write(file, Certificate.Issue(stores, verification, signer));
        terminal.Note($"certificate {file}, signed with key {SigningKeys.Fingerprint(signer)}");
        return true;
    }

    /// <summary>A verification for people.</summary>
    internal static void WriteText(Terminal terminal, Verification verification, IEventStore store)
    {
        var output = terminal.Output;
        if (verification.Identical)
        {
            output.WriteLine(FormattableString.Invariant($"identical: {verification.Compared:N0} events of {verification.Run} executed again, byte for byte{(verification.Notes.Count > 0 ? ", but for what follows" : "")}"));
            output.WriteLine($"state {verification.StateHash}");
            if (verification.Portfolio is { } whole)
            {
                output.WriteLine(FormattableString.Invariant($"identical: {whole.Compared:N0} events of {whole.Portfolio} executed again; {whole.Facts:N0} facts follow from this run, {whole.Verdicts:N0} verdicts were told it"));
            }

            WriteNotes(output, verification);
            return;
        }

        foreach (var damage in verification.Damage)
        {
            output.WriteLine($"damaged: {damage}");
        }

        if (verification.Difference is { } difference)
        {
            output.WriteLine(FormattableString.Invariant($"DIFFERENT at event {difference.Sequence} of {verification.Run}, after {verification.Compared:N0} equal events"));
            foreach (var line in Before(store, verification.Run, difference.Sequence))
            {
                output.WriteLine("  equal    " + line);
            }

            output.WriteLine("  stored   " + (difference.Stored is { } s ? new EventLines().Line(s.Header, s.Payload) : "nothing: the stored run ends here"));
            output.WriteLine("  executed " + (difference.Executed is { } e ? new EventLines().Line(e.Header, e.Payload) : "nothing: the execution ends here"));
            WriteNotes(output, verification);
        }

        WritePortfolio(output, verification);
    }

    private static void WritePortfolio(TextWriter output, Verification verification)
    {
        if (verification.Portfolio is not { Identical: false } portfolio)
        {
            return;
        }

        foreach (var problem in portfolio.Problems)
        {
            output.WriteLine($"DIFFERENT portfolio: {problem}");
        }

        if (portfolio.Difference is { } difference)
        {
            output.WriteLine(FormattableString.Invariant($"DIFFERENT at event {difference.Sequence} of {portfolio.Portfolio}, after {portfolio.Compared:N0} equal events"));
            output.WriteLine("  stored   " + new EventLines().Line(difference.Stored!.Header, difference.Stored.Payload));
            output.WriteLine("  executed " + (difference.Executed is { } e ? new EventLines().Line(e.Header, e.Payload) : "nothing: no fact leads to it"));
        }
    }

    private static void WriteNotes(TextWriter output, Verification verification)
    {
        foreach (var note in verification.OtherBuild is { } other ? [.. verification.Notes, other] : verification.Notes)
        {
            output.WriteLine("note: " + note);
        }
    }

    private static List<string> Before(IEventStore store, StreamName run, long sequence)
    {
        var lines = new List<string>();
        using var source = store.OpenSource(run, Math.Max(1, sequence - Surroundings));
        while (source.Read(out var header, out var payload) && header.Sequence < sequence)
        {
            lines.Add(new EventLines().Line(header, payload));
        }

        return lines;
    }

    private static void WriteJson(Terminal terminal, Verification verification) =>
        terminal.Output.WriteLine(JsonText.Object(json => WriteMembers(json, verification)));

    /// <summary>A verification for tools.</summary>
    internal static void WriteMembers(Utf8JsonWriter json, Verification verification)
    {
        json.WriteBoolean("identical", verification.Identical);
        json.WriteString("run", verification.Run.Parts[1]);
        json.WriteNumber("eventsCompared", verification.Compared);
        if (verification.StateHash is { } hash)
        {
            json.WriteString("stateHash", hash.ToString());
        }
        else
        {
            json.WriteNull("stateHash");
        }

        json.WritePropertyName("firstDifference");
        if (verification.Difference is { } difference)
        {
            json.WriteStartObject();
            json.WriteNumber("sequence", difference.Sequence);
            WriteEvent(json, "stored", difference.Stored);
            WriteEvent(json, "executed", difference.Executed);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }

        json.WritePropertyName("portfolio");
        if (verification.Portfolio is { } portfolio)
        {
            json.WriteStartObject();
            json.WriteBoolean("identical", portfolio.Identical);
            json.WriteString("stream", portfolio.Portfolio.Value);
            json.WriteNumber("eventsCompared", portfolio.Compared);
            json.WriteNumber("factsCompared", portfolio.Facts);
            json.WriteNumber("verdictsCompared", portfolio.Verdicts);
            json.WritePropertyName("firstDifference");
            if (portfolio.Difference is { } parted)
            {
                json.WriteStartObject();
                json.WriteNumber("sequence", parted.Sequence);
                WriteEvent(json, "stored", parted.Stored);
                WriteEvent(json, "executed", parted.Executed);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNullValue();
            }

            json.WriteStartArray("problems");
            foreach (var problem in portfolio.Problems)
            {
                json.WriteStringValue(problem);
            }

            json.WriteEndArray();
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
        json.WriteString("otherBuild", verification.OtherBuild);
        json.WriteStartArray("damage");
        foreach (var damage in verification.Damage)
        {
            json.WriteStringValue(damage);
        }

        json.WriteEndArray();
    }

    private static void WriteEvent(Utf8JsonWriter json, string name, RunEvent? runEvent)
    {
        json.WritePropertyName(name);
        if (runEvent is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(new EventLines().Line(runEvent.Header, runEvent.Payload));
        }
    }
}
