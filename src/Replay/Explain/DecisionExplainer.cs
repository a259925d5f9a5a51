using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Inventory;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Replay.Runs;

namespace EventSourcedMM.Replay.Explain;

/// <summary>The computation of one decision, term by term, in the order of docs/model.md §8.</summary>
internal sealed class DecisionExplainer
{
    private readonly RunPhase phase;
    private readonly QuoteSetup setup;
    private readonly Instrument instrument;
    private readonly StrategyParameters parameters;
    private readonly QuoteDecided logged;
    private readonly QuoteInputs inputs;
    private readonly QuotePrices prices;
    private readonly ClampTrace trace;
    private readonly RunTrail trail;

    /// <summary>A decision with the setup that was in force.</summary>
    public DecisionExplainer(RunPhase phase, QuoteSetup setup, RunTrail trail, in QuoteDecided logged)
    {
        this.trail = trail;
        this.phase = phase;
        this.setup = setup;
        this.logged = logged;
        instrument = setup.Instrument;
        parameters = setup.Parameters;
        inputs = new QuoteInputs
        {
            BestBid = logged.BestBid,
            BestAsk = logged.BestAsk,
            Inventory = logged.Inventory,
            Variance = logged.Variance,
            Horizon = logged.Horizon,
        };
        trace = new ClampTrace([]);
        QuotePrices.TryCompute(setup, inputs, out prices, ref trace);
    }

    /// <summary>Every section.</summary>
    public IEnumerable<ExplainedSection> Sections(MarketWalk walk)
    {
        yield return Inputs(walk);
        yield return Reservation();
        yield return Spread();
        yield return Control();
        yield return SideOf(Side.Bid);
        yield return SideOf(Side.Ask);
        if (trail.Verdict is var (header, verdict))
        {
            yield return PortfolioWords.Section(instrument, header, verdict);
        }
    }

    /// <summary>The prices in one sentence.</summary>
    public string Headline()
    {
        var bids = logged.Bids.Span.ToArray();
        var asks = logged.Asks.Span.ToArray();
        return $"decision {logged.Decision}: {Quote(bids, logged.BidReason, "bid")}, {Quote(asks, logged.AskReason, "ask")}";

        string Quote(Level[] levels, SideReason reason, string side) => levels.Length == 0
            ? $"no {side} ({Words.Code(reason)})"
            : $"{side} {instrument.FormatQuantity(levels[0].Quantity)} at {instrument.FormatPrice(levels[0].Price)}{(levels.Length > 1 ? $" and {levels.Length - 1} more" : "")}{(reason == SideReason.Quoted ? "" : $" ({Words.Code(reason)})")}";
    }

    private ExplainedSection Inputs(MarketWalk walk)
    {
        var terms = new TermList("inputs", "Inputs");
        var quote = instrument.QuoteAsset;
        terms.Compare("bestBid", "best bid", instrument.FormatPrice(walk.BestBid), instrument.FormatPrice(logged.BestBid), quote, "the recorded book after that event");
        terms.Compare("bestAsk", "best ask", instrument.FormatPrice(walk.BestAsk), instrument.FormatPrice(logged.BestAsk), quote, "the same");
        terms.Compare("mid", "mid s", prices.Mid, logged.Mid, quote, "(best bid + best ask) / 2");
        var position = trail.Ledger.Position;
        terms.Compare("inventory", "inventory q", instrument.FormatQuantity(position - parameters.InventoryTarget), instrument.FormatQuantity(logged.Inventory), instrument.BaseAsset, $"position {instrument.FormatQuantity(position)} from {trail.Ledger.Fills} fills, less target {instrument.FormatQuantity(parameters.InventoryTarget)}");
        terms.Compare("variance", "σ²", walk.Volatility.Variance, logged.Variance, $"{quote}²/s", Words.Text($"{walk.Volatility.Changes} changes of the mid over {parameters.VolatilityLag} steps of {parameters.StepSeconds:g} s; σ = {Words.Short(Math.Sqrt(logged.Variance))}"));
        terms.Compare("riskAversion", "γ", parameters.Gamma, logged.RiskAversion, $"1/{quote} per {instrument.BaseAsset}", "gamma");
        terms.Compare("decay", "k", parameters.Decay, logged.Decay, $"1/{quote}", "k");
        var (horizon, how) = parameters.Horizon switch
        {
            HorizonMode.Session => ((phase.Started.WindowEnd - trail.Header.ReceiveTime) / (double)Nanoseconds.PerSecond, "end of the window less the engine's time"),
            HorizonMode.Rolling => (phase.Started.Horizon, $"rolling: {phase.Started.HorizonSource}"),
            _ => (0.0, "stationary quotes have none"),
        };
        terms.Compare("horizon", "T−t", horizon, logged.Horizon, "s", how);
        return terms.Section;
    }

