using System.Globalization;
using System.Text;

namespace EventSourcedMM.Stores.Schemas;

/// <summary>The tables of docs/events.md: every event with its fields in canonical order, and every closed list of codes.</summary>
public static class EventTables
{
    /// <summary>The tables as Markdown.</summary>
    public static string Markdown(IReadOnlyList<PayloadFormat> formats, XmlDescriptions descriptions)
    {
        var text = new StringBuilder();
        foreach (var family in formats.GroupBy(format => EventSchema.FamilyOf(format.Type)))
        {
            Line(text, $"### Family {family.Key}");
            foreach (var format in family)
            {
                Event(text, format, descriptions);
            }
        }

        Line(text, "### Codes");
        var lists = formats.SelectMany(format => format.Fields).Select(field => field.Codes).OfType<CodeList>()
            .DistinctBy(list => list.Type)
            .OrderBy(list => list.Name, StringComparer.Ordinal);
        foreach (var list in lists)
        {
            Line(text, $"**{list.Name}**: {Cell(descriptions.OfType(list.Type))}");
            text.Append("| number | name | meaning |\n|---|---|---|\n");
            foreach (var code in list.Codes)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {code.Number} | {code.Name} | {Cell(descriptions.OfMember(list.Type, code.Member))} |\n");
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Event(StringBuilder text, PayloadFormat format, XmlDescriptions descriptions)
    {
        Line(text, $"**{format.Name}**, type {(int)format.Type}, version {format.Version}. {Cell(descriptions.OfType(format.PayloadType))}");
        text.Append("| field | kind | meaning |\n|---|---|---|\n");
        foreach (var field in format.Fields)
        {
            var kind = field.Codes is { } codes ? $"code {codes.Name}" : EventSchema.KindName(field.Kind);
            text.Append(CultureInfo.InvariantCulture, $"| {field.Name} | {kind} | {Cell(descriptions.OfField(format.PayloadType, field.Name))} |\n");
        }

        text.Append('\n');
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append("\n\n");

    private static string Cell(string description) => description.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
