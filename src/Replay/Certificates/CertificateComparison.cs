using System.Text.Json;

namespace EventSourcedMM.Replay.Certificates;

/// <summary>A statement of a certificate that does not follow from the events.</summary>
/// <param name="Member">Which, as a path: result.pnl, streams[NAME].counts.trade.</param>
/// <param name="Stated">What the certificate says, as JSON; null when it says nothing.</param>
/// <param name="Found">What the events give, as JSON; null when they give nothing of that name.</param>
internal sealed record FalseMember(string Member, string? Stated, string? Found)
{
    private const int Longest = 120;

    /// <summary>In words.</summary>
    public string Text => $"{Member}: the certificate states {Short(Stated)}, the events give {Short(Found)}";

    private static string Short(string? value) => value is null ? "nothing" : value.Length > Longest ? value[..Longest] + "…" : value;
}

/// <summary>Holds a certificate, member by member, against the one that an execution gives.</summary>
internal sealed class CertificateComparison
{
    private readonly List<FalseMember> members = [];

    private CertificateComparison()
    {
    }

    /// <summary>Every member that differs; of "code" and "schemas", which are the certifying program's, only the run's engine version.</summary>
    /// <param name="stated">The certificate.</param>
    /// <param name="found">What the execution gives.</param>
    public static IReadOnlyList<FalseMember> Of(JsonElement stated, JsonElement found)
    {
        var comparison = new CertificateComparison();
        comparison.Objects("", stated, found, name => name is "code" or "schemas");
        if (stated.TryGetProperty("code", out var code))
        {
            comparison.Member("code.engine", Get(code, "engine"), Get(found.GetProperty("code"), "engine"));
        }

        return comparison.members;
    }

    private void Objects(string path, JsonElement stated, JsonElement found, Func<string, bool>? passOver = null)
    {
        foreach (var name in found.EnumerateObject().Concat(stated.EnumerateObject()).Select(p => p.Name).Distinct(StringComparer.Ordinal).Where(n => passOver?.Invoke(n) != true))
        {
            Member(path + name, Get(stated, name), Get(found, name));
        }
    }

    private void Member(string path, JsonElement? stated, JsonElement? found)
    {
        if (stated is { ValueKind: JsonValueKind.Object } a && found is { ValueKind: JsonValueKind.Object } b)
        {
            Objects(path + ".", a, b);
        }
        else if (path == "streams" && stated is { ValueKind: JsonValueKind.Array } listed && found is { ValueKind: JsonValueKind.Array } read)
        {
            Streams(listed, read);
        }
        else if (stated is not { } left || found is not { } right || !JsonElement.DeepEquals(left, right))
        {
            members.Add(new FalseMember(path, stated?.GetRawText(), found?.GetRawText()));
        }
    }

    // By name, so that one left out does not shift the others.
    private void Streams(JsonElement listed, JsonElement read)
    {
        var left = listed.EnumerateArray().ToList();
        foreach (var stream in read.EnumerateArray())
        {
            var name = Name(stream);
            var at = left.FindIndex(s => Name(s) == name);
            Member($"streams[{name}]", at < 0 ? null : left[at], stream);
            if (at >= 0)
            {
                left.RemoveAt(at);
            }
        }

        foreach (var stream in left)
        {
            Member($"streams[{Name(stream)}]", stream, null);
        }
    }

    private static string? Name(JsonElement stream) => stream.ValueKind == JsonValueKind.Object && Get(stream, "stream") is { ValueKind: JsonValueKind.String } name ? name.GetString() : null;

    private static JsonElement? Get(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
