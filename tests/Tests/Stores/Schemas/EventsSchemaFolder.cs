using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EventSourcedMM.Stores.Json;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Tests.Stores.Schemas;

/// <summary>
/// The folder events-schema: what is wrong with it, and, when asked, what is missing written into it. A file that
/// frozen.sha256 lists is never written again. Descriptions are the wording of the day a file was written and are not compared.
/// </summary>
public sealed class EventsSchemaFolder(string path)
{
    /// <summary>Set to 1 to have the tests write what is missing.</summary>
    public const string AcceptVariable = "MM_ACCEPT_SCHEMA";

    private const string FrozenFile = "frozen.sha256";

    /// <summary>The repository's own.</summary>
    public static EventsSchemaFolder OfRepository { get; } = new(System.IO.Path.Combine(RepositoryRoot(), "events-schema"));

    public string Path => path;

    public static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "EventSourcedMM.sln")))
        {
            folder = System.IO.Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("EventSourcedMM.sln is in no folder above the tests.");
        }

        return folder;
    }

    public string FileAt(string name) => System.IO.Path.Combine(path, name);

    public JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(FileAt(name)))!;

    /// <summary>Digests of released files by name; they never change.</summary>
    public IReadOnlyDictionary<string, string> Frozen() => File.Exists(FileAt(FrozenFile))
        ? File.ReadAllLines(FileAt(FrozenFile)).Select(line => line.Split("  ", 2)).ToDictionary(part => part[1], part => part[0])
        : new Dictionary<string, string>();

    /// <summary>Everything that is wrong, each with what to do; empty when all is well.</summary>
    public IReadOnlyList<string> Problems(Upcasters versions)
    {
        var formats = versions.Formats.ToArray();
        var problems = new List<string>();
        problems.AddRange(ChangedFrozenFiles());
        problems.AddRange(formats.SelectMany(SchemaProblems));
        problems.AddRange(CodeProblems(formats));
        problems.AddRange(formats.SelectMany(format => Released(format)).Where(file => !Frozen().ContainsKey(file)).Select(file => $"{file} is not in {FrozenFile}: {HowToAccept}"));
        problems.AddRange(formats.GroupBy(format => format.Type).SelectMany(UnreachableVersions));
        if (!File.Exists(FileAt("index.json")) || !JsonNode.DeepEquals(Json("index.json"), EventSchema.Index(formats)))
        {
            problems.Add($"index.json does not list what the code knows: {HowToAccept}");
        }

        return problems;
    }

    /// <summary>Writes what is missing: new versions with their samples, codes that were added, index and digests.</summary>
    public void Accept(Upcasters versions, XmlDescriptions descriptions)
    {
        var formats = versions.Formats.ToArray();
        var refused = ChangedFrozenFiles()
            .Concat(formats.Where(format => Frozen().ContainsKey(EventSchema.FileOf(format))).SelectMany(SchemaProblems))
            .Concat(CodeProblems(formats).Where(problem => !problem.Contains(HowToAccept, StringComparison.Ordinal)))
            .ToArray();
        if (refused.Length > 0)
        {
            throw new InvalidOperationException(string.Join("\n", refused));
        }

        Directory.CreateDirectory(FileAt("samples"));
        foreach (var format in formats)
        {
            Write(EventSchema.FileOf(format), () => Encoding.UTF8.GetBytes(EventSchema.Text(EventSchema.Of(format, descriptions))));
        }

        foreach (var (format, records) in SampleEvents.All())
        {
            Write(EventSchema.SampleOf(format) + ".bin", () => RecordFile.Join(records));
            Write(EventSchema.SampleOf(format) + ".json", () => Encoding.UTF8.GetBytes(SampleJson(records, versions)));
        }

        File.WriteAllText(FileAt(EventSchema.CodesFile), EventSchema.Text(EventSchema.Codes(formats, descriptions)));
        File.WriteAllText(FileAt("index.json"), EventSchema.Text(EventSchema.Index(formats)));
        var digests = Frozen().Keys.Concat(formats.SelectMany(Released)).Distinct()
            .Order(StringComparer.Ordinal)
            .Select(file => $"{DigestOf(file)}  {file}\n");
        File.WriteAllText(FileAt(FrozenFile), string.Concat(digests));
    }

    /// <summary>Records as a JSON array, one event a line.</summary>
    public static string SampleJson(IEnumerable<byte[]> records, Upcasters versions)
    {
        var json = new EventJson(versions);
        return "[\n" + string.Join(",\n", records.Select(record => json.ToText(record))) + "\n]\n";
    }

    private const string HowToAccept = $"look at the difference, then run these tests with {AcceptVariable}=1.";

    private static string HowToChange(PayloadFormat format) =>
        $"stored events of {format} exist and must be read for ever. Keep the old struct under src/Stores/Upcasting, raise the version of the new one to {format.Version + 1}, "
        + $"add the step to Upcasters.BuiltIn, and run these tests with {AcceptVariable}=1. (Only while nobody but you has stored version {format.Version}: take its lines out of "
        + $"{FrozenFile}, delete its files and run with {AcceptVariable}=1.)";

    private static IEnumerable<string> Released(PayloadFormat format) =>
        [EventSchema.FileOf(format), EventSchema.SampleOf(format) + ".bin", EventSchema.SampleOf(format) + ".json"];

    private static IEnumerable<string> UnreachableVersions(IEnumerable<PayloadFormat> versions)
    {
        var known = versions.Select(format => format.Version).ToArray();
        return Enumerable.Range(1, known.Max()).Except(known)
            .Select(version => $"{versions.First().Name} version {version} is read no more: give Upcasters.BuiltIn its step to version {version + 1}.");
    }

    private IEnumerable<string> ChangedFrozenFiles() => Frozen()
        .Where(file => !File.Exists(FileAt(file.Key)) || DigestOf(file.Key) != file.Value)
        .Select(file => $"{file.Key} was edited or deleted after its release: restore it from git.");

    private IEnumerable<string> SchemaProblems(PayloadFormat format)
    {
        var file = EventSchema.FileOf(format);
        if (!File.Exists(FileAt(file)))
        {
            yield return $"{file} is missing: {HowToAccept}";
            yield break;
        }

        var stored = WithoutDescriptions(Json(file));
        var coded = WithoutDescriptions(EventSchema.Of(format, XmlDescriptions.None));
        if (!JsonNode.DeepEquals(stored, coded))
        {
            var before = FieldsOf(stored);
            var now = FieldsOf(coded);
            var difference = before.SequenceEqual(now) ? "the schema around the fields differs" : $"the fields were [{string.Join(", ", before)}] and are [{string.Join(", ", now)}]";
            yield return $"{file}: {difference}; {HowToChange(format)}";
        }
    }

    private IEnumerable<string> CodeProblems(PayloadFormat[] formats)
    {
        if (!File.Exists(FileAt(EventSchema.CodesFile)))
        {
            yield return $"{EventSchema.CodesFile} is missing: {HowToAccept}";
            yield break;
        }

        var coded = CodesOf(EventSchema.Codes(formats, XmlDescriptions.None));
        var stored = CodesOf(Json(EventSchema.CodesFile));
        foreach (var code in stored.Except(coded))
        {
            yield return $"{EventSchema.CodesFile} has {code}, the code has not: codes are never changed, renumbered or removed. Put it back.";
        }

        foreach (var code in coded.Except(stored))
        {
            yield return $"{EventSchema.CodesFile} lacks {code}: {HowToAccept}";
        }
    }

    private static string[] CodesOf(JsonNode codes) =>
        [.. from list in codes["$defs"]!.AsObject()
            from code in list.Value!["oneOf"]!.AsArray()
            select $"{list.Key} {code!["x-number"]} {code["const"]}"];

    private static string[] FieldsOf(JsonNode schema)
    {
        var payload = schema["properties"]!["payload"]!;
        return [.. payload["x-order"]!.AsArray().Select(name => $"{name} {payload["properties"]![(string)name!]!["x-kind"]}")];
    }

    // A field may itself be named description: only text under that key, beside other keywords, is a description.
    private static JsonNode WithoutDescriptions(JsonNode node)
    {
        if (node is JsonObject json)
        {
            if (json["description"] is JsonValue)
            {
                json.Remove("description");
            }

            foreach (var (_, child) in json.ToArray())
            {
                if (child is not null)
                {
                    WithoutDescriptions(child);
                }
            }
        }

        return node;
    }

    private void Write(string file, Func<byte[]> content)
    {
        if (!Frozen().ContainsKey(file))
        {
            File.WriteAllBytes(FileAt(file), content());
        }
    }

    private string DigestOf(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(FileAt(file))));
}
