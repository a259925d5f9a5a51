using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Instruments;

namespace EventSourcedMM.Live.Import;

/// <summary>
/// Finds the instrument that a session begins with: the user's file, else exchangeInfo before the symbol's first message,
/// else the stored recording that it continues, else the shipped list, else exchangeInfo among the first lines after
/// messages of the symbol, else what the printed prices and quantities say. exchangeInfo that comes later than the
/// symbol's first message applies from where it stands, unless nothing else is known of the time before it.
/// </summary>
internal static class InstrumentFinder
{
    // A recorder that records exchangeInfo does so when it starts.
    private const int LinesToLookAt = 1_000;

    // Scales to try when quantities do not fit: tokens by the trillion have no use for eight decimals.
    private static readonly int[] QuantityDecimals = [8, 5, 2, 0];

    /// <summary>The instrument, and a warning when it is a guess.</summary>
    public static (Instrument Instrument, string? Warning) Find(
        string symbol, IReadOnlyList<RecorderFileInfo> files, ImportOptions options, Instrument? continued, Action<long, long>? progress, CancellationToken ct)
    {
        if (options.InstrumentFile is { } path)
        {
            return (InstrumentJson.ReadFile(path, symbol), null);
        }

        var recorded = Recorded(symbol, files[0], out var line, out var late);
        if (((late ? null : recorded) ?? continued ?? ShippedInstruments.Find(symbol)) is { } known)
        {
            return (known, null);
        }

        if (recorded is not null)
        {
            return (recorded, $"the instrument of {symbol} is taken from exchangeInfo at line {line} of {files[0].Path}, also for the messages before it: nothing else is known of it");
        }

        foreach (var decimals in QuantityDecimals)
        {
            var provisional = InstrumentInference.Provisional(symbol, new Scale(decimals));
            var observer = new Observer();
            try
            {
                new SessionReader(files, new StreamParser(provisional), options.AllowCut).Run(observer, progress, ct);
            }
            catch (ImportException) when (observer.Overflow && decimals > 0)
            {
                // Where no quantity fits, no line seems to be the symbol's: the next scale shows what there is.
                continue;
            }

            if (observer.Overflow && decimals > 0)
            {
                continue;
            }

            var inferred = InstrumentInference.Infer(provisional, observer.Grid);
            return (inferred, $"the instrument of {symbol} is inferred from the recording: tick {inferred.FormatPrice(inferred.Tick)}, lot {inferred.FormatQuantity(inferred.Lot)}, smallest order value unknown; give the venue's values with --instrument");
        }

        throw new InvalidOperationException("unreachable: the last scale is always taken");
    }

    // Late: a message of the symbol comes before it.
    private static Instrument? Recorded(string symbol, RecorderFileInfo first, out long number, out bool late)
    {
        late = false;
        number = 0;
        var mark = System.Text.Encoding.ASCII.GetBytes($"\"{symbol.ToLowerInvariant()}@");
        using var file = RecorderFile.Open(first.Path);
        for (var i = 0; i < LinesToLookAt && file.Read(out var line); i++)
        {
            number = file.LineNumber;
            late |= line.IndexOf(mark) >= 0 || line.IndexOf("\"lastUpdateId\""u8) >= 0;
            if (line.IndexOf("\"symbols\""u8) >= 0 && RecorderLine.TryParse(line, out var parsed, out _))
            {
                try
                {
                    return InstrumentJson.Read(parsed.Message.ToArray(), symbol, $"{first.Path} line {file.LineNumber}", InstrumentSource.ExchangeInfo);
                }
                catch (InstrumentException)
                {
                    // Cut, or something else with that word in it; the import reports the line.
                    return null;
                }
            }
        }

        return null;
    }

    private sealed class Observer : ISessionHandler
    {
        // Room for a thousand of the largest level, as for scales from exchangeInfo.
        private const long LargestUnits = long.MaxValue / 1_000;

        public GridObserver Grid { get; } = new();

        public bool Overflow { get; private set; }

        public void OnMessage(SessionReader at, long receiveTime, MarketMessage message)
        {
            Grid.Observe(message);
            Overflow |= message.Kind == MessageKind.Malformed && message.VenueMessage.Problem.Contains("does not fit 64 bits at", StringComparison.Ordinal);
            Overflow |= Grid.LargestQuantity > LargestUnits;
        }

        public void OnBrokenLine(SessionReader at, long receiveTime, ReadOnlySpan<byte> line, string problem)
        {
        }
    }
}
