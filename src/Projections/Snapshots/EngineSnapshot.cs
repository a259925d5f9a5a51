using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Projections.Metrics;
using EventSourcedMM.Projections.Trading;
using EventSourcedMM.Projections.Venue;

namespace EventSourcedMM.Projections;

/// <summary>
/// A run between two turns, to be continued from: engine, simulated venue where there is one, and where the run stands.
/// It is made from events and holds nothing of its own: what is continued from it is, byte for byte, what is executed from
/// the run's start. The run's configuration is not in it but read from the run's first event.
/// </summary>
/// <param name="State">The engine.</param>
/// <param name="Venue">The simulated venue; null in a run against a real one.</param>
/// <param name="Position">Where the run stands.</param>
/// <param name="Metrics">The metrics so far; null where whoever kept it had none.</param>
public sealed record EngineSnapshot(EngineState State, ZeroLatencyVenue? Venue, RunPosition Position, RunMetrics? Metrics)
{
    // Raised whenever the bytes change that are written here and not hashed; what is hashed has a number of its own.
    private const int Layout = 2;

    /// <summary>
    /// Writes a snapshot: layout and rules of the hashes, both hashes, the position, then the state. It may be taken
    /// between two turns only: nothing decided waits to be written, no request waits for its answer.
    /// </summary>
    /// <exception cref="ArgumentException">The run has not started.</exception>
    public static void Write(ByteBuffer buffer, EngineState state, ZeroLatencyVenue? venue, in RunPosition position, RunMetrics? metrics = null)
    {
        if (state.Setup is null || state.Volatility is null || state.Instrument is null)
        {
            throw new ArgumentException("A run that has not started has no state to continue from.", nameof(state));
        }

        var writer = new CanonicalWriter(buffer);
        writer.Signed(Layout);
        writer.Signed(StateHash.Rules);
        Put(writer, StateHash.Of(state));
        writer.Signed(venue is null ? 0 : 1);
        Put(writer, venue is null ? default : StateHash.Of(venue));
        foreach (var number in (ReadOnlySpan<long>)
            [
                position.Sequence, position.Last.Stream, position.Last.Sequence, position.NextTimer, position.Phase,
                state.Now, state.Inputs, state.Running ? 1 : 0, state.WindowEnd, state.LastMarketTime,
                (long)state.Stop.Reason, state.Stop.Observed, state.Stop.Limit, (long)state.BidReason, (long)state.AskReason,
                state.Decisions, state.LastOrderId, StateHash.KilledCode(state), state.DownConnections, state.LevelUpdates,
                state.TransitionDue ? 1 : 0, state.SeenBid, state.SeenAsk, (long)state.SeenState,
            ])
        {
            writer.Signed(number);
        }

        var recording = state.Recording;
        writer.Text("recording", ref recording);
        var instrument = state.Instrument.ToEvent();
        InstrumentDefined.Describe(ref writer, ref instrument);
        state.Tracker.Keep(writer);
        state.Volatility.WriteTo(writer);
        state.Orders.WriteTo(writer);
        state.Ledger.WriteTo(writer);
        state.Risk.WriteTo(writer);
        state.RecentOrders.Keep(writer);
        state.Portfolio.WriteTo(writer);
        state.Own?.WriteTo(writer);
        venue?.Keep(writer);
        state.Account.Keep(writer);
        writer.Signed(metrics is null ? 0 : 1);
        metrics?.Keep(writer);
    }

    /// <summary>Reads a snapshot back and holds it against the hashes that were taken when it was written.</summary>
    /// <param name="bytes">What <see cref="Write"/> wrote.</param>
    /// <param name="settings">The first event of the run whose configuration is in force in a phase; phase 0 is the run's own, or its first ancestor's.</param>
    /// <exception cref="CanonicalFormatException">It is damaged, another version's, or of another configuration: execute from the start.</exception>
    public static EngineSnapshot Read(ReadOnlySpan<byte> bytes, Func<int, RunStarted> settings)
    {
        try
        {
            return ReadChecked(bytes, settings);
        }
        catch (Exception e) when (e is OverflowException or ArgumentException or ConfigurationException)
        {
            throw new CanonicalFormatException($"the snapshot is no state of this run: {e.Message}");
        }
    }

