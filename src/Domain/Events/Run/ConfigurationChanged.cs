using EventSourcedMM.Domain.Canonical;

namespace EventSourcedMM.Domain.Events;

/// <summary>The configuration changed while the run goes on: it applies from this event on. What was sampled, held and halted stays.</summary>
public struct ConfigurationChanged : IPayload<ConfigurationChanged>
{
    /// <summary>Effective configuration for the symbol from here on, as in the run's first event.</summary>
    public string Configuration;

    /// <summary>(1/γ)·ln(1+γ/k) in quote, computed once.</summary>
    public double LogTerm;

    /// <summary>S/σ of the stationary quotes; 0 when A is not given.</summary>
    public double StationarySlope;

    /// <summary>T−t in seconds for the rolling mode; 0 otherwise.</summary>
    public double Horizon;

    /// <summary>Where the horizon's length came from.</summary>
    public string HorizonSource;

    /// <summary>Where the change came from.</summary>
    public string Source;

    /// <summary>An empty payload; text fields are never null.</summary>
    public ConfigurationChanged()
    {
        Configuration = "";
        HorizonSource = "";
        Source = "";
    }

    /// <inheritdoc/>
    public static EventType Type => EventType.ConfigurationChanged;

    /// <inheritdoc/>
    public static int Version => 1;

    /// <summary>The run's first event with these settings.</summary>
    public readonly RunStarted ApplyTo(RunStarted started) => started with
    {
        Configuration = Configuration,
        LogTerm = LogTerm,
        StationarySlope = StationarySlope,
        Horizon = Horizon,
        HorizonSource = HorizonSource,
    };

    /// <inheritdoc/>
    public static void Describe<TVisitor>(ref TVisitor visit, ref ConfigurationChanged payload)
        where TVisitor : struct, IFieldVisitor, allows ref struct
    {
        visit.Text("configuration", ref payload.Configuration);
        visit.Real("logTerm", ref payload.LogTerm);
        visit.Real("stationarySlope", ref payload.StationarySlope);
        visit.Real("horizon", ref payload.Horizon);
        visit.Text("horizonSource", ref payload.HorizonSource);
        visit.Text("source", ref payload.Source);
    }
}
