using EventSourcedMM.Live;
using EventSourcedMM.Live.Connections;

namespace EventSourcedMM.Cli.Checks;

/// <summary>What the checks of a venue work with.</summary>
/// <param name="Endpoint">The venue.</param>
/// <param name="Clock">Its clock, or this machine's.</param>
/// <param name="Rest">Requests.</param>
/// <param name="Symbols">Symbols to look at.</param>
/// <param name="Length">How long data is recorded.</param>
/// <param name="Add">Takes a result.</param>
/// <param name="Progress">Says what is being done.</param>
public sealed record CheckContext(
    VenueEndpoint Endpoint, Clock Clock, RestClient Rest, IReadOnlyList<string> Symbols, TimeSpan Length, Action<CheckResult> Add, Action<string> Progress)
{
    /// <summary>Adds a result.</summary>
    public void Report(string component, string name, bool passed, FormattableString value, string advice) =>
        Add(new CheckResult(component, name, passed, FormattableString.Invariant(value), advice));

    /// <summary>At most the length that the user gave.</summary>
    public TimeSpan AtMost(TimeSpan usual) => usual < Length ? usual : Length;

    /// <summary>Asks again what the venue's servers could not answer.</summary>
    /// <exception cref="VenueRefusedException">Three times, or for good.</exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ask();
            }
            catch (VenueRefusedException e) when (e.IsPassing && attempt < 3)
            {
                await Task.Delay(e.RetryAfter > TimeSpan.Zero ? e.RetryAfter : TimeSpan.FromSeconds(1), Clock, ct);
            }
        }
    }
}
