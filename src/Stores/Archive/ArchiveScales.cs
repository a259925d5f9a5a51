using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Stores.Archive;

/// <summary>How many decimals prices and quantities have as events, and as columns.</summary>
/// <param name="Price">Decimals of price units.</param>
/// <param name="Quantity">Decimals of quantity units.</param>
/// <param name="PriceColumn">Decimals of price columns: the tick's, or more where a price needs them.</param>
/// <param name="IsNarrow">Prices fit nine digits, and so 32 bits.</param>
internal readonly record struct ArchiveScales(int Price, int Quantity, int PriceColumn, bool IsNarrow)
{
    /// <summary>Largest decimal of a 64-bit column.</summary>
    public const long Limit = 1_000_000_000_000_000_000;

    /// <summary>Largest decimal of a 32-bit column.</summary>
    public const long NarrowLimit = 1_000_000_000;

    /// <summary>Decimals of money: the product's.</summary>
    public int Money => Price + Quantity;

    /// <summary>Price units of one unit of the column.</summary>
    public long PriceUnit => Scale.PowerOfTen(Price - PriceColumn);
}

/// <summary>
/// What must be known of a stream before its first row is written: the instrument, and which decimals its prices need.
/// Prices are stored with the tick's decimals, a third smaller than with eight.
/// </summary>
internal sealed class ArchivePlan : IEventHandler
{
    private readonly bool reduce;
    private int decimals;
    private long largest;

    /// <summary>A plan of a stream.</summary>
    /// <param name="reduce">Whether prices lose the decimals that none of them has; a run's keep all.</param>
    public ArchivePlan(bool reduce) => this.reduce = reduce;

    /// <summary>The first instrument; null until one was defined.</summary>
    public InstrumentDefined? Instrument { get; private set; }

    /// <summary>The scales; null without an instrument: then prices cannot be written as decimals.</summary>
    public ArchiveScales? Scales => Instrument is not { } i || i.PriceDecimals is < 0 or > 18 || i.QuantityDecimals is < 0 or > 18
        ? null
        : new ArchiveScales((int)i.PriceDecimals, (int)i.QuantityDecimals, decimals, largest / Scale.PowerOfTen((int)i.PriceDecimals - decimals) < ArchiveScales.NarrowLimit);

    /// <summary>Takes the instrument of a run from the recording that it read.</summary>
    public void Define(in InstrumentDefined instrument)
    {
        Instrument ??= instrument;
        Need(reduce ? instrument.Tick : 1);
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
            var scan = new PriceScan(this);
            var copy = payload;
            T.Describe(ref scan, ref copy);
        }
    }

    private void Need(long price)
    {
        if (price is long.MinValue)
        {
            return;
        }

        largest = Math.Max(largest, Math.Abs(price));
        var all = (int)Instrument!.Value.PriceDecimals;
        while (decimals < all && price % Scale.PowerOfTen(all - decimals) != 0)
        {
            decimals++;
        }
    }

    private readonly struct PriceScan(ArchivePlan plan) : IFieldVisitor
    {
        public void Price(string name, ref long value) => plan.Need(value);

        public void Levels(string name, ref Domain.Book.LevelList value)
        {
            foreach (ref readonly var level in value.Span)
            {
                plan.Need(level.Price);
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

        public void Quantity(string name, ref long value)
        {
        }

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
