using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Replay.Days;

/// <summary>
/// The stores that a command reads: the user's own first, then the bundled samples. A stream that is in both is read
/// from the first. Only the first is ever written.
/// </summary>
public sealed class StoreSet
{
    private readonly JournalStore[] stores;

    /// <summary>A set of stores; those whose directory does not exist are empty.</summary>
    /// <param name="primary">The user's store.</param>
    /// <param name="others">Stores that are only read.</param>
    public StoreSet(JournalStore primary, params IEnumerable<JournalStore> others) => stores = [primary, .. others];

    /// <summary>The user's store.</summary>
    public JournalStore Primary => stores[0];

    /// <summary>Streams by name, each with the store it is read from, in ordinal order.</summary>
    public IReadOnlyList<(JournalStore Store, StreamName Name)> List(string prefix)
    {
        var found = new SortedDictionary<string, (JournalStore, StreamName)>(StringComparer.Ordinal);
        foreach (var store in stores)
        {
            foreach (var name in store.ListAsync(prefix).ToBlockingEnumerable())
            {
                found.TryAdd(name.Value, (store, name));
            }
        }

        return [.. found.Values];
    }

    /// <summary>Streams by name in every store, copies included: the user's store first, within a store in ordinal order.</summary>
    public IReadOnlyList<(JournalStore Store, StreamName Name)> ListCopies(string prefix) =>
        [.. stores.SelectMany(store => store.ListAsync(prefix).ToBlockingEnumerable().Select(name => (store, name)))];

    /// <summary>Every store that has a stream, with what is known about it there.</summary>
    public IEnumerable<(JournalStore Store, StreamInfo Info)> FindCopies(StreamName name)
    {
        foreach (var store in stores)
        {
            if (store.FindAsync(name).AsTask().GetAwaiter().GetResult() is { } info)
            {
                yield return (store, info);
            }
        }
    }

    /// <summary>The store that has a stream, with what is known about it; null when none has.</summary>
    public (JournalStore Store, StreamInfo Info)? Find(StreamName name)
    {
        foreach (var found in FindCopies(name))
        {
            return found;
        }

        return null;
    }
}
