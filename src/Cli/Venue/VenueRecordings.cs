using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.VenueSim.Market;

namespace EventSourcedMM.Cli.Venue;

/// <summary>Finds the recorded days that a simulated venue serves.</summary>
public static class VenueRecordings
{
    /// <summary>The days of each symbol in a window, each symbol from one recording.</summary>
    /// <param name="stores">Where days are.</param>
    /// <param name="symbols">Symbols, separated by commas; null for all that have a day in the window.</param>
    /// <param name="window">The window.</param>
    /// <param name="start">A later start, or null.</param>
    /// <param name="recording">Recording to take, or null to choose.</param>
    /// <param name="terminal">Told why a recording was chosen.</param>
    /// <exception cref="NoSuchDayException">Nothing is stored for a symbol.</exception>
    /// <exception cref="UsageException">Nothing is stored at all, or the start is behind the window.</exception>
    public static IReadOnlyList<SymbolRecording> Find(StoreSet stores, string? symbols, Window window, long? start, string? recording, Terminal terminal)
    {
        var days = new MarketDays(stores, terminal.Warn);
        var from = Math.Max(window.From, start ?? long.MinValue);
        if (from >= window.To)
        {
            throw new UsageException($"--start is not before the end of {window.Label}.");
        }

        var names = symbols is null
            ? days.Symbols().Where(s => days.Of(s).Any(d => d.Info.LastTime >= from && d.Info.FirstTime < window.To)).ToArray()
            : [.. SymbolList.Parse(symbols, "--symbols")];
        if (names.Length == 0)
        {
            throw new UsageException("There is no recorded day in the window; mm import FILE… --symbol S stores a recording, mm capture makes one.");
        }

        return [.. names.Select(name => Select(days, name, from, window.To, recording, terminal))];
    }

    private static SymbolRecording Select(MarketDays days, string symbol, long from, long to, string? recording, Terminal terminal)
    {
        var selection = days.Select(symbol, from, to, recording);
        if (selection.Note.Length > 0)
        {
            terminal.Note($"{symbol}: {selection.Note}");
        }

        return new SymbolRecording(symbol, from, to, [.. selection.Days.Select(d => new Func<IEventSource>(() => new UpcastSource(d.Store.OpenSource(d.Name))))]);
    }
}
