using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Replay.Calibration;

/// <summary>What a window says about σ, A and k.</summary>
public sealed record CalibrationResult
{
    /// <summary>The instrument.</summary>
    public required Instrument Instrument { get; init; }

    /// <summary>Seconds sampled.</summary>
    public required int Seconds { get; init; }

    /// <summary>Trades seen.</summary>
    public required int Trades { get; init; }

    /// <summary>Mean mid in quote.</summary>
    public required double Mid { get; init; }

    /// <summary>Mean spread of the market in quote.</summary>
    public required double Spread { get; init; }

    /// <summary>σ in quote/√s at each of <see cref="Calibrator.Scales"/>.</summary>
    public required double[] Sigmas { get; init; }

    /// <summary>Rates at which trades reach bids.</summary>
    public required IntensityPoint[] Bid { get; init; }

    /// <summary>Rates at which trades reach asks.</summary>
    public required IntensityPoint[] Ask { get; init; }

    /// <summary>Fit of the bid side; null when it cannot be fitted.</summary>
    public required IntensityFit? BidFit { get; init; }

    /// <summary>Fit of the ask side; null when it cannot be fitted.</summary>
    public required IntensityFit? AskFit { get; init; }

    /// <summary>Fit per side over both sides' observations; null when it cannot be fitted.</summary>
    public required IntensityFit? Fit { get; init; }

    /// <summary>γ at which the stationary skew at N_max equals the half-spread; null without a fit.</summary>
    public required double? Gamma { get; init; }

    /// <summary>N_max that γ was suggested for, in base.</summary>
    public required double MaxInventory { get; init; }
}
