using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>docs/model.md §3, word for word: two maps and a state.</summary>
public sealed class NaiveBook
{
    private List<DiffLine> list = [];
    private (long Id, IEnumerable<Level> Bids, IEnumerable<Level> Asks)? aside;
    private long ignoredSinceSnapshot;
    private bool diffSinceSnapshot;

    public SortedDictionary<long, long> Bids { get; } = [];

    public SortedDictionary<long, long> Asks { get; } = [];

    public BookState State { get; private set; } = BookState.Buffering;

    public long Id { get; private set; }

    public bool Following => State is BookState.Synced or BookState.Crossed or BookState.OneSided;

    public bool HasBothSides => Bids.Count > 0 && Asks.Count > 0;

    public bool Usable => State == BookState.Synced || (State == BookState.Partial && HasBothSides);

    public long BestBid => Bids.Count == 0 ? 0 : Bids.Keys.Last();

    public long BestAsk => Asks.Count == 0 ? 0 : Asks.Keys.First();

    public long M2 => BestBid + BestAsk;

    public SortedDictionary<long, long> On(Side side) => side == Side.Bid ? Bids : Asks;

    public long Displayed(Side side, long price) => On(side).GetValueOrDefault(price);

    public bool GoingToApply(DiffLine diff) => Following && diff.First <= Id + 1 && diff.Final > Id;

    public void Apply(DiffLine diff)
    {
        if (!Following)
        {
            list.Add(diff);
            list = [.. list.TakeLast(4096)];
        }
        else if (diff.Final <= Id)
        {
            ignoredSinceSnapshot++;
            if (!diffSinceSnapshot && ignoredSinceSnapshot > 600)
            {
                Lose(diff);
            }
        }
        else if (diff.First <= Id + 1)
        {
            Set(diff);
            aside = aside is { } kept && kept.Id > Id ? kept : null;
            Follow();
        }
        else if (aside is { } kept && diff.First <= kept.Id + 1)
        {
            Become(kept.Id, kept.Bids, kept.Asks);
            if (diff.Final > Id)
            {
                Set(diff);
            }

            Follow();
        }
        else
        {
            Lose(diff);
        }
    }

    public void Apply(SnapshotLine snapshot)
    {
        if (Following)
        {
            if (snapshot.Id > Id && (aside is not { } kept || snapshot.Id > kept.Id))
            {
                aside = (snapshot.Id, snapshot.Bids, snapshot.Asks);
            }

            return;
        }

        list = [.. list.Where(d => d.Final > snapshot.Id)];
        if (list.Count > 0 && list[0].First > snapshot.Id + 1)
        {
            return;
        }

        Become(snapshot.Id, snapshot.Bids, snapshot.Asks);
        while (list.Count > 0 && list[0].First <= Id + 1)
        {
            if (list[0].Final > Id)
            {
                Set(list[0]);
            }

            list.RemoveAt(0);
        }

        if (list.Count > 0)
        {
            State = BookState.Gap;
        }
        else
        {
            Follow();
        }
    }

    /// <summary>§12, "Partial books".</summary>
    public bool GoingToApply(PartialLine partial) =>
        (State == BookState.Partial && partial.Id > Id) || (State == BookState.Buffering && list.Count == 0);

    public void Apply(PartialLine partial)
    {
        if (GoingToApply(partial))
        {
            Become(partial.Id, partial.Bids, partial.Asks);
            State = BookState.Partial;
        }
    }

    /// <summary>A stored UTC day begins: what waits beside the book is dropped.</summary>
    public void Midnight()
    {
        list = [];
        aside = null;
        diffSinceSnapshot = true;
    }

    private void Become(long id, IEnumerable<Level> bids, IEnumerable<Level> asks)
    {
        Bids.Clear();
        Asks.Clear();
        Set(Bids, bids);
        Set(Asks, asks);
        Id = id;
        aside = null;
        ignoredSinceSnapshot = 0;
        diffSinceSnapshot = false;
    }

    private void Set(DiffLine diff)
    {
        Set(Bids, diff.Bids);
        Set(Asks, diff.Asks);
        Id = diff.Final;
        diffSinceSnapshot = true;
    }

    private static void Set(SortedDictionary<long, long> side, IEnumerable<Level> levels)
    {
        foreach (var (price, quantity) in levels)
        {
            if (quantity == 0)
            {
                side.Remove(price);
            }
            else
            {
                side[price] = quantity;
            }
        }
    }

    private void Lose(DiffLine diff)
    {
        list = [diff];
        aside = null;
        State = BookState.Gap;
    }

    private void Follow() =>
        State = !HasBothSides ? BookState.OneSided : BestBid >= BestAsk ? BookState.Crossed : BookState.Synced;
}
