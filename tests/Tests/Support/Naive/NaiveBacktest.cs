using System.Globalization;
using System.Numerics;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Domain.Quoting;
using EventSourcedMM.Domain.Risk;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>What a naive run is made from: the window, and what the run's first event says.</summary>
public sealed record NaiveRun(NaiveInstrument Instrument, NaiveSettings Settings, QueueModel Queue, long FeePpm, double LogTerm, double Slope, double Horizon, long From, long To);

/// <summary>
/// A backtest written from docs/model.md alone, with no thought of speed: it reads lines, not events, and keeps a text
/// line of everything that a run's stream would hold. It is the twin that the engine is compared with, line by line.
/// </summary>
public sealed partial class NaiveBacktest
{
    private readonly NaiveRun run;
    private readonly NaiveSettings settings;
    private readonly NaiveBook book = new();
    private readonly NaiveVenue venue;
    private readonly NaiveQuotes quotes;
    private readonly NaiveVolatility volatility;
    private readonly NaiveLedger ledger = new();
    private readonly List<Working> working = [];
    private readonly Queue<Action> requests = [];
    private bool aggregatesArePrints;
    private (long Bid, long Ask, BookState State) seen;
    private long now = long.MinValue;
    private long lastMarketTime;
    private long start;
    private bool running;
    private long nextDue;

    public NaiveBacktest(NaiveRun run)
    {
        this.run = run;
        settings = run.Settings;
        venue = new NaiveVenue(run.Instrument, run.Queue, run.FeePpm);
        quotes = new NaiveQuotes(run.Instrument, settings, run.LogTerm, run.Slope);
        volatility = new NaiveVolatility(
            (int)settings.Whole("volatility_window"),
            (int)settings.Whole("volatility_lag"),
            (int)settings.Whole("volatility_warmup"),
            settings.Whole("volatility_step_ms"),
            settings.Real("volatility_floor"));
    }

    /// <summary>Everything that happened, one line each, in order.</summary>
    public List<string> Log { get; } = [];

    public NaiveLedger Ledger => ledger;

    public NaiveMetrics Metrics { get; } = new();

    /// <summary>S; meaningful once an event lies in the window.</summary>
    public long Start => start;

    private long Step => settings.Time("volatility_step_ms");

    /// <summary>Runs over the lines in file order; false when no line lies in the window.</summary>
    public bool Run(IReadOnlyCollection<MarketLine> lines)
    {
        aggregatesArePrints = !lines.Any(l => l is TradeLine);
        var day = long.MinValue;
        var earlier = false;
        foreach (var line in lines.TakeWhile(l => l.Stamp < run.To))
        {
            var lineDay = DayOf(line.Stamp);
            if (lineDay > day)
            {
                if (day != long.MinValue)
                {
                    book.Midnight();
                }

                day = lineDay;
            }

            if (!running && line.Stamp < run.From)
            {
                earlier = true;
                Fold(line);
                continue;
            }

            if (!running)
            {
                Begin(earlier ? run.From : line.Stamp);
            }

            for (; nextDue <= line.Stamp; nextDue += Step)
            {
                TimerTurn(nextDue);
            }

            Turn(line);
        }

        if (running)
        {
            End();
        }

        return running;
    }

    private static long DayOf(long time) => (long)NaiveLedger.Floor(time, 86_400_000_000_000);

    private void Begin(long s)
    {
        running = true;
        start = s;
        now = s;
        lastMarketTime = s;
        riskDay = DayOf(s);
        nextDue = ((long)NaiveLedger.Floor(s, Step) + 1) * Step;
        Metrics.Begin(s, Q);
    }

    // Before the window only the book is folded; the comparison of best prices is made all the same.
    private void Fold(MarketLine line)
    {
        Apply(line);
        seen = (book.BestBid, book.BestAsk, book.State);
    }

    private void Apply(MarketLine line)
    {
        switch (line)
        {
            case DiffLine diff: book.Apply(diff); break;
            case SnapshotLine snapshot: book.Apply(snapshot); break;
            case PartialLine partial: book.Apply(partial); break;
            default: break;
        }
    }

