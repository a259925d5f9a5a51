using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Gateway.Guard;
using EventSourcedMM.Live.Gateway.Keys;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Cli.Live;

/// <summary>
/// What <c>--new</c> leaves as it is must leave nothing at the venue: a run that is sealed is looked after by nobody, and its symbols need
/// not be among those of the new one.
/// </summary>
internal static class LeftBehind
{
    /// <summary>Cancels everything in the symbols of unfinished runs of a mode and confirms it, before they are sealed.</summary>
    /// <exception cref="UsageException">A process runs one of them, or its orders are at another venue.</exception>
    /// <exception cref="VenueOutOfReachException">It could not be confirmed that none of their orders rests: nothing is sealed.</exception>
    public static async Task SweepAsync(JournalStore store, LiveMode mode, VenueEndpoint endpoint, ApiKeys keys, Clock clock, Action<string> note, CancellationToken ct)
    {
        StreamName[] left = [.. store.ListAsync($"run/{mode.Name()}-").ToBlockingEnumerable(ct).Where(n => store.ReadManifest(n) is null)];
        if (left.Length == 0)
        {
            return;
        }

        var here = endpoint.Rest.GetLeftPart(UriPartial.Authority);
        foreach (var run in left.Select(n => n.Parts[1]).Distinct(StringComparer.Ordinal))
        {
            if (RunMarker.IsHeld(store, run))
            {
                throw new UsageException($"A process runs {run}: end it with mm kill {run} before another one starts.");
            }

            var marker = Path.Combine(store.Root, "control", run + ".live");
            var place = File.Exists(marker) ? File.ReadLines(marker).FirstOrDefault("").Trim() : "";
            if (place.Length > 0 && place != here)
            {
                throw new UsageException($"Run {run} is unfinished and its orders are at {place}, not at {here}. Cancel them with mm guard --now --endpoint {place} --symbols {string.Join(',', Symbols(left, run))}, and take {marker} away.");
            }
        }

        using var sweep = new AccountSweep(endpoint, keys, clock);
        var outcomes = await sweep.CancelAllAsync([.. left.Select(n => n.Parts[2]).Distinct(StringComparer.Ordinal)], ct).ConfigureAwait(false);
        foreach (var outcome in outcomes)
        {
            note($"{outcome.Symbol}: {outcome.Cancelled} orders of unfinished runs cancelled, {(outcome.Confirmed ? "none is left" : "NOT confirmed that none is left: " + outcome.Detail)}");
        }

        if (outcomes.FirstOrDefault(o => !o.Confirmed) is { } open)
        {
            throw new VenueOutOfReachException($"It could not be confirmed that no order of an unfinished run rests in {open.Symbol} ({open.Detail}), so nothing is sealed and no other run starts. Try again, or cancel with mm guard --now.");
        }
    }

    private static IEnumerable<string> Symbols(IEnumerable<StreamName> left, string run) => left.Where(n => n.Parts[1] == run).Select(n => n.Parts[2]);
}
