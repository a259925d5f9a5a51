using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>One text file of a tree, with its syntax when it is C#.</summary>
public sealed partial class SourceFile
{
    const int ShortestReason = 10;

    readonly Lazy<IReadOnlyList<SyntaxNode>> syntax;

    /// <summary>A file at a path relative to its root, with /.</summary>
    public SourceFile(string path, string text)
    {
        Path = path;
        Text = text;
        Lines = text.Split('\n');
        syntax = new(Parse);
    }

    /// <summary>The path relative to the root, with /.</summary>
    public string Path { get; }

    /// <summary>The whole text.</summary>
    public string Text { get; }

    /// <summary>The lines, without their line feeds.</summary>
    public string[] Lines { get; }

    /// <summary>The extension with its dot, or the whole name of a file such as .editorconfig.</summary>
    public string Extension => System.IO.Path.GetFileName(Path) is var name && name.StartsWith('.') ? name : System.IO.Path.GetExtension(name);

    /// <summary>The syntax as the default build sees it and, where the file has conditional code, as a Debug build with
    /// the official stores sees it: code behind `#if` is held to the same rules.</summary>
    public IReadOnlyList<SyntaxNode> Syntax => syntax.Value;

    /// <summary>Whether the file lies in the folder or below.</summary>
    public bool IsBelow(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>The line of a node, from 1.</summary>
    public static int LineOf(SyntaxNode node) => node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    /// <summary>The line of a token, from 1.</summary>
    public static int LineOf(SyntaxToken token) => token.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    /// <summary>A finding on this file.</summary>
    public Finding At(int line, string rule, string message) => new(Path, line, rule, message);

    /// <summary>Whether the line, or the comment lines directly above it, carry `marker: reason` with a reason that says
    /// something (ten characters, more than one word).</summary>
    public bool Excuses(int line, string marker)
    {
        if (HasReason(line, marker))
        {
            return true;
        }

        for (var above = line - 1; above >= 1 && CommentLine().IsMatch(Lines[above - 1]); above--)
        {
            if (HasReason(above, marker))
            {
                return true;
            }
        }

        return false;
    }

    bool HasReason(int line, string marker)
    {
        if (line < 1 || line > Lines.Length)
        {
            return false;
        }

        var at = Lines[line - 1].IndexOf(marker + ":", StringComparison.Ordinal);
        if (at < 0)
        {
            return false;
        }

        var reason = Lines[line - 1][(at + marker.Length + 1)..].Trim(' ', '/', '*', '"', ')', ']', '\r');
        return reason.Length >= ShortestReason && reason.Contains(' ');
    }

    List<SyntaxNode> Parse()
    {
        string[][] builds = Text.Contains("#if", StringComparison.Ordinal)
            ? [["NET", "NET10_0"], ["NET", "NET10_0", "DEBUG", "OFFICIAL_STORES"]]
            : [["NET", "NET10_0"]];
        return builds.Select(symbols => CSharpSyntaxTree.ParseText(
            Text,
            new CSharpParseOptions(LanguageVersion.Latest, DocumentationMode.Parse, preprocessorSymbols: symbols)).GetRoot()).ToList();
    }

    [GeneratedRegex(@"^\s*(//|\*|/\*|<!--|#(?!if|pragma))")]
    private static partial Regex CommentLine();
}
