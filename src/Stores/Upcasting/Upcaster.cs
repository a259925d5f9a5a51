using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Upcasting;

/// <summary>
/// Carries payloads up to their current version for one reader. It owns the room for the bytes, so it serves one thread,
/// and what it hands out is valid until the next call. A payload of the current version passes through untouched.
/// </summary>
public sealed class Upcaster
{
    private readonly Upcasters registry;
    private readonly int[] current;
    private readonly Dictionary<(EventType Type, int Version), UpcastPayload> steps = [];
    private ByteBuffer from = new();
    private ByteBuffer to = new();

    internal Upcaster(Upcasters registry)
    {
        this.registry = registry;
        current = new int[registry.Formats.Max(format => (int)format.Type) + 1];
        foreach (var format in registry.Formats)
        {
            current[(int)format.Type] = format.Version;
        }
    }

    /// <summary>The payload in its current version.</summary>
    /// <param name="header">The event's header; its version becomes the current one.</param>
    /// <param name="payload">The payload as first written.</param>
    /// <exception cref="UnknownEventException">The type, the version or a step from it is unknown: nothing is skipped silently.</exception>
    /// <exception cref="CanonicalFormatException">The bytes are damaged.</exception>
    public ReadOnlySpan<byte> Upcast(scoped ref EventHeader header, ReadOnlySpan<byte> payload)
    {
        var type = (int)header.Type;
        if ((uint)type < (uint)current.Length && header.Version == current[type])
        {
            return payload;
        }

        return UpcastOld(ref header, payload);
    }

    private ReadOnlySpan<byte> UpcastOld(scoped ref EventHeader header, ReadOnlySpan<byte> payload)
    {
        var latest = registry.CurrentVersion(header.Type);
        do
        {
            var step = Step(header);
            to.Clear();
            step(payload, to);
            (from, to) = (to, from);
            payload = from.Span;
            header = header with { Version = header.Version + 1 };
        }
        while (header.Version != latest);

        return payload;
    }

    private UpcastPayload Step(in EventHeader header)
    {
        if (!steps.TryGetValue((header.Type, header.Version), out var step))
        {
            step = registry.StepFrom(header);
            steps.Add((header.Type, header.Version), step);
        }

        return step;
    }
}
