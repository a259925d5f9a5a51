using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Replay.Runs;

/// <summary>What executing the portfolio of a run again showed, and holding it against the run of one of its symbols.</summary>
/// <param name="Portfolio">The portfolio's stream.</param>
/// <param name="Compared">Events found equal: facts as they were told, verdicts and the end as the engine gives them again.</param>
/// <param name="Facts">Facts of the symbol that were taken anew from its own run and found equal.</param>
/// <param name="Verdicts">Verdicts in the symbol's run that are the portfolio's.</param>
/// <param name="Difference">The first event that executed again is another; null when there is none.</param>
/// <param name="Problems">What else does not agree, in words.</param>
public sealed record PortfolioVerification(
    StreamName Portfolio, long Compared, long Facts, long Verdicts, RunDifference? Difference, IReadOnlyList<string> Problems)
{
    /// <summary>True when everything agrees.</summary>
    public bool Identical => Difference is null && Problems.Count == 0;
}
