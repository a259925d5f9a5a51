using System.Globalization;
using System.Text;
using EventSourcedMM.Cli.Configuration;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Projections;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Reports;
using EventSourcedMM.Stores;
using EventSourcedMM.Tests.Support;
using NodaTime;

namespace EventSourcedMM.Tests.Replay.Pnl;

/// <summary>A backtest of a bundled recording as a text for people to compare: what was earned and how, then the proof.</summary>
internal static class PnlRun
{
    private const int FirstFills = 6;

    /// <summary>Both recordings' windows: NEXOUSDT's day in Asia/Taipei, BTCUSDT's eleven minutes with an end for a session.</summary>
    private static readonly Dictionary<string, (long From, long To)> Windows = new()
    {
        ["NEXOUSDT"] = SampleRuns.NexoDay,
        ["BTCUSDT"] = (1_723_161_240_000_000_000, 1_723_161_960_000_000_000),
    };

    /// <summary>Runs and describes.</summary>
    /// <param name="symbol">Symbol of a bundled recording.</param>
    /// <param name="isShipped">True for the shipped configuration, false for the seed's defaults.</param>
    /// <param name="words">What differs from it, as key=value words.</param>
    /// <param name="queue">Queue model.</param>
    /// <param name="feePpm">Commission in millionths.</param>
    public static string Describe(string symbol, bool isShipped, string words, QueueModel queue, long feePpm)
    {
        var configuration = words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Split('='))
            .Aggregate(isShipped ? ConfigurationFile.Load(null, symbol) : StrategyConfiguration.Default, (c, kv) => c.With(kv[0], kv[1]));
        var (from, to) = Windows[symbol];
        var days = new MarketDays(SampleRuns.Stores).Select(symbol, from, to, null);
        var log = new HashingLog();
        var request = new BacktestRequest { Symbol = symbol, From = from, To = to, Configuration = configuration, Queue = queue, FeePartsPerMillion = feePpm };
        var result = new Backtester(request, [.. days.Days.Select(d => d.ToInput())], log).Run();
        return Text(result, configuration, log);
    }

    private static string Text(BacktestResult result, StrategyConfiguration configuration, HashingLog log)
    {
        var (state, metrics, started) = (result.State, result.Metrics, result.Started);
        var instrument = state.Instrument!;
        var ledger = state.Ledger;
        var unrealised = ledger.Unrealised(state.Tracker.Book.MidTwice);
        var inventory = metrics.Inventory!;
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        string Money(Int128 amount) => instrument.FormatMoney(amount);

        Line($"== {CodeNames<QueueModel>.Name((int)started.Queue)}, {started.FeePartsPerMillion} ppm");
        Line($"window      {Time(started.WindowStart)} to {Time(started.WindowEnd)}");
        Line($"pnl         {Money(ledger.Realised + unrealised - ledger.Fees)} = realised {Money(ledger.Realised)} + unrealised {Money(unrealised)} - fees {Money(ledger.Fees)}");
        Line($"sharpe      {Real(metrics.Pnl!.Sharpe)} of {metrics.Pnl.Count} steps");
        Line($"drawdown    {Money(state.Risk.MaxDrawdown)}");
        Line($"hit rate    {Real(metrics.HitRate)} of {metrics.RoundTrips} round trips");
        Line($"fills       {metrics.Fills} of {metrics.OrdersPlaced} orders, {metrics.FillRatio:R} of the quantity, turnover {Money(metrics.Turnover)}");
        Line($"spread      quoted {metrics.QuotedSpreadPpm:R} ppm, captured {metrics.CapturedSpreadPpm:R} ppm");
        foreach (var markout in metrics.Markouts.Results())
        {
            Line($"mark-out    {markout.Seconds} s {Money(markout.Money)} of {markout.Fills} fills");
        }

        Line($"position    {instrument.FormatQuantity(ledger.Position)}");
        Line($"inventory   mean {inventory.Mean:R}, deviation {inventory.StandardDeviation:R}, {instrument.FormatQuantity(inventory.Minimum)} to {instrument.FormatQuantity(inventory.Maximum)}, beyond the threshold {inventory.ShareBeyondThreshold:R}");
        Line($"decisions   {state.Decisions} on {state.Inputs} inputs, halted {state.Risk.Halted}");
        foreach (var question in Validation.Of(result, configuration))
        {
            Line($"answer      {(question.Answer ? "yes" : "no")}  {question.Question} {question.Value:R} against {question.Threshold:R}");
        }

        // All that may move when more becomes part of the hash stands on this one line.
        Line($"proof       state {StateHash.Of(state)} run {log.Hash} of {log.Events} events");
        foreach (var (time, fill) in log.Fills.Take(FirstFills))
        {
            Line($"fill        {Time(time)} order {fill.OrderId} {CodeNames<Side>.Name((int)fill.Side)} {instrument.FormatPrice(fill.Price)} x {instrument.FormatQuantity(fill.Quantity)}, left {instrument.FormatQuantity(fill.Remaining)}, {CodeNames<FillRule>.Name((int)fill.Rule)} at {instrument.FormatPrice(fill.EventPrice)} x {instrument.FormatQuantity(fill.EventQuantity)}, ahead {instrument.FormatQuantity(fill.QueueAhead)}, fee {Money(fill.CommissionValue)}");
        }

        return text.Append('\n').ToString();
    }

    private static string Time(long nanoseconds) =>
        NodaTime.Text.InstantPattern.ExtendedIso.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(nanoseconds));

    private static string Real(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "none";

    /// <summary>Hashes every event of the run as a store would, and keeps the fills.</summary>
    private sealed class HashingLog : IStartableLog
    {
        private readonly LevelArena arena = new();
        private readonly ByteBuffer record = new(4096);
        private ContentHash? hash;

        public List<(long Time, OrderFilled Fill)> Fills { get; } = [];

        public long Events { get; private set; }

        public Digest Hash => hash!.Current;

        public void Start(in RunStarted started) => hash = new ContentHash(StreamName.Run(started.Run, started.Symbol));

        public long Append(EventType type, int version, long time, Cause cause, ReadOnlySpan<byte> payload)
        {
            Events++;
            record.Clear();
            if (type == EventType.RunStarted)
            {
                // The number of event schemas that the program knows decides nothing: another event is no reason to accept all of this anew.
                var start = EventSourcedMM.Stores.Schemas.PayloadBytes.Read<RunStarted>(payload, arena);
                start.Schema = 0;
                EventRecord.Write(record, new EventHeader(Events, type, version, 0, time, cause), start);
            }
            else
            {
                EventRecord.Write(record, new EventHeader(Events, type, version, 0, time, cause), payload);
            }

            hash!.Add(record.Span);
            if (type == EventType.OrderFilled)
            {
                var reader = new CanonicalReader(payload, arena);
                var fill = default(OrderFilled);
                OrderFilled.Describe(ref reader, ref fill);
                Fills.Add((time, fill));
            }

            return Events;
        }
    }
}
