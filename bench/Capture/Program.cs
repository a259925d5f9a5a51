using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

// Copies the BTCUSDT recording under many names, for a venue that serves so many symbols as a process of its own:
//   dotnet run -c Release --project bench/Capture -- SOURCE_STORE TARGET_STORE [symbols=50]
//   ./mm venue --symbols B01USDT,… --store TARGET_STORE --speed 10 --repeat --weight-limit 1000000
// The names are B01USDT, B02USDT, …
if (args.Length is < 2 or > 3)
{
    Console.Error.WriteLine("usage: SOURCE_STORE TARGET_STORE [symbols]");
    return 2;
}

var count = args.Length > 2 ? int.Parse(args[2], NumberStyles.None, CultureInfo.InvariantCulture) : 50;
var source = new JournalStore(args[0], TimeProvider.System);
var target = new JournalStore(args[1], TimeProvider.System);
await foreach (var day in source.ListAsync("market/BTCUSDT/"))
{
    for (var number = 1; number <= count; number++)
    {
        var symbol = string.Create(CultureInfo.InvariantCulture, $"B{number:00}USDT");
        var name = StreamName.Market(symbol, day.Parts[2], day.Parts[3]);
        using var copy = target.CreateDetached(name);
        using var events = source.OpenSource(day);
        var batch = new EventBatch();
        while (events.Read(out var header, out var payload))
        {
            if (header.Type == EventType.InstrumentDefined)
            {
                var reader = new CanonicalReader(payload, new LevelArena());
                var instrument = default(InstrumentDefined);
                InstrumentDefined.Describe(ref reader, ref instrument);
                batch.Add(header, instrument with { Symbol = symbol });
            }
            else
            {
                batch.Add(header, payload);
            }

            if (batch.Count == 4_096)
            {
                copy.Writer.Append(batch);
                batch.Clear();
            }
        }

        if (batch.Count > 0)
        {
            copy.Writer.Append(batch);
        }

        copy.Writer.Seal("bench", source.ReadManifest(day)!.Notes);
        copy.Publish();
    }
}

return 0;
