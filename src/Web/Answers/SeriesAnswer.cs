using System.Text.Json;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Projections.Accounting;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Web.Answers;

/// <summary>
/// What charts draw of a window: about as many columns as the page has pixels, each with the smallest, largest and last value
/// in it, so that no peak is lost at any zoom. Windows too short for the buckets are answered event by event.
/// </summary>
internal sealed class SeriesAnswer
{
    private const int MostEvents = 40_000;
    private const int MostFills = 2_000;

    // A shorter one is indexed before anybody could miss it.
    private const long LongDay = 500_000;

    private readonly ViewTimeline timeline;
    private readonly Instrument instrument;
    private readonly long from;
    private readonly long to;
    private readonly List<SeriesColumn> columns = [];

    /// <summary>The answer for a window.</summary>
    /// <param name="timeline">Run or day.</param>
    /// <param name="from">First engine time.</param>
    /// <param name="to">Engine time after the window.</param>
    /// <param name="width">Columns wanted.</param>
    public SeriesAnswer(ViewTimeline timeline, long from, long to, int width)
    {
        this.timeline = timeline;
        this.from = from;
        this.to = Math.Max(to, from + 1);
        instrument = timeline.Instrument ?? throw new BadQuestionException("The recording has not said yet which instrument it is of.");
        var step = (this.to - from) / Math.Max(1, width);
        if (step >= MarketBucket.Length || !ByEvents())
        {
            ByBuckets(Math.Max(step, MarketBucket.Length));
            AddOutline();
        }

        AddRun();
    }

    /// <summary>Writes the members of the answer.</summary>
    public void Write(Utf8JsonWriter json)
    {
        var price = (double)instrument.PriceScale.Factor;
        var money = Math.Pow(10, instrument.MoneyDecimals);
        var quantity = (double)instrument.QuantityScale.Factor;
        json.WriteNumber("from", Texts.Seconds(from));
        json.WriteNumber("to", Texts.Seconds(to));
        json.WriteNumber("indexed", timeline.IndexedShare);
        Array(json, "time", c => Texts.Seconds(c.Time));
        Array(json, "mid", c => c.Bid > 0 ? (c.Bid + c.Ask) / 2.0 / price : null);
        Array(json, "low", c => c.Low > 0 ? c.Low / 2.0 / price : null);
        Array(json, "high", c => c.High > 0 ? c.High / 2.0 / price : null);
        Array(json, "bid", c => c.Bid > 0 ? c.Bid / price : null);
        Array(json, "ask", c => c.Ask > 0 ? c.Ask / price : null);
        Array(json, "volume", c => c.Volume / quantity);
        Array(json, "trusted", c => c.Trusted ? 1 : 0);
        if (timeline.Run is { } run)
        {
            var target = RunFacts.Target(run.Run.Started, instrument);
            Array(json, "ourBid", c => c.OurBid > 0 ? c.OurBid / price : null);
            Array(json, "ourAsk", c => c.OurAsk > 0 ? c.OurAsk / price : null);
            Array(json, "inventory", c => c.InRun ? (c.Position - target) / quantity : null);
            Array(json, "pnl", c => c.Pnl is { } p ? (double)p / money : null);
            Array(json, "pnlLow", c => c.PnlLow is { } p ? (double)p / money : null);
            Array(json, "pnlHigh", c => c.PnlHigh is { } p ? (double)p / money : null);
            Array(json, "drawdown", c => c.Drawdown is { } d ? (double)d / money : null);
            Array(json, "sigma", c => c.Sigma);
            Fills(json, run, price, quantity);
        }

        Gaps(json);
    }

    private void Array(Utf8JsonWriter json, string name, Func<SeriesColumn, double?> of)
    {
        json.WriteStartArray(name);
        foreach (var column in columns)
        {
            if (of(column) is { } value && double.IsFinite(value))
            {
                json.WriteNumberValue(value);
            }
            else
            {
                json.WriteNullValue();
            }
        }

        json.WriteEndArray();
    }

