using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Tests.Projections.Venue;

/// <summary>
/// A price level as people stand in it: for each order of ours the strangers before and behind it, one by one. Prints take
/// from the front, whoever joins stands behind, whoever leaves leaves from behind, unless fewer are left than stood before us.
/// </summary>
internal sealed class QueueTwin(QueueModel queue)
{
    private readonly List<Ours> orders = [];

    /// <summary>Our orders, oldest first.</summary>
    public IReadOnlyList<Ours> Orders => orders;

    public void Place(long id, int level, int lots, int displayed) => orders.Add(new Ours(id, level, lots, displayed));

    public bool Cancel(long id) => orders.RemoveAll(o => o.Id == id) > 0;

    /// <summary>A print at a level; level 0 is the best, and whoever quotes better is reached first.</summary>
    public List<(long Id, int Lots, int Left, FillRule Rule, int Ahead)> Print(int level, int lots)
    {
        var fills = new List<(long, int, int, FillRule, int)>();
        foreach (var order in orders.Where(o => o.Level < level).OrderBy(o => o.Level).ToArray())
        {
            var through = Math.Min(order.Left, lots);
            lots -= through;
            Fill(order, through, FillRule.PrintThrough);
        }

        var atPrice = orders.Where(o => o.Level == level && o.Left > 0).ToArray();
        var behindOurs = lots;
        foreach (var order in queue == QueueModel.Pessimistic || lots == 0 ? [] : atPrice)
        {
            // What the print has left when it comes to us: less who stands before us, less our own orders before this one.
            var reaches = queue == QueueModel.Optimistic ? behindOurs : behindOurs - order.Front.Count;
            var filled = Math.Min(order.Left, reaches);
            behindOurs -= Math.Max(0, filled);
            Fill(order, filled, FillRule.PrintAtPrice);
            for (var i = 0; i < lots; i++)
            {
                order.TakeFirst();
            }
        }

        orders.RemoveAll(o => o.Left == 0);
        return [.. fills.OrderBy(f => f.Item1)];

        void Fill(Ours order, int filled, FillRule rule)
        {
            if (filled > 0)
            {
                order.Left -= filled;
                fills.Add((order.Id, filled, order.Left, rule, order.Front.Count));
            }
        }
    }

    /// <summary>A diff says how much is displayed at a level now.</summary>
    public void Show(int level, int displayed)
    {
        foreach (var order in orders.Where(o => o.Level == level))
        {
            order.Show(displayed);
        }
    }

    /// <summary>One order of ours, and who stands around it.</summary>
    internal sealed class Ours(long id, int level, int lots, int displayed)
    {
        private readonly Stack<int> behind = [];

        public long Id => id;

        public int Level => level;

        public int Left { get; set; } = lots;

        /// <summary>Strangers before us, one for each lot.</summary>
        public List<int> Front { get; } = [.. Enumerable.Range(0, displayed)];

        public void TakeFirst()
        {
            if (Front.Count > 0)
            {
                Front.RemoveAt(0);
            }
        }

        public void Show(int now)
        {
            while (Front.Count + behind.Count < now)
            {
                behind.Push(now);
            }

            while (Front.Count + behind.Count > now)
            {
                if (!behind.TryPop(out _))
                {
                    Front.RemoveAt(Front.Count - 1);
                }
            }
        }
    }
}
