using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Stores.Upcasting;

/// <summary>
/// Every version of every event that this program reads, and the steps from each old version to the next. Stored events
/// are never rewritten: they are upcast when they are read, after their content hash was checked.
/// </summary>
public sealed class Upcasters
{
    // By type number, the versions of each in order; null where there is no such type. Arrays, because a start of the program
    // compiles every dictionary that it meets. Nothing changes in them once an instance is made: one instance serves every thread.
    private readonly Entry[]?[] types;

    /// <summary>A registry that knows current versions only; <see cref="Add{TOld, TNext}"/> gives one with a step more.</summary>
    /// <param name="current">The current version of each type, once a type.</param>
    public Upcasters(IEnumerable<PayloadFormat> current)
    {
        PayloadFormat[] formats = [.. current];
        types = new Entry[]?[formats.Length == 0 ? 0 : formats.Max(f => (int)f.Type) + 1];
        foreach (var format in formats)
        {
            ref var versions = ref types[(int)format.Type];
            versions = versions is null ? [new Entry(format, null)] : throw new ArgumentException($"{format.Name} has two current versions.", nameof(current));
        }
    }

    private Upcasters()
        : this(PayloadFormat.Current())
    {
    }

    private Upcasters(Upcasters other, Entry old)
    {
        types = [.. other.types];
        ref var versions = ref types[(int)old.Format.Type];
        versions = [.. versions!.Append(old).OrderBy(e => e.Format.Version)];
    }

    /// <summary>
    /// What this program reads. When an event's fields change: keep the old struct under Upcasting with its old version,
    /// raise the version of the new one, and add the step between them here.
    /// </summary>
    public static Upcasters BuiltIn { get; } = new Upcasters()
        .Add((in RunStartedVersion2 old) => old.Next())
        .Add((in RunStartedVersion1 old) => old.Next())
        .Add((in OrderSubmittedVersion1 old) => old.Next());

    /// <summary>Every version of every type, in the order of type numbers and versions.</summary>
    public IEnumerable<PayloadFormat> Formats => types.SelectMany(versions => versions ?? []).Select(entry => entry.Format);

    /// <summary>Types and versions counted: since schemas are added and never removed, the number says which set a program knew.</summary>
    public int SchemaCount => Array.FindAll(types, versions => versions is not null).Aggregate(0, (count, versions) => count + versions!.Length);

    /// <summary>This registry with the step from an old version to the next one.</summary>
    /// <exception cref="ArgumentException">The two are not successive versions of one type, the type is unknown, the old version is not older than the current one, or it has a step already.</exception>
    public Upcasters Add<TOld, TNext>(UpcastValue<TOld, TNext> convert)
        where TOld : struct, IPayload<TOld>
        where TNext : struct, IPayload<TNext>
    {
        if (TNext.Type != TOld.Type || TNext.Version != TOld.Version + 1)
        {
            throw new ArgumentException($"{typeof(TNext).Name} is {TNext.Type} version {TNext.Version}, which does not follow {typeof(TOld).Name}, {TOld.Type} version {TOld.Version}.", nameof(convert));
        }

        return Add(PayloadFormat.Of<TOld>(), () =>
        {
            var arena = new LevelArena();
            return (payload, next) =>
            {
                arena.Clear();
                EventRecord.WritePayload(next, convert(PayloadBytes.Read<TOld>(payload, arena)));
            };
        });
    }

    /// <summary>This registry with the step from an old version to the next one, on bytes.</summary>
    /// <param name="old">The old version.</param>
    /// <param name="makeStep">Makes a step that one <see cref="Upcaster"/> uses alone, so that it may own room that it reuses.</param>
    /// <exception cref="ArgumentException">The type is unknown, the version is not older than the current one, or it has a step already.</exception>
    public Upcasters Add(PayloadFormat old, Func<UpcastPayload> makeStep)
    {
        if (VersionsOf(old.Type) is not { } versions)
        {
            throw new ArgumentException($"{old} has no current version.", nameof(old));
        }

        if (old.Version < 1 || old.Version >= versions[^1].Format.Version)
        {
            throw new ArgumentException($"{old} is no older version of {old.Name}: versions start at 1, the current one is {versions[^1].Format.Version}.", nameof(old));
        }

        if (Array.Exists(versions, e => e.Format.Version == old.Version))
        {
            throw new ArgumentException($"{old} has a step already.", nameof(old));
        }

        return new Upcasters(this, new Entry(old, makeStep));
    }

    /// <summary>The version of a type that this program writes and folds; 0 when it does not know the type.</summary>
    public int CurrentVersion(EventType type) => VersionsOf(type) is { } versions ? versions[^1].Format.Version : 0;

    /// <summary>The format of an event as it was first written.</summary>
    /// <exception cref="UnknownEventException">This program knows the type or the version no more, or not yet.</exception>
    public PayloadFormat FormatOf(in EventHeader header) => Find(header).Format;

    /// <summary>The format of a type and version; null when this program does not know it.</summary>
    public PayloadFormat? Find(EventType type, int version) =>
        VersionsOf(type) is { } versions ? Array.Find(versions, e => e.Format.Version == version)?.Format : null;

    /// <summary>An upcaster of its own for one reader.</summary>
    public Upcaster Start() => new(this);

    internal UpcastPayload StepFrom(in EventHeader header) => Find(header).MakeStep!();

    private Entry Find(in EventHeader header)
    {
        if (VersionsOf(header.Type) is not { } versions)
        {
            throw new UnknownEventException(header, "this program does not know the type");
        }

        foreach (var entry in versions)
        {
            if (entry.Format.Version == header.Version)
            {
                return entry;
            }
        }

        var current = versions[^1].Format.Version;
        throw new UnknownEventException(header, header.Version > current
            ? $"this program reads versions up to {current}; use the program that wrote it, or a newer one"
            : $"this program has no step from version {header.Version} to {header.Version + 1} (it reads {string.Join(", ", versions.Select(e => e.Format.Version))})");
    }

    private Entry[]? VersionsOf(EventType type) => unchecked((uint)type) < (uint)types.Length ? types[(int)type] : null;

    private sealed record Entry(PayloadFormat Format, Func<UpcastPayload>? MakeStep);
}
