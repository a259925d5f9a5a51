using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Tests.Projections;

/// <summary>
/// Walks an object of the engine down to its last value, changes one value at a time, and tells which fields a hash of
/// it notices. A field is noticed when a change of anything below it is.
/// </summary>
public sealed partial class StateFields(Func<string> hash, IReadOnlyCollection<string> left)
{
    private readonly string unchanged = hash();

    // Inside a field that is left out, what its own fields are called does not matter; a change there must not be noticed.
    private int inside;

    /// <summary>Every field met, as Type.Field, and whether the hash notices it.</summary>
    public SortedDictionary<string, bool> Seen { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Every instance field of a type and of what it derives from. A side of the book has none here: how it keeps its
    /// levels decides nothing (the same levels are the same side), so its levels are changed instead.
    /// </summary>
    public static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        if (type == typeof(BookSide))
        {
            yield break;
        }

        for (var at = type; at is not null && at != typeof(object) && at != typeof(ValueType); at = at.BaseType)
        {
            foreach (var field in at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }

    /// <summary>Every type of the engine that a field of a type can lead to, itself first.</summary>
    public static IReadOnlyList<Type> ReachableFrom(Type root, IReadOnlyCollection<string> left)
    {
        var found = new List<Type> { root };
        for (var i = 0; i < found.Count; i++)
        {
            foreach (var field in FieldsOf(found[i]).Where(f => !left.Contains(NameOf(f))))
            {
                var type = Inner(field.FieldType);
                if (IsOurs(type) && !found.Contains(type))
                {
                    found.Add(type);
                }
            }
        }

        return found;
    }

    /// <summary>A field's name as it is written in the source.</summary>
    public static string NameOf(FieldInfo field) => $"{field.DeclaringType!.Name}.{Generated().Replace(field.Name, "$1")}";

    /// <summary>Walks an object.</summary>
    public void Walk(object of) => WalkFields(of, () => { });

    // "put" writes a boxed struct back to where it came from.
    private bool WalkFields(object of, Action put)
    {
        var any = false;
        foreach (var field in FieldsOf(of.GetType()))
        {
            var name = NameOf(field);
            inside += left.Contains(name) ? 1 : 0;
            var noticed = WalkValue(field.GetValue(of), value =>
            {
                field.SetValue(of, value);
                put();
            });
            inside -= left.Contains(name) ? 1 : 0;
            if (inside == 0)
            {
                Seen[name] = noticed || Seen.GetValueOrDefault(name);
            }

            any |= noticed;
        }

        return any;
    }

    private bool WalkValue(object? value, Action<object?> set)
    {
        switch (value)
        {
            case null:
                return false;
            case BookSide side:
                return WalkLevels(side);
            case Array array:
                return WalkElements(array, array.Length);
            case IList list:
                return WalkElements(list, list.Count);
            case long or int or double or bool or string or Int128 or Enum:
                return Notices(value, set);
            default:
                Assert.True(IsOurs(value.GetType()), $"This test does not know how to change a {value.GetType()}.");
                return WalkFields(value, value.GetType().IsValueType ? () => set(value) : () => { });
        }
    }

    private bool WalkElements(IList list, int count)
    {
        var any = false;
        for (var i = 0; i < count; i++)
        {
            var at = i;
            any |= WalkValue(list[i], value => list[at] = value);
        }

        return any;
    }

    // Every level changed, every level gone, and one more: each by itself must be noticed.
    private bool WalkLevels(BookSide side)
    {
        var any = false;
        foreach (var level in side.ToLevels().Append(new Level(1, 0)))
        {
            foreach (var quantity in (long[])[level.Quantity + 1, 0])
            {
                if (quantity != level.Quantity)
                {
                    side.Set(level.Price, quantity);
                    Assert.True(hash() != unchanged, $"{level} became {quantity} unseen.");
                    side.Set(level.Price, level.Quantity);
                    any = true;
                }
            }
        }

        Assert.Equal(unchanged, hash());
        return any;
    }

    private bool Notices(object value, Action<object?> set)
    {
        set(value switch
        {
            long x => x + 1,
            int x => x + 1,
            double x => (x * 1.5) + 1,
            bool x => !x,
            string x => x + "x",
            Int128 x => x + 1,
            _ => Enum.ToObject(value.GetType(), Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture) + 1),
        });
        try
        {
            return hash() != unchanged;
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // A count that is out of its array: the hash could not even be taken.
            return true;
        }
        finally
        {
            set(value);
        }
    }

    private static Type Inner(Type type) =>
        Nullable.GetUnderlyingType(type) is { } nullable ? Inner(nullable)
        : type.IsArray ? Inner(type.GetElementType()!)
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>) ? Inner(type.GetGenericArguments()[0])
        : type;

    private static bool IsOurs(Type type) =>
        !type.IsEnum && (type.Assembly == typeof(EngineState).Assembly || type.Assembly == typeof(Level).Assembly);

    [GeneratedRegex("^<(.+)>(?:k__BackingField|P)$")]
    private static partial Regex Generated();
}
