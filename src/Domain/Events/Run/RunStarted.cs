using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Orders;

namespace EventSourcedMM.Domain.Events;

/// <summary>A run begins: everything that decides what it does. Market events before it folded the book only.</summary>
public struct RunStarted : IPayload<RunStarted>
{
    /// <summary>Name of the run.</summary>
    public string Run;

    /// <summary>backtest, paper, testnet, demo or real.</summary>
    public string Kind;

    /// <summary>Symbol.</summary>
    public string Symbol;

    /// <summary>Engine version that ran it: the same input gives the same decisions in one version.</summary>
    public string Engine;

    /// <summary>Event schemas the program knew, types and versions counted (events-schema/index.json): it only grows. 0 where it was not recorded.</summary>
    public long Schema;

    /// <summary>Rules by which state is hashed in this run (docs/model.md, "State hash"). Hashes of other rules cannot be compared.</summary>
    public long StateHash;

    /// <summary>Effective configuration for the symbol: JSON with every key in its written order.</summary>
    public string Configuration;

    /// <summary>The instrument in force at the start, as the payload of instrumentDefined in JSON; empty where it was not recorded.</summary>
    public string Instrument;

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

    /// <summary>Time from a decision to the simulated venue and back that was put in; 0 in a zero-latency run and at a real venue.</summary>
    public long SimulatedLatency;

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

    /// <summary>PnL of the UTC day that earlier live runs of the symbol had made when this one began: the day's stop-loss counts from there. 0 in a backtest.</summary>
    public Int128 CarriedDayPnl;

    /// <summary>Fall from its peak, positive, that the last of those runs stood at: the drawdown goes on from there. 0 in a backtest.</summary>
    public Int128 CarriedDrawdown;

    /// <summary>An empty payload; text fields are never null.</summary>
    public RunStarted()
    {
        Run = "";
        Kind = "";
        Symbol = "";
        Engine = "";
        Configuration = "";
        Instrument = "";
        Inputs = "";
        HorizonSource = "";
        Parent = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.RunStarted;

    /// <inheritdoc/>
    public static int Version => 3;

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref RunStarted payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("run", ref payload.Run);
        visit.Text("kind", ref payload.Kind);
        visit.Text("symbol", ref payload.Symbol);
        visit.Text("engine", ref payload.Engine);
        visit.Count("schema", ref payload.Schema);
        visit.Count("stateHash", ref payload.StateHash);
        visit.Text("configuration", ref payload.Configuration);
        visit.Text("instrument", ref payload.Instrument);
        visit.Text("inputs", ref payload.Inputs);
        visit.Time("windowStart", ref payload.WindowStart);
        visit.Time("windowEnd", ref payload.WindowEnd);
        visit.Code("queue", ref payload.Queue);
        visit.Count("feePartsPerMillion", ref payload.FeePartsPerMillion);
        visit.Time("simulatedLatency", ref payload.SimulatedLatency);
        visit.Real("logTerm", ref payload.LogTerm);
        visit.Real("stationarySlope", ref payload.StationarySlope);
        visit.Real("horizon", ref payload.Horizon);
        visit.Text("horizonSource", ref payload.HorizonSource);
        visit.Text("parent", ref payload.Parent);
        visit.Id("parentSequence", ref payload.ParentSequence);
        visit.Money("carriedDayPnl", ref payload.CarriedDayPnl);
        visit.Money("carriedDrawdown", ref payload.CarriedDrawdown);
    }
}
