using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Domain.Configuration;

/// <summary>How T−t behaves (docs/model.md, "Horizon").</summary>
public enum HorizonMode
{
    /// <summary>T−t is constant.</summary>
    Rolling = 0,

    /// <summary>T−t runs down to the window's end.</summary>
    Session = 1,

    /// <summary>The stationary quotes of Guéant, Lehalle and Fernandez-Tapia (2013).</summary>
    Stationary = 2,
}

/// <summary>A configuration in the engine's own units, for one instrument.</summary>
public sealed class StrategyParameters
{
    /// <summary>Converts a configuration.</summary>
    /// <exception cref="ConfigurationException">A value does not fit the instrument, or two values contradict each other.</exception>
    public StrategyParameters(StrategyConfiguration configuration, Instrument instrument)
    {
        Gamma = configuration.Real("gamma");
        Decay = configuration.Real("k");
        Intensity = configuration.Real("a");
        MaxInventory = Units(configuration, "max_inventory", instrument.QuantityScale);
        InventoryThreshold = Units(configuration, "inventory_threshold", instrument.QuantityScale);
        InventoryTarget = Units(configuration, "inventory_target", instrument.QuantityScale);
        InventorySkew = configuration.Real("inventory_skew");
        OrderSize = Division.FloorToMultiple(Units(configuration, "order_size", instrument.QuantityScale), instrument.Lot);
        Levels = (int)configuration.Whole("levels");
        LevelSpacing = Math.Max(instrument.Tick, Division.CeilingToMultiple(Units(configuration, "level_spacing", instrument.PriceScale), instrument.Tick));
        MinHalfSpread = Units(configuration, "min_half_spread", instrument.PriceScale);
        MaxDistance = Units(configuration, "max_distance", instrument.PriceScale);
        JoinBest = configuration.Flag("join_best");
        Horizon = configuration["horizon_mode"] switch
        {
            "session" => HorizonMode.Session,
            "stationary" => HorizonMode.Stationary,
            _ => HorizonMode.Rolling,
        };
        HorizonSeconds = configuration.Real("horizon_seconds");
        SessionStop = configuration.Whole("session_stop_seconds") * Nanoseconds.PerSecond;
        SigmaReference = configuration.Real("sigma_reference");
        Step = configuration.Whole("volatility_step_ms") * Nanoseconds.PerMillisecond;
        StepSeconds = configuration.Whole("volatility_step_ms") / 1000.0;
        VolatilityWindow = (int)configuration.Whole("volatility_window");
        VolatilityLag = (int)configuration.Whole("volatility_lag");
        VolatilityWarmup = (int)configuration.Whole("volatility_warmup");
        VolatilityFloor = configuration.Real("volatility_floor");
        RequoteDistance = configuration.Whole("requote_ticks") * instrument.Tick;
        MinQuoteLife = configuration.Whole("min_quote_life_ms") * Nanoseconds.PerMillisecond;
        MaxNotional = Money(configuration, "max_notional", instrument);
        StopLoss = Money(configuration, "stop_loss", instrument);
        MaxDrawdown = Money(configuration, "max_drawdown", instrument);
        StaleAfter = configuration.Whole("stale_ms") * Nanoseconds.PerMillisecond;
        MaxSpreadPpm = configuration.Whole("max_spread_ppm");
        MaxOrders = (int)configuration.Whole("max_orders_10s");
        PriceCollarPpm = configuration.Whole("price_collar_ppm");
        MaxClockError = configuration.Whole("max_clock_error_ms") * Nanoseconds.PerMillisecond;
        MarkStep = configuration.Whole("mark_seconds") * Nanoseconds.PerSecond;
        OwnOrdersInBook = configuration.Flag("own_orders_in_book");

        if (InventoryThreshold > MaxInventory)
        {
            throw new ConfigurationException($"inventory_threshold ({configuration["inventory_threshold"]}) must not be above max_inventory ({configuration["max_inventory"]}).");
        }

        if (MaxDistance > 0 && MaxDistance < MinHalfSpread)
        {
            throw new ConfigurationException($"max_distance ({configuration["max_distance"]}) must not be below min_half_spread ({configuration["min_half_spread"]}): no quote could keep to both.");
        }

        if (MaxDistance > 0 && MaxDistance < instrument.Tick)
        {
            throw new ConfigurationException($"max_distance ({configuration["max_distance"]}) is less than one tick of {instrument.Symbol} ({instrument.FormatPrice(instrument.Tick)}); 0 means no limit.");
        }

        if (OrderSize <= 0)
        {
            throw new ConfigurationException($"order_size ({configuration["order_size"]}) is less than one lot of {instrument.Symbol} ({instrument.FormatQuantity(instrument.Lot)}).");
        }

        if (VolatilityWarmup > VolatilityWindow)
        {
            throw new ConfigurationException($"volatility_warmup ({VolatilityWarmup}) must not be above volatility_window ({VolatilityWindow}).");
        }

        if (MaxOrders > 0 && MaxOrders < 2 * Levels)
        {
            throw new ConfigurationException($"max_orders_10s ({MaxOrders}) must be at least twice levels ({Levels}): a first quote on both sides makes that many orders. 0 means no limit.");
        }

        if (MarkStep % Step != 0)
        {
            throw new ConfigurationException($"mark_seconds ({configuration["mark_seconds"]}) must be a multiple of volatility_step_ms ({configuration["volatility_step_ms"]}).");
        }

        if (Horizon == HorizonMode.Stationary && Intensity <= 0)
        {
            throw new ConfigurationException("horizon_mode stationary needs a (intensity of fills at the mid, per second and side); mm calibrate estimates it.");
        }
    }

