using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>
/// What an event says. A payload is a plain value: it is copied, never shared, and once appended it is bytes that
/// nobody changes. It describes its fields once, in the order they are written.
/// </summary>
/// <typeparam name="TSelf">The payload itself.</typeparam>
public interface IPayload<TSelf>
    where TSelf : struct, IPayload<TSelf>
{
    /// <summary>Which event it is.</summary>
    static abstract EventType Type { get; }

    /// <summary>Schema version that this code writes; a change of fields is a new version and an upcaster.</summary>
    static abstract int Version { get; }

    /// <summary>Walks the fields in their written order.</summary>
    static abstract void Describe<TVisitor>(ref TVisitor visit, ref TSelf payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct;
}