    private ExplainedSection Reservation()
    {
        var terms = new TermList("reservation", "Reservation price");
        var q = inputs.Inventory / (double)instrument.QuantityScale.Factor;
        var risk = Risk();
        var per = $"{instrument.QuoteAsset} per {instrument.BaseAsset}";
        terms.Show("risk", parameters.Horizon == HorizonMode.Stationary ? "slope·σ" : "γ·σ²·(T−t)", Words.Real(risk), per, parameters.Horizon == HorizonMode.Stationary
            ? $"{Words.Short(setup.StationarySlope)} · {Words.Short(Math.Sqrt(inputs.Variance))}"
            : $"{Words.Short(parameters.Gamma)} · {Words.Short(inputs.Variance)} · {Words.Short(inputs.Horizon)}");
        terms.Show("skew", "q·risk", Words.Real(q * risk), instrument.QuoteAsset, $"{Words.Real(q)} · {Words.Short(risk)}");
        terms.Compare("reservationPrice", "r = s − q·risk", prices.Model.ReservationPrice, logged.ReservationPrice, instrument.QuoteAsset, $"{Words.Real(prices.Mid)} − {Words.Short(q * risk)}");
        return terms.Section;
    }

    private ExplainedSection Spread()
    {
        var terms = new TermList("spread", "Spread");
        var quote = instrument.QuoteAsset;
        var constants = ModelConstants.Create(parameters.Gamma, parameters.Decay);
        terms.Compare("logTerm", "(1/γ)·ln(1 + γ/k)", constants.LogTerm, setup.LogTerm, quote, "from γ and k; logged once, in the event that set them");
        terms.Compare("spread", "spread", prices.Model.Spread, logged.Spread, quote, parameters.Horizon == HorizonMode.Stationary
            ? $"2·({Words.Short(setup.LogTerm)} + ½·{Words.Short(Risk())})"
            : $"{Words.Short(Risk())} + 2·{Words.Short(setup.LogTerm)}");
        terms.Show("half", "half of it", Words.Real(0.5 * prices.Model.Spread), quote);
        return terms.Section;
    }

    private ExplainedSection Control()
    {
        var terms = new TermList("inventoryControl", "Inventory control");
        var quote = instrument.QuoteAsset;
        var beyond = Math.Abs(inputs.Inventory) - parameters.InventoryThreshold;
        var pressure = InventoryControl.Pressure(inputs.Inventory, parameters.InventoryThreshold, parameters.MaxInventory);
        terms.Show("beyond", "|q| − N★", instrument.FormatQuantity(beyond), instrument.BaseAsset, $"N★ {instrument.FormatQuantity(parameters.InventoryThreshold)}, N_max {instrument.FormatQuantity(parameters.MaxInventory)}");
        terms.Show("pressure", "pressure", Words.Real(pressure), "", beyond <= 0 ? "within N★" : "share of the way from N★ to N_max, 1 at most");
        terms.Compare("inventoryShift", "shift of both quotes", prices.InventoryShift, logged.InventoryShift, quote, $"{Words.Short(parameters.InventorySkew)} · {Words.Short(0.5 * prices.Model.Spread)} · {Words.Short(pressure)}, against the inventory");
        terms.Compare("modelBid", "model bid", prices.ModelBid, logged.ModelBid, quote, "r − half + shift");
        terms.Compare("modelAsk", "model ask", prices.ModelAsk, logged.ModelAsk, quote, "r + half + shift");
        return terms.Section;
    }

    private ExplainedSection SideOf(Side side)
    {
        var bid = side == Side.Bid;
        var terms = new TermList(Words.Of(side), bid ? "Bid" : "Ask");
        var quote = instrument.QuoteAsset;
        terms.Show("rounded", "to the tick", instrument.FormatPrice(bid ? trace.Bid : trace.Ask), quote, $"{(bid ? "down" : "up")} to a multiple of {instrument.FormatPrice(instrument.Tick)}");
        foreach (var step in trace.Steps.Where(s => s.Side == side))
        {
            terms.Show(Words.Code(step.Clamp), ClampName(step.Clamp), instrument.FormatPrice(step.After), quote, step.Moved
                ? $"moved from {instrument.FormatPrice(step.Before)}: {(step.AtMost ? "at most" : "at least")} {instrument.FormatPrice(step.Limit)}"
                : $"did not move it: {(step.AtMost ? "at most" : "at least")} {instrument.FormatPrice(step.Limit)}");
        }

        var clamps = (long)(bid ? prices.BidClamps : prices.AskClamps);
        terms.Compare("clamps", "clamps that moved it", ClampNames(clamps), ClampNames(bid ? logged.BidClamps : logged.AskClamps), "");
        Room(terms, side, bid ? prices.Bid : prices.Ask);
        var targets = new Level[parameters.Levels];
        var portfolio = Portfolio;
        var reason = SideTargets.Fill(setup, portfolio, side, bid ? prices.Bid : prices.Ask, inputs.BestBid + inputs.BestAsk, inputs.Inventory, targets, out var count);
        reason = bid && portfolio.HasQuoteLimit ? SideTargets.Cut(side, instrument, portfolio.QuoteLimit + trail.Ledger.Cash, targets, ref count, reason, SideReason.PortfolioLimit) : reason;
        reason = trail.Account.Cut(side, instrument, targets, ref count, reason);
        var loggedLevels = (bid ? logged.Bids : logged.Asks).Span.ToArray();
        terms.Compare("targets", "quoted", Levels(targets.AsSpan(0, count).ToArray()), Levels(loggedLevels), "", "quantity @ price, nearest the mid first");
        terms.Compare("reason", "because", Words.Code(reason), Words.Code(bid ? logged.BidReason : logged.AskReason), "");
        return terms.Section;
    }