    private void Turn(MarketLine line)
    {
        // 1. Match.
        var fills = line switch
        {
            TradeLine trade => venue.Match(trade),
            AggregateLine trade when aggregatesArePrints => venue.Match(new TradeLine(trade.Stamp, trade.Price, trade.Quantity, trade.BuyerIsMaker)),
            DiffLine diff => venue.Match(diff, book),
            PartialLine partial => venue.Match(partial, book),
            _ => [],
        };

        // 2. Step.
        now = Math.Max(now, line.Stamp);
        if (line is not OtherLine)
        {
            lastMarketTime = now;
        }

        Apply(line);
        var current = (book.BestBid, book.BestAsk, book.State);
        if (current != seen)
        {
            seen = current;
            Evaluate(QuoteTrigger.Market);
        }

        // 3. Fills.
        foreach (var fill in fills)
        {
            Book(fill);
            Evaluate(QuoteTrigger.Fill);
        }

        // 4. Answers.
        Answer();
    }

    private void TimerTurn(long due)
    {
        now = due;
        Write($"timer {due}");
        volatility.Sample(book.Usable ? book.M2 : null);
        if (DayOf(due) > riskDay)
        {
            riskDay = DayOf(due);
            if (book.Usable)
            {
                ObserveEquity();
            }

            dayStart = equity;
            if (halted == HaltReason.StopLoss)
            {
                halted = HaltReason.None;
                Write($"resumed {HaltReason.StopLoss}");
            }
        }

        Evaluate(QuoteTrigger.Timer);
        var isMark = due % settings.Time("mark_seconds") == 0;
        if (isMark)
        {
            WriteMark();
        }

        Answer();
        Metrics.Timer(due, isMark ? equity : null, book, working.Where(o => o.Resting).Select(o => o.Rest));
    }

    private void Book(NaiveFill fill)
    {
        Write($"filled order {fill.OrderId} trade {++trades} {fill.Side} {fill.Price} x {fill.Quantity} left {fill.Remaining} commission {fill.Commission} {fill.Rule} ahead {fill.Ahead} by {fill.EventPrice} x {fill.EventQuantity}");
        var order = working.Single(o => o.Id == fill.OrderId);
        order.Remaining = fill.Remaining;
        if (fill.Remaining == 0)
        {
            working.Remove(order);
        }

        ledger.Fill(fill.Side, fill.Price, fill.Quantity, fill.Commission);
        Metrics.Fill(now, fill, Q, book);
    }

    private void Answer()
    {
        while (requests.TryDequeue(out var request))
        {
            request();
        }
    }

    private void AskToPlace(Working order) => requests.Enqueue(() =>
    {
        if (venue.Place(book, order.Id, order.Side, order.Price, order.Remaining) is { } reason)
        {
            Write($"rejected order {order.Id} {reason}");
            working.Remove(order);
            return;
        }

        Write($"accepted order {order.Id} ahead {venue.Orders.Single(o => o.Id == order.Id).Ahead}");
        order.PendingNew = false;
        Metrics.Placed(order.Remaining);
        Evaluate(QuoteTrigger.Answer);
    });

    private void AskToCancel(Working order) => requests.Enqueue(() =>
    {
        if (venue.Cancel(order.Id) is { } left)
        {
            Write($"cancelled order {order.Id} left {left}");
            working.Remove(order);
        }
        else
        {
            Write($"cancelRejected order {order.Id}");
            order.PendingCancel = false;
        }

        Evaluate(QuoteTrigger.Answer);
    });

    private void End()
    {
        WriteMark();
        var unrealised = book.HasBothSides ? ledger.Unrealised(book.M2) : 0;
        Write($"ended decisions {decisions} fills {trades} realised {ledger.Realised} unrealised {unrealised} fees {ledger.Fees} position {ledger.Position}");
        Metrics.End(now);
    }

    private void WriteMark()
    {
        var unrealised = book.Usable ? ledger.Unrealised(book.M2) : 0;
        Write($"marked bid {(book.Usable ? book.BestBid : 0)} ask {(book.Usable ? book.BestAsk : 0)} position {ledger.Position} cash {ledger.Cash} realised {ledger.Realised} unrealised {unrealised} fees {ledger.Fees} drawdown {peak - equity}");
    }

    private void Write(FormattableString text) => Log.Add($"{now.ToString(CultureInfo.InvariantCulture)} {text.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>One of our orders as the engine knows it.</summary>
    private sealed class Working
    {
        public required long Id { get; init; }

        public required Side Side { get; init; }

        public required int Level { get; init; }

        public required long Price { get; init; }

        public required long RequestedAt { get; init; }

        public long Remaining { get; set; }

        public bool PendingNew { get; set; } = true;

        public bool PendingCancel { get; set; }

        public bool Resting => !PendingNew && !PendingCancel;

        public NaiveRest Rest => new(Side, Price);
    }
}
