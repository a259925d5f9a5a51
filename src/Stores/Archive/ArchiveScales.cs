using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Stores.Archive;

/// <summary>How many decimals prices and quantities have as events, and as columns.</summary>
/// <param name="Price">Decimals of price units.</param>
/// <param name="Quantity">Decimals of quantity units.</param>
/// <param name="PriceColumn">Decimals of price columns: the tick's, or more where a price needs them.</param>
/// <param name="IsNarrow">Prices fit nine digits, and so 32 bits.</param>
/// <param name="QuantityColumn">Decimals of quantity columns: the lot's, or more where a quantity needs them.</param>
/// <param name="IsQuantityNarrow">Quantities fit nine digits, and so 32 bits.</param>
internal readonly record struct ArchiveScales(int Price, int Quantity, int PriceColumn, bool IsNarrow, int QuantityColumn, bool IsQuantityNarrow)
{
    /// <summary>Largest decimal of a 64-bit column.</summary>
    public const long Limit = 1_000_000_000_000_000_000;

    /// <summary>Largest decimal of a 32-bit column.</summary>
    public const long NarrowLimit = 1_000_000_000;

    /// <summary>Decimals of money: the product's.</summary>
    public int Money => Price + Quantity;

    /// <summary>Price units of one unit of the column.</summary>
    public long PriceUnit => Scale.PowerOfTen(Price - PriceColumn);

    /// <summary>Quantity units of one unit of the column.</summary>
    public long QuantityUnit => Scale.PowerOfTen(Quantity - QuantityColumn);

    /// <summary>What a price column's values stay below.</summary>
    public long PriceLimit => IsNarrow ? NarrowLimit : Limit;

    /// <summary>What a quantity column's values stay below.</summary>
    public long QuantityLimit => IsQuantityNarrow ? NarrowLimit : Limit;
}

/// <summary>
/// What must be known of a stream before its first row is written: the instrument, and which decimals its prices and
/// quantities need. They are stored with the decimals of tick and lot where these hold them all: a third smaller than with eight.
/// </summary>
internal sealed class ArchivePlan : IEventHandler
{
    private readonly bool reduce;
    private Needed prices;
    private Needed quantities;

    /// <summary>A plan of a stream.</summary>
    /// <param name="reduce">Whether prices and quantities lose the decimals that none of them has; a run's keep all.</param>
    public ArchivePlan(bool reduce) => this.reduce = reduce;

    /// <summary>The first instrument; null until one was defined.</summary>
    public InstrumentDefined? Instrument { get; private set; }

    /// <summary>The scales; null without an instrument: then prices cannot be written as decimals.</summary>
    public ArchiveScales? Scales => Instrument is not { } i || i.PriceDecimals is < 0 or > 18 || i.QuantityDecimals is < 0 or > 18
        ? null
        : new ArchiveScales((int)i.PriceDecimals, (int)i.QuantityDecimals, prices.Decimals, prices.IsNarrow((int)i.PriceDecimals), quantities.Decimals, quantities.IsNarrow((int)i.QuantityDecimals));

    /// <summary>Takes the instrument of a run from the recording that it read.</summary>
    public void Define(in InstrumentDefined instrument)
    {
        Instrument ??= instrument;
        prices.Add(reduce ? instrument.Tick : 1, (int)Instrument.Value.PriceDecimals);
        quantities.Add(reduce ? instrument.Lot : 1, (int)Instrument.Value.QuantityDecimals);
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(InstrumentDefined))
        {
            Define((InstrumentDefined)(object)payload);
        }
        else if (ArchiveTables.Has<T>() && Instrument is not null)
        {
            var scan = new NumberScan(this);
            var copy = payload;
            T.Describe(ref scan, ref copy);
        }
    }

    // The decimals that some numbers need, and how large they are.
    private struct Needed
    {
        private long largest;

        public int Decimals { get; private set; }

        public void Add(long value, int all)
        {
            // What no column can hold goes into the table of all others and decides nothing here.
            if (value is <= -ArchiveScales.Limit or >= ArchiveScales.Limit)
            {
                return;
            }

            largest = Math.Max(largest, Math.Abs(value));
            while (Decimals < all && value % Scale.PowerOfTen(all - Decimals) != 0)
            {
                Decimals++;
            }
        }

        public readonly bool IsNarrow(int all) => Decimals <= 9 && largest / Scale.PowerOfTen(all - Decimals) < ArchiveScales.NarrowLimit;
    }

    private readonly struct NumberScan(ArchivePlan plan) : IFieldVisitor
    {
        private int PriceDecimals => (int)plan.Instrument!.Value.PriceDecimals;

        private int QuantityDecimals => (int)plan.Instrument!.Value.QuantityDecimals;

        public void Price(string name, ref long value) => plan.prices.Add(value, PriceDecimals);

        public void Levels(string name, ref Domain.Book.LevelList value)
        {
            var (price, quantity) = (PriceDecimals, QuantityDecimals);
            foreach (ref readonly var level in value.Span)
            {
                plan.prices.Add(level.Price, price);
                plan.quantities.Add(level.Quantity, quantity);
            }
        }

        public void Id(string name, ref long value)
        {
        }

        public void Count(string name, ref long value)
        {
        }

        public void Time(string name, ref long value)
        {
        }

        public void Quantity(string name, ref long value) => plan.quantities.Add(value, QuantityDecimals);

        public void Money(string name, ref Int128 value)
        {
        }

        public void Real(string name, ref double value)
        {
        }

        public void Flag(string name, ref bool value)
        {
        }

        public void Text(string name, ref string value)
        {
        }

        public void Code<TEnum>(string name, ref TEnum value)
            where TEnum : unmanaged, Enum
        {
        }

        public void Digest(string name, ref Digest value)
        {
        }
    }
}