    /// <summary>γ, in 1/quote per unit of base.</summary>
    public double Gamma { get; }

    /// <summary>k, in 1/quote.</summary>
    public double Decay { get; }

    /// <summary>A, in 1/second per side; 0 when not known.</summary>
    public double Intensity { get; }

    /// <summary>N_max in quantity units.</summary>
    public long MaxInventory { get; }

    /// <summary>N★ in quantity units.</summary>
    public long InventoryThreshold { get; }

    /// <summary>Inventory that q is measured from, in quantity units.</summary>
    public long InventoryTarget { get; }

    /// <summary>Extra shift at N_max in half-spreads.</summary>
    public double InventorySkew { get; }

    /// <summary>Quantity of each quote in quantity units, whole lots.</summary>
    public long OrderSize { get; }

    /// <summary>Quotes per side.</summary>
    public int Levels { get; }

    /// <summary>Distance between levels in price units, whole ticks.</summary>
    public long LevelSpacing { get; }

    /// <summary>Least distance of a quote from the mid in price units.</summary>
    public long MinHalfSpread { get; }

    /// <summary>Largest distance of a quote from the mid in price units; 0 for none.</summary>
    public long MaxDistance { get; }

    /// <summary>True when quotes never improve on the market's best price.</summary>
    public bool JoinBest { get; }

    /// <summary>How T−t behaves.</summary>
    public HorizonMode Horizon { get; }

    /// <summary>T−t of the rolling mode in seconds as configured; 0 to derive it.</summary>
    public double HorizonSeconds { get; }

    /// <summary>Session mode: quoting stops this many nanoseconds before the end.</summary>
    public long SessionStop { get; }

    /// <summary>A typical σ in quote/√s; 0 when not given.</summary>
    public double SigmaReference { get; }

    /// <summary>Step of the timer's grid in nanoseconds.</summary>
    public long Step { get; }

    /// <summary>Step of the timer's grid in seconds.</summary>
    public double StepSeconds { get; }

    /// <summary>Mid changes in the estimate of σ.</summary>
    public int VolatilityWindow { get; }

    /// <summary>Steps that a mid change spans.</summary>
    public int VolatilityLag { get; }

    /// <summary>Mid changes before quoting begins.</summary>
    public int VolatilityWarmup { get; }

    /// <summary>Lower bound of σ in quote/√s.</summary>
    public double VolatilityFloor { get; }

    /// <summary>Distance in price units from which a quote is replaced.</summary>
    public long RequoteDistance { get; }

    /// <summary>Age in nanoseconds before which a quote is not replaced for price.</summary>
    public long MinQuoteLife { get; }

    /// <summary>Largest value of the inventory in money; 0 for none.</summary>
    public Int128 MaxNotional { get; }

    /// <summary>Loss of a day that halts, in money; 0 for none.</summary>
    public Int128 StopLoss { get; }

    /// <summary>Fall from the peak that halts, in money; 0 for none.</summary>
    public Int128 MaxDrawdown { get; }

    /// <summary>Silence in nanoseconds that stops quoting; 0 for none.</summary>
    public long StaleAfter { get; }

    /// <summary>Market spread in millionths of the mid that stops quoting; 0 for none.</summary>
    public long MaxSpreadPpm { get; }

