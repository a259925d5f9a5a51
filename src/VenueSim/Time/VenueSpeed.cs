using System.Globalization;

namespace EventSourcedMM.VenueSim.Time;

/// <summary>How fast the venue's clock runs against the machine's: a factor, or as fast as the clients read.</summary>
public readonly record struct VenueSpeed
{
    /// <summary>Largest factor: a day in less than a tenth of a second.</summary>
    public const double Largest = 1_000_000;

    private VenueSpeed(double factor) => Factor = factor;

    /// <summary>As fast as the connected clients read.</summary>
    public static VenueSpeed Max { get; } = new(0);

    /// <summary>Recorded time.</summary>
    public static VenueSpeed One { get; } = new(1);

    /// <summary>Seconds of the venue in a second of the machine; 0 for <see cref="Max"/>.</summary>
    public double Factor { get; }

    /// <summary>True for <see cref="Max"/>.</summary>
    public bool IsMax => Factor == 0;

    /// <summary>A factor.</summary>
    /// <exception cref="FormatException">It is not above 0 and at most <see cref="Largest"/>.</exception>
    public static VenueSpeed Of(double factor) => factor is > 0 and <= Largest
        ? new VenueSpeed(factor)
        : throw new FormatException($"A speed of {factor.ToString(CultureInfo.InvariantCulture)} is not above 0 and at most {Largest:0}.");

    /// <summary>Reads 1, 10, 0.5 or max.</summary>
    /// <exception cref="FormatException">Says what a speed looks like.</exception>
    public static VenueSpeed Parse(string text) => text == "max" ? Max
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var factor) ? Of(factor)
        : throw new FormatException($"'{text}' is not a speed: write 1, 10, 0.5 or max.");

    /// <inheritdoc/>
    public override string ToString() => IsMax ? "max" : Factor.ToString(CultureInfo.InvariantCulture);
}