    private void Room(TermList terms, Side side, long best)
    {
        if (best <= 0)
        {
            terms.Show("room", "room", "none", "", "the price is not positive");
            return;
        }

        var held = side == Side.Bid ? inputs.Inventory : -inputs.Inventory;
        var own = InventoryControl.Limit(parameters, best);
        var limit = Portfolio.MostAt(best, own);
        var why = limit < own
            ? $"limit {instrument.FormatQuantity(limit)} (verdict {Portfolio.Verdict} of the portfolio)"
            : limit < parameters.MaxInventory
            ? $"limit {instrument.FormatQuantity(limit)} (max_notional {instrument.FormatMoney(parameters.MaxNotional)} at {instrument.FormatPrice(best)})"
            : $"limit {instrument.FormatQuantity(limit)}";
        terms.Show("room", "room", instrument.FormatQuantity(limit - held), instrument.BaseAsset, $"{why} − held {instrument.FormatQuantity(held)}; order size {instrument.FormatQuantity(parameters.OrderSize)}, smallest {instrument.FormatQuantity(instrument.MinQuantity)} and {instrument.FormatMoney(instrument.MinNotional)} {instrument.QuoteAsset}");
    }

    private PortfolioLimits Portfolio => trail.Verdict?.Verdict.ToLimits() ?? PortfolioLimits.None;

    private double Risk() => parameters.Horizon == HorizonMode.Stationary
        ? GueantLehalleFernandezTapia.InventoryRisk(Math.Sqrt(inputs.Variance), setup.StationarySlope)
        : AvellanedaStoikov.InventoryRisk(parameters.Gamma, inputs.Variance, inputs.Horizon);

    private string Levels(Level[] levels) => levels.Length == 0
        ? "none"
        : string.Join(", ", levels.Select(l => $"{instrument.FormatQuantity(l.Quantity)} @ {instrument.FormatPrice(l.Price)}"));

    private static string ClampName(QuoteClamp clamp) => clamp switch
    {
        QuoteClamp.MinimumSpread => "min_half_spread",
        QuoteClamp.MaximumDistance => "max_distance",
        QuoteClamp.JoinBest => "join_best",
        _ => "post-only",
    };

    private static string ClampNames(long bits)
    {
        var names = Enum.GetValues<QuoteClamp>().Where(c => c != QuoteClamp.None && (bits & (long)c) != 0).Select(ClampName).ToArray();
        return names.Length == 0 ? "none" : string.Join(", ", names);
    }
}

/// <summary>A clamp as it was applied.</summary>
/// <param name="Clamp">Which.</param>
/// <param name="Side">Whose price.</param>
/// <param name="Limit">What it allows, in price units.</param>
/// <param name="Before">The price before.</param>
/// <param name="AtMost">True when the limit is from above.</param>
internal sealed record ClampStep(QuoteClamp Clamp, Side Side, long Limit, long Before, bool AtMost)
{
    /// <summary>True when it moved the price.</summary>
    public bool Moved => AtMost ? Before > Limit : Before < Limit;

    /// <summary>The price after.</summary>
    public long After => Moved ? Limit : Before;
}

/// <summary>Keeps the steps.</summary>
/// <param name="steps">Where they are kept.</param>
internal struct ClampTrace(List<ClampStep> steps) : IQuoteTrace
{
    /// <summary>The clamps in order.</summary>
    public readonly IReadOnlyList<ClampStep> Steps => steps;

    /// <summary>The bid as a multiple of the tick, in price units.</summary>
    public long Bid { get; private set; }

    /// <summary>The ask as a multiple of the tick, in price units.</summary>
    public long Ask { get; private set; }

    /// <inheritdoc/>
    public void Rounded(long bid, long ask) => (Bid, Ask) = (bid, ask);

    /// <inheritdoc/>
    public readonly void Bound(QuoteClamp clamp, Side side, long bound, long before)
    {
        // max_distance pulls quotes in, the other clamps push them out.
        var atMost = (side == Side.Bid) != (clamp == QuoteClamp.MaximumDistance);
        steps.Add(new ClampStep(clamp, side, bound, before, atMost));
    }
}