    /// <summary>New orders within any ten seconds; 0 for no limit.</summary>
    public int MaxOrders { get; }

    /// <summary>Largest distance of an order from the mid in millionths of it; 0 for none.</summary>
    public long PriceCollarPpm { get; }

    /// <summary>Largest error of our clock against the venue's in nanoseconds; 0 for none.</summary>
    public long MaxClockError { get; }

    /// <summary>Step of the PnL series in nanoseconds.</summary>
    public long MarkStep { get; }

    /// <summary>True when the book shows our own orders, and what is shown of them is taken off.</summary>
    public bool OwnOrdersInBook { get; }

    /// <summary>True when σ and marks are sampled by the same parameters, and q is measured from the same target: what a run that goes on cannot change.</summary>
    public bool SamplesLike(StrategyParameters other) =>
        Step == other.Step && VolatilityWindow == other.VolatilityWindow && VolatilityLag == other.VolatilityLag
        && VolatilityWarmup == other.VolatilityWarmup && VolatilityFloor.Equals(other.VolatilityFloor) && MarkStep == other.MarkStep
        && InventoryTarget == other.InventoryTarget && OwnOrdersInBook == other.OwnOrdersInBook && (Horizon == HorizonMode.Session) == (other.Horizon == HorizonMode.Session);

    /// <summary>Writes every parameter in its one order, for the state hash.</summary>
    public void WriteTo(CanonicalWriter writer)
    {
        foreach (var real in (ReadOnlySpan<double>)[Gamma, Decay, Intensity, InventorySkew, HorizonSeconds, SigmaReference, StepSeconds, VolatilityFloor])
        {
            var value = real;
            writer.Real("real", ref value);
        }

        foreach (var whole in (ReadOnlySpan<long>)
        [
            MaxInventory, InventoryThreshold, InventoryTarget, OrderSize, Levels, LevelSpacing, MinHalfSpread, MaxDistance,
            JoinBest ? 1 : 0, (long)Horizon, SessionStop, Step, VolatilityWindow, VolatilityLag, VolatilityWarmup,
            RequoteDistance, MinQuoteLife, StaleAfter, MaxSpreadPpm, MarkStep,
        ])
        {
            writer.Signed(whole);
        }

        foreach (var amount in (ReadOnlySpan<Int128>)[MaxNotional, StopLoss, MaxDrawdown])
        {
            var value = amount;
            writer.Money("amount", ref value);
        }

        // Later parameters, one of which is set: without them the bytes are those of runs that did not know them.
        if (MaxOrders != 0 || PriceCollarPpm != 0 || MaxClockError != 0)
        {
            writer.Signed(MaxOrders);
            writer.Signed(PriceCollarPpm);
            writer.Signed(MaxClockError);
        }

        // It came after runs were stored: where it is not set, the bytes are those of runs that did not know it.
        if (OwnOrdersInBook)
        {
            writer.Signed(-1);
        }
    }

    // Sums of a few of these must fit 64 bits: positions with orders on top, distances on both sides of twice the mid.
    private static long Units(StrategyConfiguration configuration, string name, Scale scale) =>
        (long)Scaled(configuration, name, scale.Decimals, long.MaxValue / 32);

    private static Int128 Money(StrategyConfiguration configuration, string name, Instrument instrument) =>
        Scaled(configuration, name, instrument.MoneyDecimals, Int128.MaxValue);

    private static Int128 Scaled(StrategyConfiguration configuration, string name, int decimals, Int128 most)
    {
        var value = configuration.Exact(name);
        var whole = decimal.Truncate(value);
        Int128 units;
        try
        {
            var fractionDecimals = Math.Min(decimals, 28);
            var fraction = (value - whole) * (decimal)Power(fractionDecimals);
            if (fraction != decimal.Truncate(fraction))
            {
                throw new ConfigurationException($"{name} ({configuration[name]}) has more than {decimals} decimals.");
            }

            units = ((Int128)whole * Power(decimals)) + ((Int128)fraction * Power(decimals - fractionDecimals));
        }
        catch (OverflowException)
        {
            throw new ConfigurationException($"{name} ({configuration[name]}) is too large.");
        }

        return Int128.Abs(units) <= most
            ? units
            : throw new ConfigurationException($"{name} ({configuration[name]}) is too large: with {decimals} decimals it can be {FixedPoint.Format(most, decimals).Split('.')[0]} at most.");
    }

    private static Int128 Power(int exponent)
    {
        Int128 power = 1;
        for (var i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}
