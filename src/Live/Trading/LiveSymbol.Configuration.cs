using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Live.Trading;

/// <summary>Another configuration while the run goes on.</summary>
public sealed partial class LiveSymbol
{
    /// <summary>The configuration in force.</summary>
    public StrategyConfiguration Configuration => options.Strategies[Symbol];

    /// <summary>Says what keeps a configuration from following on the one in force. Called with the gate held.</summary>
    /// <exception cref="ConfigurationException">It does not fit the instrument, or changes what a run that goes on cannot change.</exception>
    internal void CheckConfiguration(StrategyConfiguration next)
    {
        var parameters = new StrategyParameters(next, context.Instrument);
        if (state.Setup is { } setup && !parameters.SamplesLike(setup.Parameters))
        {
            string[] kept = ["volatility_step_ms", "volatility_window", "volatility_lag", "volatility_warmup", "volatility_floor", "mark_seconds", "inventory_target", "horizon_mode"];
            var changed = kept.Where(k => next[k] != Configuration[k]).Select(k => $"{k} ({Configuration[k]} to {next[k]})");
            throw new ConfigurationException($"{Symbol}: {string.Join(", ", changed)} cannot change while the run goes on: σ, marks and q rest on it.");
        }

        _ = Header(next);
    }

    /// <summary>The configuration from now on. Called with the gate held, after it was checked.</summary>
    internal void Reconfigure(StrategyConfiguration next, string source, long now)
    {
        if (over)
        {
            return;
        }

        Use(next);
        if (!HasStarted)
        {
            return;
        }

        try
        {
            var header = Header(next);
            Control(now, new ConfigurationChanged
            {
                Configuration = header.Configuration,
                LogTerm = header.LogTerm,
                StationarySlope = header.StationarySlope,
                Horizon = header.Horizon,
                HorizonSource = header.HorizonSource,
                Source = source,
            });
            Leave();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Use(StrategyConfiguration next) => options = options with
    {
        Strategies = options.Strategies.ToDictionary(s => s.Key, s => s.Key == Symbol ? next : s.Value),
    };

    private RunStarted Header(StrategyConfiguration next) => options.Header(new LiveStart(
        run,
        options with { Strategies = new Dictionary<string, StrategyConfiguration> { [Symbol] = next } },
        Symbol,
        context.Instrument,
        StreamName.Market(Symbol, "1970-01-01", context.Recording),
        HasStarted ? started.WindowStart : 0));
}
