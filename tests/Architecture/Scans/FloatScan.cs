using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>Finds floating point in the sources of Domain and Projections outside the allowed files: the keywords, the
/// types, literals with a point or an exponent, and calls that only make sense on doubles.</summary>
public static class FloatScan
{
    const string Rule = "float";

    static readonly HashSet<string> FloatTypes = new(StringComparer.Ordinal) { "Double", "Single", "Half", "MathF" };

    static readonly HashSet<string> FloatCalls = new(StringComparer.Ordinal)
    {
        "Sqrt", "Floor", "Ceiling", "Round", "Truncate", "ToDouble", "ToSingle", "DoubleToInt64Bits", "Int64BitsToDouble",
        "DoubleToUInt64Bits", "UInt64BitsToDouble", "SingleToInt32Bits", "Int32BitsToSingle",
        "ReadDoubleLittleEndian", "WriteDoubleLittleEndian", "ReadDoubleBigEndian", "WriteDoubleBigEndian",
    };

    static readonly string[] FloatHelpers = ["Math", "Convert", "BitConverter", "BinaryPrimitives"];

    /// <summary>The findings in Domain and Projections under a root.</summary>
    public static IEnumerable<Finding> Run(SourceTree tree, ReasonedFiles rooms) =>
        tree.Pure.Where(file => !rooms.Allow(file.Path))
            .SelectMany(file => file.Syntax.SelectMany(root => Scan(file, root))).Distinct();

    static IEnumerable<Finding> Scan(SourceFile file, SyntaxNode root)
    {
        foreach (var node in root.DescendantNodes())
        {
            var what = node switch
            {
                PredefinedTypeSyntax type when type.Keyword.IsKind(SyntaxKind.DoubleKeyword) || type.Keyword.IsKind(SyntaxKind.FloatKeyword) => type.Keyword.Text,
                LiteralExpressionSyntax { Token.Value: double or float } literal => literal.Token.Text,
                IdentifierNameSyntax name when FloatTypes.Contains(name.Identifier.Text) && IsType(name) => name.Identifier.Text,
                MemberAccessExpressionSyntax { Expression: SimpleNameSyntax helper } call
                    when FloatHelpers.Contains(helper.Identifier.Text) && FloatCalls.Contains(call.Name.Identifier.Text) => call.ToString(),
                _ => null,
            };
            if (what is not null)
            {
                yield return file.At(SourceFile.LineOf(node), Rule,
                    $"`{what}` outside the float rooms: use integers, or add the file to tests/Architecture/float-rooms.txt with its reason");
            }
        }
    }

    // `Kind.Single` is a member called Single; `Single.Parse`, `System.Single` and `List<Single>` are the type.
    static bool IsType(IdentifierNameSyntax name) => name.Parent switch
    {
        MemberAccessExpressionSyntax access when access.Name == name => access.Expression.ToString() is "System" or "global::System",
        QualifiedNameSyntax qualified when qualified.Right == name => qualified.Left.ToString() is "System" or "global::System",
        NameColonSyntax or NameEqualsSyntax => false,
        _ => true,
    };
}
