using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Projections;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>Makes a run's first event: everything that decides what the run does, and a name that follows from it.</summary>
public static class RunHeader
{
    /// <summary>Version of the engine's behaviour: changed when the same input may give other decisions.</summary>
    public const string EngineVersion = "2";

    /// <summary>T−t of the rolling mode when nothing says otherwise, in seconds.</summary>
    public const double DefaultHorizonSeconds = 60;

    /// <summary>The first event of a backtest.</summary>
    /// <param name="request">What to run.</param>
    /// <param name="instrument">The instrument in force at the window's start.</param>
    /// <param name="inputs">Input streams in order.</param>
    /// <param name="windowStart">First instant of the window.</param>
    /// <param name="windowEnd">First instant after it.</param>
    /// <exception cref="ConfigurationException">The configuration does not fit the instrument.</exception>
    public static RunStarted Create(BacktestRequest request, Instrument instrument, IReadOnlyList<InputStream> inputs, long windowStart, long windowEnd)
    {
        var parameters = new StrategyParameters(request.Configuration, instrument);
        if (parameters.Horizon == HorizonMode.Session && windowEnd == long.MaxValue)
        {
            throw new ConfigurationException("horizon_mode session needs an end that T−t runs down to: name a --date or --to.");
        }

        ModelConstants constants;
        try
        {
            constants = ModelConstants.Create(parameters.Gamma, parameters.Decay, parameters.Intensity);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new ConfigurationException(e.Message);
        }

        var (horizon, source) = Horizon(parameters, constants);
        var started = new RunStarted
        {
            Kind = request.Live?.Started.Kind ?? "backtest",
            Symbol = request.Symbol,
            Engine = EngineVersion,
            Schema = Upcasters.BuiltIn.SchemaCount,
            StateHash = StateHash.Rules,
            Configuration = request.Configuration.ToJson(),
            Instrument = RunInstrument.ToText(instrument),
            Inputs = request.Live?.Started.Inputs ?? string.Join('\n', inputs.Select(i => i.Line).Concat(request.Told is { } told ? [told.Line] : Array.Empty<string>())),
            WindowStart = windowStart,
            WindowEnd = windowEnd,
            Queue = request.Queue,
            FeePartsPerMillion = request.FeePartsPerMillion,
            LogTerm = constants.LogTerm,
            StationarySlope = constants.GlftSlope,
            Horizon = horizon,
            HorizonSource = source,
            Parent = request.Fork?.Parent.Run ?? "",
            ParentSequence = request.Fork?.Sequence ?? 0,
            CarriedDayPnl = request.CarriedDayPnl,
            CarriedDrawdown = request.CarriedDrawdown,
        };
        started.Run = request.Live?.Started.Run ?? RunName.Of(started);
        return started;
    }

    private static (double Seconds, string Source) Horizon(StrategyParameters parameters, in ModelConstants constants)
    {
        if (parameters.Horizon != HorizonMode.Rolling)
        {
            return (0, parameters.Horizon == HorizonMode.Session ? "runs down to the window's end" : "stationary quotes have none");
        }

        if (parameters.HorizonSeconds > 0)
        {
            return (parameters.HorizonSeconds, "horizon_seconds");
        }

        if (parameters.SigmaReference > 0 && constants.RollingHorizonFactor > 0)
        {
            return (AvellanedaStoikov.RollingHorizon(parameters.SigmaReference, constants.RollingHorizonFactor), "1/(2·√(αη)) from a, k, gamma and sigma_reference");
        }

        return (DefaultHorizonSeconds, "default");
    }
}
