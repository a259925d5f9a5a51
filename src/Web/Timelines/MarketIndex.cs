using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Web.Timelines;

/// <summary>
/// What the viewer keeps of one stored day: buckets of a quarter of a second for every zoom level, gaps, and books at
/// intervals to start from. It is made by one pass over the stream, in steps, and goes on where a growing stream grows.
/// </summary>
internal sealed class MarketIndex : IEventHandler, IDisposable
{
    /// <summary>Events between two kept books: folding so many takes a few hundredths of a second.</summary>
    public const int KeyframeSpacing = 32_768;

    // Reading a shorter one is quicker than anybody looks.
    private const long EventsWorthKeeping = 250_000;

    // Checksums are a tenth of the work of an event.
    private const int ChecksPerEvent = 8;

    // A clock that jumps by years would fill the memory with empty buckets.
    private const int MostBuckets = 40 * 24 * 3600 * 4;

    private const int WaitMilliseconds = 5;
    private const int MostWaits = 4_000;

    private readonly Lock gate = new();
    private readonly LevelArena arena = new();
    private readonly BookWalker walker;
    private readonly Lock outlineGate = new();
    private readonly KeptIndex? kept;
    private BookFold fold = new();
    private Column<MarketBucket> buckets;
    private List<MarketGap> gaps = [];
    private List<BookKeyframe> keyframes = [];
    private InstrumentDefined? defined;
    private ChecksumPass? check;
    private List<(long Time, long Price)>? outline;
    private UpcastSource? source;
    private long now;
    private bool wasUsable;
    private bool looked;

    /// <summary>An index that has read nothing yet.</summary>
    /// <param name="day">The day.</param>
    /// <param name="leastKept">Events from which on an index is kept.</param>
    public MarketIndex(StoredDay day, long leastKept = EventsWorthKeeping)
    {
        Day = day;
        Events = day.Info.Version;
        Sealed = day.Info.Sealed;
        walker = new BookWalker(this);
        kept = Events >= leastKept ? KeptIndex.Of(day.Store, day.Info, "day", MarketIndexFile.Maker) : null;
        looked = kept is null;
        buckets = new Column<MarketBucket>(Sealed ? (int)Math.Clamp(((day.Info.LastTime - day.Info.FirstTime) / MarketBucket.Length) + 2, 1, MostBuckets) : 0);
    }

    /// <summary>The day.</summary>
    public StoredDay Day { get; }

    /// <summary>Its stream.</summary>
    public StreamName Name => Day.Name;

    /// <summary>Events in the stream, as far as is known.</summary>
    public long Events { get; private set; }

    /// <summary>Last event indexed.</summary>
    public long Indexed { get; private set; }

    /// <summary>Engine time of the last event indexed.</summary>
    public long LastTime { get; private set; }

    /// <summary>True when nothing can be added to the stream.</summary>
    public bool Sealed { get; private set; }

    /// <summary>True when every event that can be read is in the index.</summary>
    public bool IsIndexed => Damage is not null || (Sealed && Indexed >= Events);

    /// <summary>True when nothing is left to be done: where the index was kept, every byte of the day has been checked too.</summary>
    public bool Complete => IsIndexed && looked && check is null;

    /// <summary>True when the index was kept beside the day and is in use.</summary>
    public bool WasKept { get; private set; }

    /// <summary>Why reading stopped; null while it did not.</summary>
    public string? Damage { get; private set; }

    /// <summary>The instrument; null before it was read.</summary>
    public Instrument? Instrument { get; private set; }

    /// <summary>Start of the first bucket in nanoseconds since the epoch.</summary>
    public long Origin { get; private set; }

    /// <summary>Goes on: first with the index that was kept beside the day, where there is one, then by reading.</summary>
    /// <param name="most">Events to read at most.</param>
    /// <returns>False when there was nothing more to do now.</returns>
    public bool GoOn(int most)
    {
        if (looked)
        {
            return Advance(most);
        }

        Load();
        return true;
    }

    /// <summary>Reads on.</summary>
    /// <param name="most">Events to read at most.</param>
    /// <returns>False when there was nothing more to read now.</returns>
    public bool Advance(int most)
    {
        lock (gate)
        {
            if (Damage is not null)
            {
                return false;
            }

            var read = 0;
            if (check is not null)
            {
                return Check(most * ChecksPerEvent);
            }

            try
            {
                source ??= new UpcastSource(Day.Store.OpenToLook(Day.Name));
                var self = this;
                while (read < most && source.Read(out var header, out var payload))
                {
                    arena.Clear();
                    EventCatalog.Decode(header, payload, arena, ref self);
                    read++;
                }
            }
            catch (Exception e) when (IsDamage(e))
            {
                Damage = e.Message;
            }

            Events = Math.Max(Events, Indexed);
            return read > 0;
        }
    }

