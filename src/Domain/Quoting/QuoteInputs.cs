using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Domain.Quoting;

/// <summary>Everything a quote is computed from.</summary>
public struct QuoteInputs
{
    /// <summary>Best bid of the market in price units.</summary>
    public long BestBid;

    /// <summary>Best ask of the market in price units, above the best bid.</summary>
    public long BestAsk;

    /// <summary>q: position minus target in quantity units.</summary>
    public long Inventory;

    /// <summary>σ² in quote² per second.</summary>
    public double Variance;

    /// <summary>T−t in seconds; unused by the stationary mode.</summary>
    public double Horizon;
}

/// <summary>What does not change within a run: instrument, parameters and the constants computed once at its start.</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="Parameters">The parameters in the instrument's units.</param>
/// <param name="LogTerm">(1/γ)·ln(1+γ/k) in quote, as recorded in the run's first event.</param>
/// <param name="StationarySlope">S/σ, as recorded in the run's first event.</param>
public sealed record QuoteSetup(Instrument Instrument, StrategyParameters Parameters, double LogTerm, double StationarySlope)
{
    /// <summary>Writes it in its one order, for the state hash.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        Instrument.WriteTo(writer);
        Parameters.WriteTo(writer);
        foreach (var constant in (ReadOnlySpan<double>)[LogTerm, StationarySlope])
        {
            var value = constant;
            writer.Real("constant", ref value);
        }
    }
}
