using System.Globalization;

namespace EventSourcedMM.VenueSim.Faults;

/// <summary>Decides what goes wrong, from the plan and its seed and from what was asked for, and keeps the log. Used by the loop alone.</summary>
internal sealed class FaultDirector(FaultPlan plan, ulong seed)
{
    private static readonly FaultKind[] MessageKinds = [FaultKind.Drop, FaultKind.Duplicate, FaultKind.Reorder, FaultKind.Delay];
    private static readonly int[] Statuses = [500, 502, 503, 504];

    private readonly FaultDraw draw = new(seed);
    private readonly List<(FaultOrder Order, int Left)> asked = [];
    private readonly bool plansMessages = plan.Rules.Any(r => FaultRule.HitsMessages(r.Kind) && r.Share > 0);
    private long requests;
    private long drawn;

    /// <summary>What happens by itself.</summary>
    public FaultPlan Plan => plan;

    /// <summary>What was done.</summary>
    public FaultLog Log { get; } = new();

    /// <summary>Nanoseconds by which the venue's clock is wrong now.</summary>
    public long ClockError { get; set; }

    /// <summary>Faults asked for that have hit nothing yet.</summary>
    public int Waiting => asked.Sum(a => a.Left);

    /// <summary>Asks for faults that hit messages or requests.</summary>
    public void Ask(FaultOrder order) => asked.Add((order, order.Count));

    /// <summary>What happens to a message; null when nothing does.</summary>
    /// <param name="now">Venue time.</param>
    /// <param name="connection">Connection it goes to.</param>
    /// <param name="ordinal">Its number on the connection.</param>
    /// <param name="stream">Its stream.</param>
    /// <param name="firstId">First id in it.</param>
    /// <param name="lastId">Last id in it.</param>
    /// <param name="late">For a delay, by how much.</param>
    public FaultKind? ForMessage(long now, long connection, long ordinal, string stream, long firstId, long lastId, out long late)
    {
        late = 0;
        if (asked.Count == 0 && !plansMessages)
        {
            return null;
        }

        foreach (var kind in MessageKinds)
        {
            var order = Take(kind, connection, stream);
            var rule = order?.Rule ?? plan.Of(kind);
            if (rule is not null && (order is not null || draw.Share(kind, connection, ordinal) < rule.Share))
            {
                late = kind == FaultKind.Delay ? draw.Within(kind, connection, ordinal, rule.Length.Least, rule.Length.Most) : 0;
                Log.Add(now, kind, connection, stream, firstId, lastId, late, "", order is not null);
                return kind;
            }
        }

        return null;
    }

    /// <summary>What happens to a request; null when nothing of this kind does.</summary>
    /// <param name="now">Venue time.</param>
    /// <param name="kind">A kind that hits requests.</param>
    /// <param name="path">Path of the request.</param>
    public RequestFault? ForRequest(long now, FaultKind kind, string path)
    {
        var ordinal = ++requests;
        var order = Take(kind, 0, path);
        var rule = order?.Rule ?? plan.Of(kind);
        if (rule is null || (order is null && draw.Share(kind, 0, ordinal) >= rule.Share))
        {
            return null;
        }

        var status = rule.Status != 0 ? rule.Status : Statuses[draw.Within(kind, 0, ordinal, 0, Statuses.Length)];
        var length = draw.Within(kind, 0, ordinal, rule.Length.Least, rule.Length.Most);
        Log.Add(now, kind, 0, path, 0, 0, length, kind == FaultKind.ServerError ? status.ToString(CultureInfo.InvariantCulture) : "", order is not null);
        return new RequestFault(length, status, draw.Share(kind, -5, ordinal) < 0.5);
    }

    /// <summary>Nanoseconds until a kind that happens at intervals happens next; null when it does not by itself.</summary>
    public long? NextIn(FaultKind kind, long connection, long ordinal) =>
        plan.Of(kind) is { Every: > 0 } rule ? draw.Within(kind, connection, ordinal, 0, checked(2 * rule.Every)) : null;

    /// <summary>Draws how long a fault lasts.</summary>
    public long LengthOf(FaultRule rule) => draw.Within(rule.Kind, -1, ++drawn, rule.Length.Least, rule.Length.Most);

    /// <summary>Draws by how much the clock is wrong.</summary>
    public long OffsetOf(FaultRule rule) => draw.Within(rule.Kind, -2, ++drawn, rule.Offset.Least, rule.Offset.Most);

    private FaultOrder? Take(FaultKind kind, long connection, string subject)
    {
        for (var i = 0; i < asked.Count; i++)
        {
            var (order, left) = asked[i];
            if (order.Rule.Kind != kind || (order.Connection != 0 && order.Connection != connection) || (order.Subject.Length > 0 && order.Subject != subject))
            {
                continue;
            }

            if (left == 1)
            {
                asked.RemoveAt(i);
            }
            else
            {
                asked[i] = (order, left - 1);
            }

            return order;
        }

        return null;
    }
}

/// <summary>What happens to a request.</summary>
/// <param name="Length">How late, or how long, in nanoseconds.</param>
/// <param name="Status">For a server error, the status.</param>
/// <param name="Coin">Whether a request is executed all the same, where that is left to chance.</param>
internal readonly record struct RequestFault(long Length, int Status, bool Coin);