    /// <summary>Keeps the finished index beside the day, so that it need not be made again.</summary>
    public void Keep()
    {
        ByteBuffer bytes;
        lock (gate)
        {
            if (kept is null || WasKept || Damage is not null || !Complete)
            {
                return;
            }

            bytes = new MarketIndexFile(Origin, LastTime, Indexed, defined is { } instrument ? BookKeyframe.Bytes(instrument) : default, buckets, gaps, keyframes).Write();
        }

        kept.Write(bytes.Span);
    }

    // Puts what was kept in the place of what has been read since. It takes a second for millions of events, so answers are
    // given meanwhile from what is there.
    private void Load()
    {
        var file = ReadKept();
        lock (gate)
        {
            looked = true;
            if (file is null || Damage is not null)
            {
                return;
            }

            source?.Dispose();
            (source, buckets, gaps, keyframes) = (null, file.Buckets, file.Gaps, file.Keyframes);
            (Origin, LastTime, now, Indexed) = (file.Origin, file.LastTime, file.LastTime, file.Events);
            Instrument = file.Instrument.Length > 0 ? PayloadBytes.Read<InstrumentDefined>(file.Instrument.Span, arena).ToInstrument() : null;
            WasKept = true;
            check = new ChecksumPass((JournalStore)Day.Store, Name);
        }
    }

