using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>Every public type of src says what it is: a summary with words in it, or inheritdoc. One part of a partial type
/// is enough.</summary>
public static class DocumentationScan
{
    /// <summary>The findings in src under a root.</summary>
    public static IEnumerable<Finding> Run(SourceTree tree)
    {
        var types = from file in tree.CSharp("src")
                    from root in file.Syntax.Take(1)
                    from member in root.DescendantNodes().OfType<MemberDeclarationSyntax>()
                    where member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax && IsPublic(member)
                    select (file, member, name: FullName(member));
        return from type in types
               group type by type.name into parts
               where !parts.Any(part => IsDocumented(part.member))
               let first = parts.First()
               select first.file.At(SourceFile.LineOf(NameOf(first.member)), "documentation",
                   $"public type {NameOf(first.member).Text} has no <summary>: say what it is, in which unit and sign, and when it fails");
    }

    static bool IsPublic(MemberDeclarationSyntax member) =>
        (member.Modifiers.Any(SyntaxKind.PublicKeyword) || member.Parent is InterfaceDeclarationSyntax)
        && member.Ancestors().OfType<BaseTypeDeclarationSyntax>().All(outer => outer.Modifiers.Any(SyntaxKind.PublicKeyword) || outer.Parent is InterfaceDeclarationSyntax);

    static SyntaxToken NameOf(MemberDeclarationSyntax member) =>
        member is DelegateDeclarationSyntax named ? named.Identifier : ((BaseTypeDeclarationSyntax)member).Identifier;

    static string FullName(MemberDeclarationSyntax member)
    {
        var outer = member.Ancestors().Reverse().Select(ancestor => ancestor switch
        {
            BaseNamespaceDeclarationSyntax space => space.Name.ToString(),
            BaseTypeDeclarationSyntax type => type.Identifier.Text,
            _ => "",
        });
        var arity = (member as TypeDeclarationSyntax)?.TypeParameterList?.Parameters.Count ?? 0;
        return string.Join('.', outer.Where(part => part.Length > 0).Append(NameOf(member).Text)) + $"`{arity}";
    }

    static bool IsDocumented(MemberDeclarationSyntax member) =>
        member.GetLeadingTrivia().Select(trivia => trivia.GetStructure()).OfType<DocumentationCommentTriviaSyntax>()
            .SelectMany(comment => comment.Content)
            .Any(node => node switch
            {
                XmlElementSyntax { StartTag.Name.LocalName.Text: "summary" } summary => summary.Content.ToString().Any(char.IsLetter),
                XmlEmptyElementSyntax { Name.LocalName.Text: "inheritdoc" } => true,
                _ => false,
            });
}
