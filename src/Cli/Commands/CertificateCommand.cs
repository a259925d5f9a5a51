using System.CommandLine;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Certificates;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm certificate</c>: checks what <c>mm verify --certificate</c> wrote.</summary>
public static class CertificateCommand
{
    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("certificate", "Check a certificate of a verified run.");
        var check = new Command("check", "Check a certificate: its signature, and the events where they are stored.");
        var file = new Argument<string>("FILE") { Description = "The certificate." };
        var key = new Option<string?>("--key") { Description = "The signer's key in PEM, public or private; without it only that nothing was changed since is known.", HelpName = "PEM" };
        var alone = new Option<bool>("--without-events") { Description = "Check the file alone, even where the events are stored." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        check.Arguments.Add(file);
        foreach (var option in (Option[])[key, alone, json])
        {
            check.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(check);
        check.SetGuardedAction((parsed, terminal) =>
        {
            var path = parsed.GetValue(file)!;
            if (Directory.Exists(path))
            {
                throw new UsageException($"{path} is a directory; name the certificate in it.");
            }

            if (!File.Exists(path))
            {
                throw new UsageException($"There is no certificate {path}; mm verify RUN --certificate FILE --key PEM writes one.");
            }

            using var trusted = parsed.GetValue(key) is { } pem ? SigningKeys.Public(pem) : null;
            using var stores = parsed.GetValue(alone) ? null : store.OpenToRead(parsed, terminal);
            var found = CertificateCheck.Run(File.ReadAllBytes(path), path, trusted, stores, (done, total) => terminal.Progress("execute", done, total));
            terminal.EndProgress();
            if (parsed.GetValue(json))
            {
                terminal.Output.WriteLine(Json(found));
            }
            else
            {
                foreach (var finding in found.Findings)
                {
                    terminal.Output.WriteLine($"{finding.Holds switch { true => "holds", false => "FAILS", null => "note " }}  {finding.Name,-10} {finding.Text}");
                }

                terminal.Output.WriteLine(found.Summary);
            }

            return found.Holds ? ExitCode.Done : ExitCode.No;
        });
        command.Subcommands.Add(check);
        return command;
    }

    private static string Json(CheckedCertificate found) => JsonText.Object(json =>
    {
        json.WriteBoolean("holds", found.Holds);
        json.WriteBoolean("executed", found.Executed);
        json.WriteStartArray("findings");
        foreach (var finding in found.Findings)
        {
            json.WriteStartObject();
            json.WriteString("name", finding.Name);
            if (finding.Holds is { } answer)
            {
                json.WriteBoolean("holds", answer);
            }
            else
            {
                json.WriteNull("holds");
            }

            json.WriteString("text", finding.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
