using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Stores.Upcasting;

/// <summary>
/// The first event of a run as engines 1 and 2 wrote it: without instrument, schema version, rules of the state hash and
/// simulated latency.
/// </summary>
public struct RunStartedVersion1 : IPayload<RunStartedVersion1>
{
    private const string FirstEngine = "1";

    /// <summary>Name of the run.</summary>
    public string Run;

    /// <summary>backtest, paper, testnet, demo or real.</summary>
    public string Kind;

    /// <summary>Symbol.</summary>
    public string Symbol;

    /// <summary>Engine version that ran it.</summary>
    public string Engine;

    /// <summary>Effective configuration for the symbol: JSON with every key in its written order.</summary>
    public string Configuration;

    /// <summary>Input streams, one a line: name, number of events and content hash, between spaces; line n is stream n of the causes.</summary>
    public string Inputs;

    /// <summary>First receive stamp of the window.</summary>
    public long WindowStart;

    /// <summary>First receive stamp after the window.</summary>
    public long WindowEnd;

    /// <summary>Who trades first at our price.</summary>
    public QueueModel Queue;

    /// <summary>Maker commission in millionths.</summary>
    public long FeePartsPerMillion;

    /// <summary>(1/γ)·ln(1+γ/k) in quote, computed once.</summary>
    public double LogTerm;

    /// <summary>S/σ of the stationary quotes; 0 when A is not given.</summary>
    public double StationarySlope;

    /// <summary>T−t in seconds for the rolling mode; 0 otherwise.</summary>
    public double Horizon;

    /// <summary>Where the horizon's length came from.</summary>
    public string HorizonSource;

    /// <summary>Run this one was forked from; empty for none.</summary>
    public string Parent;

    /// <summary>Where it was forked.</summary>
    public long ParentSequence;

    /// <inheritdoc/>
    public static EventType Type => EventType.RunStarted;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref RunStartedVersion1 payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("run", ref payload.Run);
        visit.Text("kind", ref payload.Kind);
        visit.Text("symbol", ref payload.Symbol);
        visit.Text("engine", ref payload.Engine);
        visit.Text("configuration", ref payload.Configuration);
        visit.Text("inputs", ref payload.Inputs);
        visit.Time("windowStart", ref payload.WindowStart);
        visit.Time("windowEnd", ref payload.WindowEnd);
        visit.Code("queue", ref payload.Queue);
        visit.Count("feePartsPerMillion", ref payload.FeePartsPerMillion);
        visit.Real("logTerm", ref payload.LogTerm);
        visit.Real("stationarySlope", ref payload.StationarySlope);
        visit.Real("horizon", ref payload.Horizon);
        visit.Text("horizonSource", ref payload.HorizonSource);
        visit.Text("parent", ref payload.Parent);
        visit.Id("parentSequence", ref payload.ParentSequence);
    }

    /// <summary>The same run in version 2. Instrument and schema version were not recorded; engine 1 hashed its state by the first rules.</summary>
    public readonly RunStartedVersion2 Next() => new()
    {
        Run = Run,
        Kind = Kind,
        Symbol = Symbol,
        Engine = Engine,
        Schema = 0,
        StateHash = Engine == FirstEngine ? 1 : 2,
        Configuration = Configuration,
        Instrument = "",
        Inputs = Inputs,
        WindowStart = WindowStart,
        WindowEnd = WindowEnd,
        Queue = Queue,
        FeePartsPerMillion = FeePartsPerMillion,
        SimulatedLatency = 0,
        LogTerm = LogTerm,
        StationarySlope = StationarySlope,
        Horizon = Horizon,
        HorizonSource = HorizonSource,
        Parent = Parent,
        ParentSequence = ParentSequence,
    };
}
