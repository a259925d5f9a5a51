using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores;

/// <summary>A set of event types, to read only those.</summary>
public readonly record struct EventTypeSet
{
    private const int Limit = 128;

    private readonly UInt128 bits;

    /// <summary>The types given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A type's number is 128 or more.</exception>
    public EventTypeSet(params ReadOnlySpan<EventType> types)
    {
        foreach (var type in types)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)type, (uint)Limit, nameof(types));
            bits |= UInt128.One << (int)type;
        }
    }

    /// <summary>True when the type is in the set.</summary>
    public bool Contains(EventType type) => (uint)type < Limit && ((bits >> (int)type) & 1) != 0;

    /// <summary>The types, in the order of their numbers.</summary>
    public IReadOnlyList<EventType> Types
    {
        get
        {
            var list = new List<EventType>();
            for (var number = 0; number < Limit; number++)
            {
                if (Contains((EventType)number))
                {
                    list.Add((EventType)number);
                }
            }

            return list;
        }
    }
}
