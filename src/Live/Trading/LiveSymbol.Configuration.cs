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
            string[] kept = ["volatility_step_ms", "volatility_window", "volatility_lag", "volatility_warmup", "volatility_floor", "mark_seconds", "inventory_target", "horizon_mode", "own_orders_in_book"];
            var changed = kept.Where(k => next[k] != Configuration[k]).Select(k => $"{k} ({Configuration[k]} to {next[k]})");
            throw new ConfigurationException($"{Symbol}: {string.Join(", ", changed)} cannot change while the run goes on: σ, marks and q rest on it.");
        }

        if (sink is not null && next["self_trade_prevention"] != Configuration["self_trade_prevention"])
        {
            throw new ConfigurationException($"{Symbol}: self_trade_prevention ({Configuration["self_trade_prevention"]} to {next["self_trade_prevention"]}) cannot change while the run goes on: the gateway was opened with it.");
        }

        _ = Header(next);
    }

    /// <summary>The configuration from now on. Called with the gate held, after it was checked.</summary>
    internal void Reconfigure(StrategyConfiguration next, string source, long now)
    {
        if (over || IsBroken)
        {
            return;
        }

        Use(next);
        if (!HasStarted)
        {
            return;
        }

        var header = Header(next);
        Tell(now, new ConfigurationChanged
        {
            Configuration = header.Configuration,
            LogTerm = header.LogTerm,
            StationarySlope = header.StationarySlope,
            Horizon = header.Horizon,
            HorizonSource = header.HorizonSource,
            Source = source,
        });
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
