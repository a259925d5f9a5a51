using System.Globalization;
using EventSourcedMM.Bench.Days;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

// Tiles the BTCUSDT recording into full days, stored as a recording of their own: the same bytes every time.
//   dotnet run -c Release --project bench/Days -- SOURCE_STORE TARGET_STORE [days=1] [tickers | N]
// Part of a day is made with a fraction, such as 0.02. tickers lays the recording's best quotes too (13 million events a day), N every N-th of them
// (5.1 million with 6).
// SOURCE_STORE holds the recording (./mm import data/sample/binance-spot-btcusdt-2024-08-08/*.gz --symbol BTCUSDT --store DIR).
const long Start = 1_723_075_200_000_000_000; // 2024-08-08T00:00:00Z
if (args.Length is < 2 or > 4)
{
    Console.Error.WriteLine("usage: SOURCE_STORE TARGET_STORE [days] [tickers | N]");
    return 2;
}

var days = args.Length > 2 ? decimal.Parse(args[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) : 1;
var quotesEvery = args.Length <= 3 ? 0 : args[3] == "tickers" ? 1 : int.Parse(args[3], NumberStyles.None, CultureInfo.InvariantCulture);
var source = new JournalStore(args[0], TimeProvider.System);
var names = new List<StreamName>();
await foreach (var name in source.ListAsync("market/BTCUSDT/"))
{
    names.Add(name);
}

if (names.Count == 0)
{
    Console.Error.WriteLine($"{args[0]} holds no day of BTCUSDT: import data/sample/binance-spot-btcusdt-2024-08-08/*.gz into it first.");
    return 2;
}

var tile = Tile.Read(names.OrderBy(n => n.Value, StringComparer.Ordinal).Select(n => (IEventSource)source.OpenSource(n)));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"tile: {tile.Diffs.Count:N0} diffs, {tile.Trades.Count:N0} trades, {tile.Quotes.Count:N0} best quotes in {tile.Length / 1e9:0.0} s"));
new DayGenerator(new JournalStore(args[1], TimeProvider.System), tile, quotesEvery).Run(Start, (long)(days * DayGenerator.Day));
return 0;
