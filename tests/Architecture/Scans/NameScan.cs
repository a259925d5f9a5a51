using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>Public names are the field's words, written out. The list is small: shortenings that were read in two ways or
/// that hide that nobody found the word.</summary>
public static partial class NameScan
{
    static readonly Dictionary<string, string> Written = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Qty"] = "Quantity", ["Px"] = "Price", ["Amt"] = "Amount", ["Cfg"] = "Configuration", ["Mgr"] = "what it does",
        ["Ctx"] = "what it holds", ["Evt"] = "Event", ["Msg"] = "Message", ["Idx"] = "Index", ["Cnt"] = "Count", ["Inv"] = "Inventory",
        ["Ord"] = "Order", ["Vol"] = "Volatility or Volume", ["Util"] = "what it does", ["Utils"] = "what it does",
        ["Helper"] = "what it does", ["Helpers"] = "what it does", ["Impl"] = "what sets it apart", ["Misc"] = "what they share", ["Tmp"] = "what it holds",
    };

    /// <summary>The findings in src under a root; `tidy-ok: reason` excuses a line.</summary>
    public static IEnumerable<Finding> Run(SourceTree tree) =>
        (from file in tree.CSharp("src")
         from root in file.Syntax
         from name in root.DescendantNodes().SelectMany(PublicNames)
         from word in Words().Matches(name.Text).Select(match => match.Value)
         where Written.ContainsKey(word)
         let line = SourceFile.LineOf(name)
         where !file.Excuses(line, TidyScan.Marker)
         select file.At(line, "names", $"`{name.Text}`: write {word} out ({Written[word]})")).Distinct();

    static IEnumerable<SyntaxToken> PublicNames(SyntaxNode node)
    {
        if (node is not MemberDeclarationSyntax member
            || !(member.Modifiers.Any(SyntaxKind.PublicKeyword) || member.Parent is InterfaceDeclarationSyntax || member is EnumMemberDeclarationSyntax))
        {
            return [];
        }

        IEnumerable<SyntaxToken> own = member switch
        {
            BaseTypeDeclarationSyntax type => [type.Identifier],
            DelegateDeclarationSyntax type => [type.Identifier],
            MethodDeclarationSyntax method => [method.Identifier],
            PropertyDeclarationSyntax property => [property.Identifier],
            EnumMemberDeclarationSyntax constant => [constant.Identifier],
            BaseFieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => variable.Identifier),
            _ => [],
        };
        var parameters = member switch
        {
            BaseMethodDeclarationSyntax method => method.ParameterList,
            TypeDeclarationSyntax type => type.ParameterList,
            DelegateDeclarationSyntax type => type.ParameterList,
            _ => null,
        };
        return own.Concat(parameters?.Parameters.Select(parameter => parameter.Identifier) ?? []);
    }

    [GeneratedRegex(@"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")]
    private static partial Regex Words();
}