    private MarketIndexFile? ReadKept()
    {
        try
        {
            return kept?.Read() is { } bytes && MarketIndexFile.Read(bytes) is var file && file.Events == Events && Day.Store is JournalStore ? file : null;
        }
        catch (Exception e) when (e is CanonicalFormatException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    // The index stands for the events whose hash it is named by. Whether the files still hold them, every byte is read to find out;
    // a day that turns out damaged is read anew, up to the damage.
    private bool Check(int most)
    {
        try
        {
            if (check!.Step(most))
            {
                return true;
            }

            check.Dispose();
            check = null;
            return false;
        }
        catch (Exception e) when (IsDamage(e))
        {
            Forget();
            return true;
        }
    }

    private void Forget()
    {
        check?.Dispose();
        (check, fold, buckets, gaps, keyframes) = (null, new BookFold(), new Column<MarketBucket>(), [], []);
        (Origin, LastTime, now, Indexed, wasUsable, WasKept) = (0, 0, 0, 0, false, false);
        walker.Forget();
    }

    /// <summary>What is wrong with stored events, as opposed to with this program.</summary>
    public static bool IsDamage(Exception e) => e is StreamDamagedException or TornTailException or InvariantBrokenException
        or CanonicalFormatException or UnknownEventException or InvalidDataException or OverflowException or StreamNotFoundException or IOException;

    /// <summary>Asks the store whether the stream was sealed or grew.</summary>
    public void Refresh()
    {
        if (!Sealed && Day.Store.FindAsync(Day.Name).AsTask().GetAwaiter().GetResult() is { } info)
        {
            lock (gate)
            {
                Events = Math.Max(Events, info.Version);
                Sealed = info.Sealed;
            }
        }
    }

    /// <summary>Looks at buckets and gaps while nothing is added to them.</summary>
    public TResult Read<TResult>(Func<Column<MarketBucket>, IReadOnlyList<MarketGap>, TResult> body)
    {
        lock (gate)
        {
            return body(buckets, gaps);
        }
    }

    /// <summary>Looks at the book after an event, which must be indexed.</summary>
    public TResult BookAfter<TResult>(long sequence, Func<BookFold, TResult> body)
    {
        // The index is on its way there and keeps books as it goes: folding beside it would be later, and slow it down.
        for (var waited = 0; !IsIndexed && Indexed < sequence - KeyframeSpacing && waited < MostWaits; waited++)
        {
            Thread.Sleep(WaitMilliseconds);
        }

        return walker.At(sequence, body);
    }

    /// <summary>True when the book at an event is one of partial books alone; where diffs are recorded too, they count and partial books do not.</summary>
    public bool IsPartialAt(long sequence)
    {
        lock (gate)
        {
            return gaps.FindLast(g => g.Sequence <= sequence).To == BookState.Partial;
        }
    }

    /// <summary>The last kept book at or before an event; null when there is none.</summary>
    public BookKeyframe? KeyframeBefore(long sequence)
    {
        lock (gate)
        {
            var index = keyframes.FindLastIndex(k => k.Sequence <= sequence);
            return index < 0 ? null : keyframes[index];
        }
    }

    /// <summary>
    /// A rough course of the prices before the index is made: the trades found at so many places of the stream. It shows a long
    /// day at once; the index then takes its place.
    /// </summary>
    public IReadOnlyList<(long Time, long Price)> Outline
    {
        get
        {
            lock (outlineGate)
            {
                return outline ??= ReadOutline();
            }
        }
    }

    /// <summary>The last event with an engine time up to a moment; 0 when all lie after it.</summary>
    public long SequenceAt(long time)
    {
        if (time > LastTime && !IsIndexed)
        {
            // Not indexed yet: the store's own index leads near.
            var near = Day.Store is JournalStore journal && time >= Day.Info.FirstTime ? journal.SequenceBefore(Name, time) : Indexed + 1;
            return Scan(Math.Max(near, 1), long.MaxValue, time);
        }

        var (before, until) = Read((columns, _) =>
        {
            if (columns.Count == 0 || time < Origin)
            {
                return (0L, 0L);
            }

            var at = (int)Math.Min(columns.Count - 1, (time - Origin) / MarketBucket.Length);
            return (at == 0 ? 0 : columns[at - 1].Sequence, columns[at].Sequence);
        });
        return until == before ? until : Scan(before + 1, until, time);
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        fold.On(header, payload);
        now = Math.Max(now, header.ReceiveTime);
        LastTime = now;
        Indexed = header.Sequence;
        ref var bucket = ref BucketAt(now);
        bucket.Sequence = header.Sequence;
        switch (payload)
        {
            case Trade trade:
                bucket.Volume += trade.Quantity;
                break;
            case InstrumentDefined instrument:
                defined = instrument;
                Instrument = instrument.ToInstrument();
                break;
            case BookStateChanged changed:
                gaps.Add(new MarketGap(header.Sequence, now, changed.To, changed.Reason));
                break;
            default:
                break;
        }

        Observe(ref bucket);
        if (header.Sequence / KeyframeSpacing > (keyframes.Count == 0 ? 0 : keyframes[^1].Sequence / KeyframeSpacing) && fold.IsACheckpoint)
        {
            keyframes.Add(BookKeyframe.Of(fold));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            source?.Dispose();
            source = null;
            check?.Dispose();
            check = null;
            Damage ??= "closed";
        }

        walker.Dispose();
    }

    private List<(long Time, long Price)> ReadOutline()
    {
        const int places = 120;
        const int most = 200;
        var found = new List<(long, long)>();
        var levels = new LevelArena();
        for (var place = 0; place < places; place++)
        {
            using var events = new UpcastSource(Day.Store.OpenToLook(Name, 1 + (Day.Info.Version / places * place)));
            for (var read = 0; read < most && events.Read(out var header, out var payload); read++)
            {
                if (header.Type == EventType.Trade)
                {
                    var reader = new CanonicalReader(payload, levels);
                    var trade = default(Trade);
                    Trade.Describe(ref reader, ref trade);
                    found.Add((header.ReceiveTime, trade.Price));
                    break;
                }
            }
        }

        return found;
    }

    private long Scan(long from, long until, long time)
    {
        using var events = new UpcastSource(Day.Store.OpenToLook(Name, from));
        var found = from - 1;
        while (found < until && events.Read(out var header, out _) && header.ReceiveTime <= time)
        {
            found = header.Sequence;
        }

        return found;
    }

    private void Observe(ref MarketBucket bucket)
    {
        var usable = fold.Tracker.IsUsable();
        if (!usable && gaps.Count == 0 && fold.Recording.ContinuedFrom.Length > 0 && fold.Tracker.LastUpdateId == 0)
        {
            // The first events of a day that continues another describe it; its checkpoint, right behind, is the book.
            return;
        }

        bucket.Trusted &= usable;
        wasUsable = usable;
        if (!usable)
        {
            (bucket.Bid, bucket.Ask) = (0, 0);
            return;
        }

        var book = fold.Tracker.Book;
        (bucket.Bid, bucket.Ask) = (book.Bids.BestPrice, book.Asks.BestPrice);
        var middle = bucket.Bid + bucket.Ask;
        bucket.Low = bucket.Low == 0 ? middle : Math.Min(bucket.Low, middle);
        bucket.High = Math.Max(bucket.High, middle);
    }

    private ref MarketBucket BucketAt(long time)
    {
        if (buckets.Count == 0)
        {
            Origin = time - (time % MarketBucket.Length);
            buckets.Add(new MarketBucket { Trusted = true });
        }

        var index = (time - Origin) / MarketBucket.Length;
        if (index >= MostBuckets)
        {
            throw new InvalidDataException("The stream's stamps reach over more than 40 days: a clock jumped, or it is not one day.");
        }

        while (buckets.Count <= index)
        {
            buckets.Add(MarketBucket.After(buckets[buckets.Count - 1], wasUsable));
        }

        return ref buckets[(int)index];
    }
}
