using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Binance;

/// <summary>A scale prepared for reading decimal text.</summary>
internal readonly struct DecimalForm(Scale scale)
{
    /// <summary>The scale.</summary>
    public readonly Scale Scale = scale;

    /// <summary>Units per whole.</summary>
    public readonly long Factor = scale.Factor;

    /// <summary>Whole parts below this cannot overflow 64 bits, whatever the fraction.</summary>
    public readonly long SafeWhole = long.MaxValue / scale.Factor;
}
