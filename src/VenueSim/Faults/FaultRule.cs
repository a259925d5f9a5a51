namespace EventSourcedMM.VenueSim.Faults;

/// <summary>How often a kind of fault happens by itself, and how badly.</summary>
public sealed record FaultRule
{
    private static readonly FaultRule[] Usual =
    [
        new() { Kind = FaultKind.Drop },
        new() { Kind = FaultKind.Duplicate },
        new() { Kind = FaultKind.Reorder },
        new() { Kind = FaultKind.Delay, Length = new DurationRange(50_000_000, 2_000_000_000) },
        new() { Kind = FaultKind.Stall, Length = new DurationRange(1_000_000_000, 20_000_000_000) },
        new() { Kind = FaultKind.Cut },
        new() { Kind = FaultKind.HalfOpen },
        new() { Kind = FaultKind.StaleSnapshot },
        new() { Kind = FaultKind.SlowSnapshot, Length = new DurationRange(1_000_000_000, 10_000_000_000) },
        new() { Kind = FaultKind.ServerError },
        new() { Kind = FaultKind.WrongClock, Length = new DurationRange(10_000_000_000, 60_000_000_000), Offset = new DurationRange(-5_000_000_000, 5_000_000_000) },
        new() { Kind = FaultKind.Shutdown, Length = new DurationRange(1_000_000_000, 10_000_000_000) },
        new() { Kind = FaultKind.LostAnswer },
        new() { Kind = FaultKind.UnknownStatus },
        new() { Kind = FaultKind.CutRequest },
        new() { Kind = FaultKind.EarlyReport },
        new() { Kind = FaultKind.DoubleReport },
        new() { Kind = FaultKind.LateReport, Length = new DurationRange(50_000_000, 2_000_000_000) },
        new() { Kind = FaultKind.FillBeforeCancel },
        new() { Kind = FaultKind.HalfReplace },
        new() { Kind = FaultKind.NoBalance },
        new() { Kind = FaultKind.Ban, Length = new DurationRange(120_000_000_000, 300_000_000_000) },
        new() { Kind = FaultKind.LostReport },
        new() { Kind = FaultKind.EchoKeys },
    ];

    /// <summary>The kind.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Share of messages or requests; 0 for kinds that happen at intervals.</summary>
    public double Share { get; init; }

    /// <summary>Mean nanoseconds between two, drawn evenly from 0 to twice that; 0 for kinds that hit a share.</summary>
    public long Every { get; init; }

    /// <summary>How long it lasts or how late it makes things.</summary>
    public DurationRange Length { get; init; }

    /// <summary>By how much the clock is wrong.</summary>
    public DurationRange Offset { get; init; }

    /// <summary>HTTP status of a server error; 0 draws one of 500, 502, 503, 504.</summary>
    public int Status { get; init; }

    /// <summary>A kind as it usually is, not happening by itself.</summary>
    public static FaultRule Of(FaultKind kind) => Usual[(int)kind];

    /// <summary>True for kinds that hit single messages.</summary>
    public static bool HitsMessages(FaultKind kind) => kind <= FaultKind.Delay;

    /// <summary>True for kinds that hit single requests, or reports of orders.</summary>
    public static bool HitsRequests(FaultKind kind) => kind is FaultKind.StaleSnapshot or FaultKind.SlowSnapshot or FaultKind.ServerError or >= FaultKind.LostAnswer;

    /// <summary>True for kinds that hit a connection.</summary>
    public static bool HitsConnections(FaultKind kind) => kind is FaultKind.Stall or FaultKind.Cut or FaultKind.HalfOpen;

    /// <summary>True for kinds that last, or make late.</summary>
    public static bool HasLength(FaultKind kind) => Of(kind).Length != default;
}
