using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcedMM.Architecture.Scans;

/// <summary>Finds floating point in what the compiler made of Domain and Projections: fields, parameters and returns,
/// whatever they were called in the source.</summary>
public static class FloatReflection
{
    const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static readonly Type[] Floats = [typeof(double), typeof(float), typeof(Half)];

    /// <summary>The findings in an assembly whose sources are in the tree.</summary>
    public static IEnumerable<Finding> Run(Assembly assembly, SourceTree tree, ReasonedFiles rooms)
    {
        var declared = DeclaredTypes(tree);
        foreach (var type in assembly.GetTypes())
        {
            var owner = Owner(type);
            if (owner.IsDefined(typeof(CompilerGeneratedAttribute)) || owner.Name.StartsWith('<') || owner.Namespace == "Microsoft.CodeAnalysis")
            {
                continue;
            }

            var places = declared.GetValueOrDefault(FullName(owner)) ?? [(assembly.GetName().Name + ".dll", 0)];
            if (places.Any(place => rooms.Allow(place.Path)))
            {
                continue;
            }

            foreach (var member in FloatMembers(type))
            {
                yield return new Finding(places[0].Path, places[0].Line, "float",
                    $"{type.Name}.{member} outside the float rooms: use integers, or add the file to tests/Architecture/float-rooms.txt with its reason");
            }
        }
    }

    static IEnumerable<string> FloatMembers(Type type)
    {
        foreach (var field in type.GetFields(Everything).Where(field => IsFloat(field.FieldType)))
        {
            yield return $"{field.Name} is a {Name(field.FieldType)} field";
        }

        foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
        {
            foreach (var parameter in method.GetParameters().Where(parameter => IsFloat(parameter.ParameterType)))
            {
                yield return $"{method.Name} takes a {Name(parameter.ParameterType)}";
            }

            if (method is MethodInfo { ReturnType: var returned } && IsFloat(returned))
            {
                yield return $"{method.Name} returns a {Name(returned)}";
            }
        }
    }

    static bool IsFloat(Type type) =>
        Floats.Contains(type)
        || (type.HasElementType && IsFloat(type.GetElementType()!))
        || (type.IsGenericType && type.GetGenericArguments().Any(IsFloat));

    static string Name(Type type) => type.IsGenericType ? type.ToString() : type.Name;

    // Closures and iterators are nested in the type whose code they came from.
    static Type Owner(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }

    static string FullName(Type type) => type.FullName ?? type.Name;

    static Dictionary<string, List<(string Path, int Line)>> DeclaredTypes(SourceTree tree)
    {
        var declared = new Dictionary<string, List<(string, int)>>(StringComparer.Ordinal);
        foreach (var file in tree.Pure)
        {
            foreach (var type in file.Syntax.SelectMany(root => root.DescendantNodes()).OfType<BaseTypeDeclarationSyntax>().Where(type => type.Parent is not BaseTypeDeclarationSyntax))
            {
                var spaces = type.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().Reverse().Select(space => space.Name.ToString());
                var arity = (type as TypeDeclarationSyntax)?.TypeParameterList?.Parameters.Count ?? 0;
                var name = string.Join('.', spaces.Append(type.Identifier.Text)) + (arity == 0 ? "" : $"`{arity}");
                if (!declared.TryGetValue(name, out var places))
                {
                    declared[name] = places = [];
                }

                places.Add((file.Path, SourceFile.LineOf(type.Identifier)));
            }
        }

        return declared;
    }
}
