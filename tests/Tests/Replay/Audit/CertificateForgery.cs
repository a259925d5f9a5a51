using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventSourcedMM.Replay.Certificates;

namespace EventSourcedMM.Tests.Replay.Audit;

/// <summary>Certificates edited, and signed again: what somebody with the key could do.</summary>
internal static class CertificateForgery
{
    /// <summary>Edits what was signed and leaves the signature.</summary>
    public static string Edit(string certificate, Action<JsonNode> edit)
    {
        var node = JsonNode.Parse(certificate)!;
        edit(node["certificate"]!);
        return node.ToJsonString();
    }

    /// <summary>As another build would name itself; the signature is left.</summary>
    public static string Renamed(string certificate) => Edit(certificate, c => c["code"]!["EventSourcedMM.Projections"] = new string('0', 64));

    /// <summary>Signs anew.</summary>
    public static string Sign(string certificate, ECDsa key)
    {
        var node = JsonNode.Parse(certificate)!;
        using var document = JsonDocument.Parse(node["certificate"]!.ToJsonString());
        node["signature"]!["publicKey"] = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        node["signature"]!["value"] = Convert.ToBase64String(key.SignData(Certificate.SignedBytes(document.RootElement), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        return node.ToJsonString();
    }
}
