using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>What the determinism law forbids in Domain and Projections and the banned-symbol analyzer cannot see, because
/// it is a keyword or because only a careless use is wrong. `det-ok: reason` on the line or above it excuses a use.</summary>
public static class DeterminismScan
{
    /// <summary>The marker that excuses a line.</summary>
    public const string Marker = "det-ok";

    static readonly HashSet<string> HashOrdered = new(StringComparer.Ordinal)
    {
        "Dictionary", "HashSet", "Hashtable", "FrozenDictionary", "FrozenSet", "ImmutableDictionary", "ImmutableHashSet",
        "ConditionalWeakTable", "ToDictionary", "ToHashSet", "ToFrozenDictionary", "ToFrozenSet", "ToImmutableDictionary",
        "ToImmutableHashSet", "ToLookup", "Lookup",
    };

    static readonly HashSet<string> SortedByKey = new(StringComparer.Ordinal) { "SortedDictionary", "SortedSet", "SortedList" };

    static readonly HashSet<string> Waiting = new(StringComparer.Ordinal) { "Task", "ValueTask", "Thread", "Parallel", "AsParallel" };

    static readonly HashSet<string> Vectors = new(StringComparer.Ordinal) { "Vector", "Vector64", "Vector128", "Vector256", "Vector512" };

    /// <summary>The findings in Domain and Projections under a root; `unchecked` is allowed in the wrapping files.</summary>
    public static IEnumerable<Finding> Run(SourceTree tree, ReasonedFiles wrapping) =>
        tree.Pure.SelectMany(file => file.Syntax.SelectMany(root => Scan(file, root, wrapping.Allow(file.Path)))).Distinct();

    static IEnumerable<Finding> Scan(SourceFile file, SyntaxNode root, bool mayWrap)
    {
        foreach (var node in root.DescendantNodesAndSelf(descendIntoTrivia: true))
        {
            if (mayWrap && node is (CheckedExpressionSyntax or CheckedStatementSyntax))
            {
                continue;
            }

            if (Judge(node) is var (line, message) && !file.Excuses(line, Marker))
            {
                yield return file.At(line, "determinism", $"{message}, or say `{Marker}: <reason>`");
            }
        }
    }

    static (int Line, string Message)? Judge(SyntaxNode node) => node switch
    {
        SimpleNameSyntax name when HashOrdered.Contains(name.Identifier.Text) =>
            (SourceFile.LineOf(name), $"`{name.Identifier.Text}` has no promised order: use an array indexed by a small id, or a sorted container"),
        SimpleNameSyntax name when IsConcurrent(name.Identifier.Text) || Waiting.Contains(name.Identifier.Text) =>
            (SourceFile.LineOf(name), $"`{name.Identifier.Text}`: Domain and Projections run on one thread and never wait"),
        GenericNameSyntax vector when Vectors.Contains(vector.Identifier.Text) && vector.TypeArgumentList.Arguments.Any(IsFloat) =>
            (SourceFile.LineOf(vector), "vector code may reorder integers, never floating-point numbers: write the scalar loop"),
        AwaitExpressionSyntax => (SourceFile.LineOf(node), "`await`: Domain and Projections run on one thread and never wait"),
        LockStatementSyntax => (SourceFile.LineOf(node), "`lock`: Domain and Projections run on one thread and never wait"),
        MemberDeclarationSyntax member when Has(member.Modifiers, SyntaxKind.AsyncKeyword) is { } token => (SourceFile.LineOf(token), "`async`: Domain and Projections never wait"),
        AnonymousFunctionExpressionSyntax lambda when Has(lambda.Modifiers, SyntaxKind.AsyncKeyword) is { } token => (SourceFile.LineOf(token), "`async`: Domain and Projections never wait"),
        LocalFunctionStatementSyntax local when Has(local.Modifiers, SyntaxKind.AsyncKeyword) is { } token => (SourceFile.LineOf(token), "`async`: Domain and Projections never wait"),
        FieldDeclarationSyntax field when IsMutableStatic(field) =>
            (SourceFile.LineOf(field.Declaration), "a static field that changes is state outside the events: make it readonly or pass it in"),
        PropertyDeclarationSyntax property when IsMutableStatic(property) =>
            (SourceFile.LineOf(property.Type), "a static property that changes is state outside the events: make it get-only or pass it in"),
        CheckedExpressionSyntax expression when expression.IsKind(SyntaxKind.UncheckedExpression) =>
            (SourceFile.LineOf(node), "`unchecked`: arithmetic that wraps silently must say why"),
        CheckedStatementSyntax statement when statement.IsKind(SyntaxKind.UncheckedStatement) =>
            (SourceFile.LineOf(node), "`unchecked`: arithmetic that wraps silently must say why"),
        IfDirectiveTriviaSyntax => (SourceFile.LineOf(node), "`#if`: every build must do the same"),
        BaseObjectCreationExpressionSyntax creation when SortsStringsByCulture(creation) =>
            (SourceFile.LineOf(creation), "text keys sort by the culture unless told otherwise: pass StringComparer.Ordinal"),
        _ => null,
    };

    static bool IsConcurrent(string name) => name.StartsWith("Concurrent", StringComparison.Ordinal) && name != "Concurrent";

    static SyntaxToken? Has(SyntaxTokenList modifiers, SyntaxKind kind) =>
        modifiers.Any(kind) ? modifiers.First(token => token.IsKind(kind)) : null;

    static bool IsFloat(TypeSyntax type) => type.ToString() is "double" or "float" or "Double" or "Single" or "Half" or "System.Double" or "System.Single";

    static bool IsMutableStatic(FieldDeclarationSyntax field) =>
        field.Modifiers.Any(SyntaxKind.StaticKeyword) && !field.Modifiers.Any(SyntaxKind.ReadOnlyKeyword);

    static bool IsMutableStatic(PropertyDeclarationSyntax property) =>
        property.Modifiers.Any(SyntaxKind.StaticKeyword)
        && property.AccessorList?.Accessors.Any(accessor => accessor.IsKind(SyntaxKind.SetAccessorDeclaration) && accessor.Body is null && accessor.ExpressionBody is null) == true;

    static bool SortsStringsByCulture(BaseObjectCreationExpressionSyntax creation)
    {
        var type = creation switch
        {
            ObjectCreationExpressionSyntax named => named.Type,
            _ => creation.Parent?.Parent switch
            {
                VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax declaration } => declaration.Type,
                PropertyDeclarationSyntax property => property.Type,
                _ => null,
            },
        };
        if (type is QualifiedNameSyntax qualified)
        {
            type = qualified.Right;
        }

        return type is GenericNameSyntax generic && SortedByKey.Contains(generic.Identifier.Text)
            && generic.TypeArgumentList.Arguments[0].ToString().TrimEnd('?') is "string" or "String"
            && creation.ArgumentList?.Arguments.Any(argument => argument.ToString().Contains("ompar", StringComparison.Ordinal)) != true;
    }
}