    private static EngineSnapshot ReadChecked(ReadOnlySpan<byte> bytes, Func<int, RunStarted> settings)
    {
        var reader = new CanonicalReader(bytes, new LevelArena());
        var (layout, rules) = (reader.Signed(), reader.Signed());
        if (layout != Layout || rules != StateHash.Rules)
        {
            throw new CanonicalFormatException($"the snapshot has layout {layout} with hash rules {rules}, this program writes {Layout} with {StateHash.Rules}");
        }

        var stateHash = Take(ref reader);
        var hasVenue = reader.Signed() != 0;
        var venueHash = Take(ref reader);
        Span<long> numbers = stackalloc long[24];
        foreach (ref var number in numbers)
        {
            number = reader.Signed();
        }

        var position = new RunPosition(numbers[0], new Cause(checked((int)numbers[1]), numbers[2]), numbers[3], checked((int)numbers[4]));
        var started = settings(position.Phase);
        var recording = "";
        reader.Text("recording", ref recording);
        var defined = default(InstrumentDefined);
        InstrumentDefined.Describe(ref reader, ref defined);
        var instrument = defined.ToInstrument();
        var parameters = new StrategyParameters(StrategyConfiguration.FromJson(started.Configuration), instrument);
        var market = new MarketState
        {
            Recording = recording,
            Instrument = instrument,
            LevelUpdates = numbers[19],
            TransitionDue = numbers[20] != 0,
            Tracker = BookTracker.From(ref reader),
        };
        var state = new EngineState(market)
        {
            Now = numbers[5],
            Inputs = numbers[6],
            Running = numbers[7] != 0,
            WindowEnd = numbers[8],
            LastMarketTime = numbers[9],
            Stop = new StopVerdict((StopReason)numbers[10], numbers[11], numbers[12]),
            BidReason = (SideReason)numbers[13],
            AskReason = (SideReason)numbers[14],
            Decisions = numbers[15],
            LastOrderId = numbers[16],
            Killed = numbers[17] != 0,
            Flattening = numbers[17] == 2,
            DownConnections = numbers[18],
            SeenBid = numbers[21],
            SeenAsk = numbers[22],
            SeenState = (BookState)numbers[23],
            Setup = new QuoteSetup(instrument, parameters, started.LogTerm, started.StationarySlope),
            RollingHorizon = started.Horizon,
            Volatility = Engine.Estimator(parameters, instrument),
            BidTargets = new Level[parameters.Levels],
            AskTargets = new Level[parameters.Levels],
        };
        state.Volatility.Continue(ref reader);
        state.Orders = WorkingOrders.From(ref reader);
        state.Ledger = Ledger.From(ref reader);
        state.Risk = RiskState.From(ref reader);
        state.Risk.Remember(Nanoseconds.DayOf(started.WindowStart), started.CarriedDayPnl);
        state.RecentOrders = RecentOrders.From(ref reader);
        state.Portfolio = PortfolioLimits.From(ref reader);
        state.Own = parameters.OwnOrdersInBook ? OwnDisplay.From(ref reader) : null;
        var venue = hasVenue ? ZeroLatencyVenue.From(ref reader, instrument, started.Queue, started.FeePartsPerMillion) : null;
        state.Account.Continue(ref reader);
        var metrics = reader.Signed() != 0 ? RunMetrics.From(ref reader, state) : null;
        if (!reader.AtEnd)
        {
            throw new CanonicalFormatException($"the snapshot has {reader.Left} bytes too many");
        }

        if (StateHash.Of(state) != stateHash || (venue is not null && StateHash.Of(venue) != venueHash))
        {
            throw new CanonicalFormatException("the snapshot does not have the hash that was taken of it");
        }

        return new EngineSnapshot(state, venue, position, metrics);
    }

    private static void Put(CanonicalWriter writer, Digest digest) => writer.Digest("hash", ref digest);

    private static Digest Take(ref CanonicalReader reader)
    {
        var digest = default(Digest);
        reader.Digest("hash", ref digest);
        return digest;
    }
}
