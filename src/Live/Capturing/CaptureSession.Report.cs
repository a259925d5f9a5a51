namespace EventSourcedMM.Live.Capturing;

/// <summary>What a capture says of itself when it is over.</summary>
public sealed partial class CaptureSession
{
    private CaptureReport Report(string why)
    {
        var last = Status();
        var all = lanes.SelectMany(l => l.Symbols).ToArray();
        return new CaptureReport
        {
            Reason = why,
            Started = started,
            Ended = clock.Now,
            Messages = last.Messages,
            Bytes = last.Bytes,
            Duplicates = all.Sum(s => s.Duplicates),
            Connections = tally.Connections.Value,
            Renewals = tally.Renewals.Value,
            Losses = tally.Losses.Value,
            FailedConnections = tally.FailedConnections.Value,
            Shutdowns = tally.Shutdowns.Value,
            Snapshots = tally.Snapshots.Value,
            StaleSnapshots = tally.StaleSnapshots.Value,
            FailedSnapshots = tally.FailedSnapshots.Value,
            Refusals = Refusals,
            Waits = rest.Waited,
            Pings = lanes.Sum(l => l.Pings),
            DaysSealed = finisher.Sealed,
            Damaged = [.. damaged],
            Delays = delays,
            ClockOffsets = offsets.Offsets,
            HoleCount = tally.HoleCount,
            Holes = tally.Holes(),
            IncidentCount = tally.IncidentCount,
            Incidents = tally.Incidents(),
            Symbols = [.. all.Select(Report)],
        };
    }

    private SymbolReport Report(SymbolCapture symbol) => new()
    {
        Symbol = symbol.Symbol,
        Recording = recordings[symbol.Symbol].Name,
        ContinuedFrom = recordings[symbol.Symbol].From,
        Counts = symbol.Recorder.Counts,
        Gaps = symbol.Gaps,
        MissingTrades = symbol.MissingTrades,
        Book = symbol.Recorder.Tracker.State,
        LastUpdateId = symbol.Recorder.Tracker.LastUpdateId,
        QuotesChecked = symbol.Recorder.Quotes.Checked,
        QuotesMatched = symbol.Recorder.Quotes.Matched,
        Streams = [.. streams.Where(s => s.StartsWith($"market/{symbol.Symbol}/", StringComparison.Ordinal))],
    };
}
