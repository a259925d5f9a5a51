using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace EventSourcedMM.Stores.Schemas;

/// <summary>The summaries of the code, from the documentation file that the compiler writes beside an assembly. Without the file every description is empty.</summary>
public sealed partial class XmlDescriptions
{
    private readonly Dictionary<string, string> summaries = new(StringComparer.Ordinal);

    /// <summary>No descriptions.</summary>
    public static XmlDescriptions None { get; } = new();

    /// <summary>Reads the documentation file beside an assembly.</summary>
    public static XmlDescriptions Beside(System.Reflection.Assembly assembly)
    {
        var file = assembly.Location.Length == 0 ? "" : Path.ChangeExtension(assembly.Location, ".xml");
        return File.Exists(file) ? Parse(File.ReadAllText(file)) : None;
    }

    /// <summary>Reads a documentation file's text.</summary>
    /// <exception cref="System.Xml.XmlException">It is not XML.</exception>
    public static XmlDescriptions Parse(string xml)
    {
        var descriptions = new XmlDescriptions();
        foreach (var member in XDocument.Parse(xml).Descendants("member"))
        {
            if (member.Attribute("name") is { } name && member.Element("summary") is { } summary)
            {
                descriptions.summaries[name.Value] = Plain(summary);
            }
        }

        return descriptions;
    }

    /// <summary>What a type is; empty when nobody said.</summary>
    public string OfType(Type type) => summaries.GetValueOrDefault("T:" + type.FullName, "");

    /// <summary>What a field is, given its camelCase name; empty when nobody said.</summary>
    public string OfField(Type type, string name) => OfMember(type, char.ToUpperInvariant(name[0]) + name[1..]);

    /// <summary>What a field or constant is, given its name in the code; empty when nobody said.</summary>
    public string OfMember(Type type, string member) => summaries.GetValueOrDefault($"F:{type.FullName}.{member}", "");

    private static string Plain(XElement summary)
    {
        foreach (var see in summary.Descendants().Where(e => e.Name.LocalName is "see" or "paramref").ToArray())
        {
            var target = see.Attribute("cref")?.Value ?? see.Attribute("name")?.Value ?? see.Attribute("langword")?.Value ?? "";
            see.ReplaceWith(target[(target.LastIndexOfAny(['.', ':']) + 1)..]);
        }

        return Space().Replace(summary.Value, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