    private void Fills(Utf8JsonWriter json, RunTimeline run, double price, double quantity)
    {
        lock (run.Gate)
        {
            var first = run.Fills.LastAtOrBefore(from - 1, f => f.Time) + 1;
            var last = run.Fills.LastAtOrBefore(to, f => f.Time);
            var count = last - first + 1;
            json.WriteNumber("fillCount", count);
            json.WriteStartArray("fills");

            // So many marks would cover one another: an even choice of them stands for all, and the count says so.
            var every = Math.Max(1, (count + MostFills - 1) / MostFills);
            for (var i = first; i <= last; i += every)
            {
                var fill = run.Fills[i];
                json.WriteStartArray();
                json.WriteNumberValue(Texts.Seconds(fill.Time));
                json.WriteNumberValue(fill.Fill.Price / price);
                json.WriteNumberValue(fill.Fill.Side == Domain.Book.Side.Bid ? 1 : -1);
                json.WriteNumberValue(fill.Sequence);
                json.WriteNumberValue(fill.Fill.Quantity / quantity);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteStartArray("stops");
            for (var i = Math.Max(0, run.Stops.LastAtOrBefore(from - 1, s => s.Time)); i < run.Stops.Count && run.Stops[i].Time <= to; i++)
            {
                var stop = run.Stops[i];
                json.WriteStartArray();
                json.WriteNumberValue(Texts.Seconds(stop.Time));
                json.WriteStringValue(Texts.Code(stop.Type));
                json.WriteStringValue(stop.Reason);
                json.WriteNumberValue(stop.Sequence);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }
    }

    private void Gaps(Utf8JsonWriter json)
    {
        json.WriteStartArray("gaps");
        foreach (var market in timeline.Markets)
        {
            market.Read((_, gaps) =>
            {
                foreach (var gap in gaps.Where(g => g.Time >= from && g.Time <= to).Take(MostFills))
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(Texts.Seconds(gap.Time));
                    json.WriteStringValue(Texts.Code(gap.To));
                    json.WriteStringValue(Texts.Code(gap.Reason));
                    json.WriteBooleanValue(gap.Ends);
                    json.WriteEndArray();
                }

                return 0;
            });
        }

        json.WriteEndArray();
    }

    private void ByBuckets(long step)
    {
        foreach (var market in timeline.Markets)
        {
            market.Read((buckets, _) =>
            {
                if (buckets.Count == 0)
                {
                    return 0;
                }

                var at = Math.Max(0, (from - market.Origin) / MarketBucket.Length);
                var end = Math.Min(buckets.Count - 1, (to - market.Origin) / MarketBucket.Length);
                SeriesColumn? open = null;
                for (; at <= end; at++)
                {
                    ref readonly var bucket = ref buckets[(int)at];
                    var until = Math.Min(market.Origin + ((at + 1) * MarketBucket.Length), market.LastTime);
                    var index = (until - 1 - from) / step;
                    if (open is null || open.Index != index)
                    {
                        open = new SeriesColumn { Index = index };
                        columns.Add(open);
                    }

                    open.Add(bucket, until);
                }

                return 0;
            });
        }
    }

    // False when there are too many events for it.
    private bool ByEvents()
    {
        var found = new List<SeriesColumn>();
        foreach (var (market, index) in timeline.Markets.Select((m, i) => (m, i)))
        {
            if (market.Day.Info.FirstTime > to || (market.LastTime < from && market.IsIndexed))
            {
                continue;
            }

            var first = market.SequenceAt(from);
            var last = market.SequenceAt(to);
            if (last - first + found.Count > MostEvents)
            {
                return false;
            }

            for (var sequence = Math.Max(1, first); sequence <= last; sequence++)
            {
                var column = market.BookAfter(sequence, fold => SeriesColumn.Of(fold));
                if (found.Count == 0 || !found[^1].SameMarket(column))
                {
                    found.Add(column);
                }
            }
        }

        // Our own quotes change between market events that change nothing: they are given places of their own.
        if (timeline.Run is { } run)
        {
            lock (run.Gate)
            {
                for (var i = Math.Max(0, run.Quotes.LastAtOrBefore(from, q => q.Time)); i < run.Quotes.Count && run.Quotes[i].Time <= to; i++)
                {
                    var time = run.Quotes[i].Time;
                    var before = found.FindLastIndex(c => c.Time <= time);
                    if (before >= 0 && found[before].Time < time)
                    {
                        found.Insert(before + 1, found[before].At(time));
                    }
                }
            }
        }

        columns.AddRange(found);
        return true;
    }

    private void AddRun()
    {
        if (timeline.Run is not { } run)
        {
            return;
        }

        lock (run.Gate)
        {
            if (run.Points.Count == 0)
            {
                return;
            }

            var start = run.Points[0].Time;
            var end = run.Points[run.Points.Count - 1].Time;
            var (quote, holding, mark, decision) = (-1, -1, -1, -1);
            foreach (var column in columns)
            {
                Move(run.Quotes, ref quote, column.Time, q => q.Time);
                Move(run.Holdings, ref holding, column.Time, h => h.Time);
                Move(run.Marks, ref mark, column.Time, m => m.Time);
                Move(run.Decisions, ref decision, column.Time, d => d.Time);
                column.InRun = column.Time >= start && column.Time <= end;
                if (!column.InRun)
                {
                    continue;
                }

                var (cash, position) = holding < 0 ? ((Int128)0, 0L) : (run.Holdings[holding].Cash, run.Holdings[holding].Position);
                column.Position = position;
                (column.OurBid, column.OurAsk) = quote < 0 ? (0, 0) : (run.Quotes[quote].Bid, run.Quotes[quote].Ask);
                column.Drawdown = mark < 0 ? null : run.Marks[mark].Drawdown;
                column.Sigma = decision < 0 ? null : run.Decisions[decision].Sigma;
                if (column.Bid > 0)
                {
                    column.Pnl = cash + Ledger.Mark(position, column.Bid + column.Ask);
                    var (one, other) = (cash + Ledger.Mark(position, column.Low), cash + Ledger.Mark(position, column.High));
                    (column.PnlLow, column.PnlHigh) = (Int128.Min(one, other), Int128.Max(one, other));
                }
            }
        }
    }

    // What the index has not reached yet: the log's own marks, or trades here and there of a long day.
    private void AddOutline()
    {
        var after = columns.Count == 0 ? from : columns[^1].Time + 1;
        if (timeline.Markets.All(m => m.IsIndexed) || after >= to)
        {
            return;
        }

        if (timeline.Run is { } run)
        {
            lock (run.Gate)
            {
                var every = Math.Max(1, run.Marks.Count / 2_000);
                for (var i = 0; i < run.Marks.Count; i += every)
                {
                    AddOutline(after, run.Marks[i].Time, run.Marks[i].MidTwice);
                }
            }

            return;
        }

        foreach (var market in timeline.Markets.Where(m => !m.IsIndexed && m.Events > LongDay && m.Day.Info.Sealed))
        {
            foreach (var (time, price) in market.Outline)
            {
                AddOutline(after, time, 2 * price);
            }
        }
    }

    private void AddOutline(long after, long time, long midTwice)
    {
        if (time >= after && time <= to && midTwice > 0)
        {
            columns.Add(new SeriesColumn { Time = time, Low = midTwice, High = midTwice, Bid = midTwice / 2, Ask = midTwice - (midTwice / 2), Trusted = true });
        }
    }

    private static void Move<T>(Column<T> column, ref int at, long time, Func<T, long> timeOf)
        where T : struct
    {
        if (at < 0)
        {
            at = column.LastAtOrBefore(time, timeOf);
        }

        while (at + 1 < column.Count && timeOf(column[at + 1]) <= time)
        {
            at++;
        }
    }
}
