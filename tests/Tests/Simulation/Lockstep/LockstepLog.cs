using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Replay.Backtest;

namespace EventSourcedMM.Tests.Simulation.Lockstep;

/// <summary>The events of a run as lines that both sides can have: without what only the model knows of a fill (its rule, its queue) and without hashes.</summary>
internal sealed class LockstepLog : IStartableLog
{
    private long sequence;

    public List<string> Lines { get; } = [];

    public void Start(in RunStarted started)
    {
    }

    public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
    {
        Lines.Add(Line(type, payload));
        return ++sequence;
    }

    public static bool IsCompared(string line) => !line.StartsWith("StateHashed", StringComparison.Ordinal) && !line.StartsWith("VenueHashed", StringComparison.Ordinal) && !line.StartsWith("RunEnded", StringComparison.Ordinal);

    public static string Line(EventType type, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case EventType.OrderFilled:
                var fill = Read<OrderFilled>(payload);
                return $"OrderFilled {fill.OrderId} {fill.TradeId} {fill.Side} {fill.Price} {fill.Quantity} {fill.Remaining} {fill.Commission} {fill.CommissionAsset} {fill.CommissionValue}";
            case EventType.OrderAccepted:
                return $"OrderAccepted {Read<OrderAccepted>(payload).OrderId}";
            default:
                return $"{type} {Convert.ToHexString(payload)}";
        }
    }

    private static T Read<T>(ReadOnlySpan<byte> payload)
        where T : struct, IPayload<T>
    {
        var reader = new CanonicalReader(payload, new LevelArena());
        var value = default(T);
        T.Describe(ref reader, ref value);
        return value;
    }
}
