using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Replay.Days;

/// <summary>
/// The stores that a command reads: the user's own first, then the bundled samples. A stream that is in both is read
/// from the first. Only the journal is ever written: where the user's store is a server, what is written is forwarded to it
/// from there.
/// </summary>
public sealed class StoreSet : IDisposable
{
    private readonly IEventStore[] stores;
    private Action<StoreUnreachableException>? onAway;

    /// <summary>A set of journals; those whose directory does not exist are empty.</summary>
    /// <param name="journal">The user's store.</param>
    /// <param name="others">Stores that are only read.</param>
    public StoreSet(JournalStore journal, params IEnumerable<JournalStore> others)
    {
        Primary = journal;
        stores = [journal, .. others];
    }

    /// <summary>A server, read first, with the journal that takes the writes.</summary>
    /// <param name="journal">Takes the writes.</param>
    /// <param name="server">The user's store.</param>
    /// <param name="others">Stores that are only read.</param>
    public StoreSet(JournalStore journal, IEventStore server, IEnumerable<JournalStore> others)
    {
        Primary = journal;
        Server = server;
        stores = [server, journal, .. others];
    }

    /// <summary>The journal that is written.</summary>
    public JournalStore Primary { get; }

    /// <summary>The server that what is written is forwarded to; null when the user's store is the journal itself.</summary>
    public IEventStore? Server { get; }

    /// <summary>
    /// Why the server could not be asked; null while it could. Set only after <see cref="GoOnWithout"/>: then the other stores
    /// are read.
    /// </summary>
    public StoreUnreachableException? Away { get; private set; }

    /// <summary>From now on a server that is out of reach is told about once and then left out. Writes go to the journal anyway.</summary>
    /// <param name="tell">Told why.</param>
    public void GoOnWithout(Action<StoreUnreachableException> tell) => onAway = tell;

    /// <summary>Streams by name, each with the store it is read from, in ordinal order.</summary>
    public IReadOnlyList<(IEventStore Store, StreamName Name)> List(string prefix)
    {
        var found = new SortedDictionary<string, (IEventStore, StreamName)>(StringComparer.Ordinal);
        foreach (var (store, name) in ListCopies(prefix))
        {
            found.TryAdd(name.Value, (store, name));
        }

        return [.. found.Values];
    }

    /// <summary>Streams by name in every store, copies included: the user's store first, within a store in ordinal order.</summary>
    public IReadOnlyList<(IEventStore Store, StreamName Name)> ListCopies(string prefix) =>
        Joined(Array.ConvertAll(stores, store => Array.ConvertAll(ListOf(store, prefix), name => (store, name))));

    /// <summary>Every store that has a stream, with what is known about it there.</summary>
    public IEnumerable<(IEventStore Store, StreamInfo Info)> FindCopies(StreamName name)
    {
        foreach (var store in stores)
        {
            if (Ask(store, () => store.FindAsync(name).AsTask().GetAwaiter().GetResult()) is { } info)
            {
                yield return (store, info);
            }
        }
    }

    /// <summary>The store that has a stream, with what is known about it; null when none has.</summary>
    public (IEventStore Store, StreamInfo Info)? Find(StreamName name)
    {
        foreach (var found in FindCopies(name))
        {
            return found;
        }

        return null;
    }

    private StreamName[] ListOf(IEventStore store, string prefix) => store is JournalStore journal
        ? journal.List(prefix)
        : Ask(store, () => store.ListAsync(prefix).ToBlockingEnumerable().ToArray()) ?? [];

    private static (IEventStore, StreamName)[] Joined((IEventStore, StreamName)[][] parts)
    {
        var count = 0;
        foreach (var part in parts)
        {
            count += part.Length;
        }

        var all = new (IEventStore, StreamName)[count];
        count = 0;
        foreach (var part in parts)
        {
            part.CopyTo(all, count);
            count += part.Length;
        }

        return all;
    }

    private T? Ask<T>(IEventStore store, Func<T?> question)
        where T : class
    {
        if (store != Server || onAway is null)
        {
            return question();
        }

        if (Away is not null)
        {
            return null;
        }

        try
        {
            return question();
        }
        catch (StoreUnreachableException e)
        {
            Away = e;
            onAway(e);
            return null;
        }
    }

    /// <summary>Closes the stores: connections to servers, locks of streams that were written.</summary>
    public void Dispose()
    {
        foreach (var store in stores)
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
