namespace EventSourcedMM.Architecture.Scans;

/// <summary>One broken rule: the file (relative to the root that was scanned, with /), the line from 1, the rule's name
/// and what to do instead.</summary>
public sealed record Finding(string File, int Line, string Rule, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}: [{Rule}] {Message}";
}

/// <summary>What a test says about the findings of a scan.</summary>
public static class Findings
{
    /// <summary>Fails with one line for each finding, in the form editors and terminals make clickable.</summary>
    public static void AssertNone(IEnumerable<Finding> findings)
    {
        var lines = findings.Distinct().OrderBy(f => f.File, StringComparer.Ordinal).ThenBy(f => f.Line)
            .Select(f => f.ToString()).ToArray();
        Assert.True(lines.Length == 0, $"{lines.Length} broken rule(s), see STYLE.md:\n{string.Join('\n', lines)}");
    }
}
