using System.Text.Json;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>
/// What no certificate's file may have, whoever signed it: a member named twice, of which one reader would take the first and another
/// the last, and anything beside the certificate and its signature, which nothing is said of.
/// </summary>
internal static class CertificateLayout
{
    /// <summary>What is wrong with a file's members, in words; empty when nothing is.</summary>
    /// <param name="root">The file, parsed so that names may come twice.</param>
    public static IReadOnlyList<string> Faults(JsonElement root)
    {
        var faults = new List<string>();
        Twice("", root, faults);
        Only(root, "", ["certificate", "signature"], faults);
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("signature", out var signature))
        {
            Only(signature, "signature.", ["algorithm", "publicKey", "value"], faults);
        }

        return faults;
    }

    private static void Twice(string path, JsonElement element, List<string> faults)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var (number, item) in element.EnumerateArray().Index())
            {
                Twice($"{path.TrimEnd('.')}[{number}].", item, faults);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var group in element.EnumerateObject().GroupBy(p => p.Name, StringComparer.Ordinal))
            {
                if (group.Count() > 1)
                {
                    faults.Add(FormattableString.Invariant($"{path}{group.Key} is named {group.Count()} times: one reader would take the first, another the last"));
                }

                Twice($"{path}{group.Key}.", group.First().Value, faults);
            }
        }
    }

    private static void Only(JsonElement element, string path, string[] known, List<string> faults)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            faults.AddRange(element.EnumerateObject().Where(p => !known.Contains(p.Name)).Select(p => $"{path}{p.Name} is no part of a certificate, and nobody signed it"));
        }
    }
}
