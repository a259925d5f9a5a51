using System.Globalization;
using System.Text;
using System.Threading.Channels;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Gateway;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Trading;

/// <summary>
/// A made-up market through the whole of what a message goes through in a live run (parser, recording, journal, engine, orders and
/// their answers), in a store of its own that is thrown away, and made-up orders through a gateway: the first quote and the first order then find
/// their code compiled. Nothing of it leaves the process or is seen in the run.
/// </summary>
public static class WarmUp
{
    private const string Prefix = "mm-warm-up-";
    private const int Rounds = 4;
    private const int MessagesOfRound = 1_200;

    // The runtime begins to count calls, and compiles what is called often, when nothing new was started for a moment.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    private static readonly Instrument Made = new Instrument
    {
        Symbol = "WARMUSDT", BaseAsset = "WARM", QuoteAsset = "USDT", Tick = 1_000_000, Lot = 1_000, MinQuantity = 1_000, MinNotional = (Int128)5 * 100_000_000 * 100_000_000,
    }.Validated();

    // One process compiles once.
    private static readonly Lock Once = new();
    private static Task<WarmUpResult?>? done;

    /// <summary>Does it, unless this process has; done when everything was called often enough.</summary>
    /// <param name="options">The run's: its mode decides whether orders fill at the simulated venue or are answered by a gateway.</param>
    /// <returns>What it came to; null where the machine has no room for a store that is thrown away.</returns>
    public static Task<WarmUpResult?> RunAsync(LiveOptions options)
    {
        lock (Once)
        {
            return done ??= Task.Run(() => AgainAsync(options));
        }
    }

    /// <summary>Does it in any case.</summary>
    internal static async Task<WarmUpResult?> AgainAsync(LiveOptions options)
    {
        DirectoryInfo folder;
        try
        {
            folder = Directory.CreateTempSubdirectory(Prefix);
            Sweep(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The run is the same without; its first quotes wait for the compiler.
            return null;
        }

        try
        {
            return await PlayAsync(options, folder.FullName).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JournalFailedException)
        {
            // The same: a disk without room is the run's own to find.
            return null;
        }
        catch (Exception e)
        {
            // Whatever it is, the run has nothing of it and is none the worse: it would be swept and left for no reason of its own.
            return new WarmUpResult(0, 0, 0, e, 0, folder.FullName);
        }
        finally
        {
            try
            {
                folder.Delete(recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A few kilobytes where the system keeps what nobody needs.
            }
        }
    }

    // What a process that was killed meanwhile has left; one that is at it has written a moment ago.
    private static void Sweep(DirectoryInfo own)
    {
        foreach (var left in own.Parent!.EnumerateDirectories(Prefix + "*").Where(d => d.LastWriteTimeUtc < own.LastWriteTimeUtc.AddHours(-1)))
        {
            left.Delete(recursive: true);
        }
    }

    private static async Task<WarmUpResult> PlayAsync(LiveOptions options, string folder)
    {
        // A liquid symbol's: the horizon is derived, as the shipped configurations have it.
        var configuration = new[]
        {
            ("gamma", "0.339"), ("k", "0.1521"), ("a", "0.3207"), ("sigma_reference", "7.928"), ("max_inventory", "0.05"), ("inventory_threshold", "0.025"), ("order_size", "0.005"),
            ("stop_loss", "1000000"), ("max_drawdown", "1000000"), ("own_orders_in_book", options.Mode == LiveMode.Paper ? "false" : "true"),
        }.Aggregate(StrategyConfiguration.Default, (c, p) => c.With(p.Item1, p.Item2));
        var made = new LiveOptions
        {
            Mode = options.Mode,
            Capture = options.Capture,
            Strategies = new Dictionary<string, StrategyConfiguration> { [Made.Symbol] = configuration },
            Queue = options.Queue,
            FeePartsPerMillion = options.FeePartsPerMillion,
            Header = options.Header,
            EngineVersion = options.EngineVersion,
            Notes = options.Notes,
        };
        await using var store = new JournalStore(folder, Clock.Timers);
        var market = new MadeMarket();
        var clock = Clock.Simulated(market.Now, null);
        var gate = new Lock();
        Exception? failure = null;
        using var symbol = new LiveSymbol(made, store, $"{made.Mode.Name()}-warm-up", new TapContext(Made.Symbol, Made, "warm-up", null, clock, gate), (_, e) => failure ??= e);
        var desk = made.Mode == LiveMode.Paper ? null : new AnsweringDesk(Made);
        if (desk is not null)
        {
            symbol.Connect(desk);
        }

        var info = new RecordingInfo { Name = "warm-up", Source = "made up", ReceiveClock = "ns", Recorder = made.Capture.Recorder };
        JournalWriter? writer = null;
        var recorder = new MarketRecorder(info, Made, name => new JournalDayWriter(writer = store.OpenWriter(name, Durability.OnClose)), _ => { }) { Tap = symbol };
        try
        {
            var parser = new StreamParser(Made);
            var allocated = 0L;
            for (var round = 0; round < Rounds; round++)
            {
                allocated = 0;
                for (var i = 0; i < MessagesOfRound && failure is null; i++)
                {
                    var next = market.Next();
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    parser.Parse(next);
                    lock (gate)
                    {
                        symbol.OnRead(Clock.Timers.GetTimestamp());
                        recorder.Record(market.Now, parser.Message);
                        symbol.OnClock(market.Now);
                        desk?.Answer(symbol, market.Now);
                    }

                    if (i % 100 == 0)
                    {
                        recorder.Day!.WriteOut();
                        symbol.WriteOut();
                    }

                    allocated += GC.GetAllocatedBytesForCurrentThread() - before;
                }

                recorder.Day?.Flush();
                symbol.Flush();
                await Task.Delay(Pause, Clock.Timers).ConfigureAwait(false);
            }

            var account = made.Mode == LiveMode.Paper ? null : await GatewayWarmUp.PlayAsync(Made, market.Now, Pause).ConfigureAwait(false);
            return new WarmUpResult(recorder.Counts.DepthDiffs + recorder.Counts.Trades, symbol.State.Decisions, symbol.State.LastOrderId, failure ?? account?.Failure, allocated / MessagesOfRound, folder) { Account = account };
        }
        finally
        {
            writer?.Dispose();
        }
    }

    // A price that walks, twenty levels a side, prints that go through our quotes now and then. No two are alike, none is drawn by chance.
    private sealed class MadeMarket
    {
        private const long Start = 1_700_000_000_000_000_000;

        private readonly StringBuilder text = new();
        private byte[] bytes = new byte[4_096];
        private long update = 1_000;
        private long price = 6_000_000;
        private long trade;
        private long count;
        private uint seed = 2_463_534_242;

        public long Now => Start + (count * 25_000_000);

        public ReadOnlySpan<byte> Next()
        {
            text.Clear();
            count++;
            var step = Draw(7) - 3;
            var stamp = Now / 1_000_000;
            switch (count % 8)
            {
                case 1 when count == 1:
                    text.Append(CultureInfo.InvariantCulture, $"{{\"lastUpdateId\":{update},\"bids\":[");
                    Sides(40);
                    text.Append("]}");
                    break;
                case 3:
                    var isSell = Draw(2) == 0;
                    text.Append(CultureInfo.InvariantCulture, $"{{\"stream\":\"warmusdt@trade\",\"data\":{{\"e\":\"trade\",\"E\":{stamp},\"s\":\"WARMUSDT\",\"t\":{++trade},\"p\":\"{Price(price + ((isSell ? -1 : 1) * Draw(900)))}\",\"q\":\"0.0{Draw(90) + 10}00000\",\"T\":{stamp},\"m\":{(isSell ? "true" : "false")},\"M\":true}}}}");
                    break;
                case 5:
                    text.Append(CultureInfo.InvariantCulture, $"{{\"stream\":\"warmusdt@bookTicker\",\"data\":{{\"u\":{update},\"s\":\"WARMUSDT\",\"b\":\"{Price(price - 1)}\",\"B\":\"1.50000000\",\"a\":\"{Price(price + 1)}\",\"A\":\"1.50000000\"}}}}");
                    break;
                case 7:
                    text.Append(CultureInfo.InvariantCulture, $"{{\"stream\":\"warmusdt@depth20@100ms\",\"data\":{{\"lastUpdateId\":{update},\"bids\":[");
                    Sides(20);
                    text.Append("]}}");
                    break;
                default:
                    // What the price leaves behind goes, what it comes to is new.
                    var before = price;
                    price += step;
                    var first = update + 1;
                    update += 5;
                    text.Append(CultureInfo.InvariantCulture, $"{{\"stream\":\"warmusdt@depth@100ms\",\"data\":{{\"e\":\"depthUpdate\",\"E\":{stamp},\"s\":\"WARMUSDT\",\"U\":{first},\"u\":{update},\"b\":[");
                    Gone(price - 1, before - 1, -1);
                    Levels(-1, 20, 1);
                    text.Append("],\"a\":[");
                    Gone(price + 1, before + 1, 1);
                    Levels(1, 20, 1);
                    text.Append("]}}");
                    break;
            }

            var length = Encoding.UTF8.GetMaxByteCount(text.Length);
            bytes = bytes.Length < length ? new byte[length] : bytes;
            return bytes.AsSpan(0, Encoding.UTF8.GetBytes(text.ToString(), bytes));
        }

        // Both sides of a whole book, from the opening of the bids to before the closing of the asks.
        private void Sides(int depth)
        {
            Levels(-1, depth, 0);
            text.Append("],\"asks\":[");
            Levels(1, depth, 0);
        }

        private void Levels(int side, int levels, int least)
        {
            for (var i = 1; i <= levels; i++)
            {
                text.Append(i > 1 ? "," : "").Append(CultureInfo.InvariantCulture, $"[\"{Price(price + (side * i))}\",\"{Draw(9) + least}.{Draw(90) + 10}000000\"]");
            }
        }

        // The best price moved away from the middle: the levels between are empty now.
        private void Gone(long best, long before, int side)
        {
            for (var level = before; side * (best - level) > 0; level += side)
            {
                text.Append(CultureInfo.InvariantCulture, $"[\"{Price(level)}\",\"0.00000000\"],");
            }
        }

        private static string Price(long hundredths) => string.Create(CultureInfo.InvariantCulture, $"{hundredths / 100}.{hundredths % 100:00}000000");

        private int Draw(int below)
        {
            seed ^= unchecked(seed << 13);
            seed ^= seed >> 17;
            seed ^= unchecked(seed << 5);
            return (int)(seed % (uint)below);
        }
    }

    // Takes every order and cancels what it is asked to, at once.
    private sealed class AnsweringDesk(Instrument instrument) : IOrderDesk
    {
        private readonly List<GatewayRequest> waiting = [];
        private readonly List<GatewayRequest> answering = [];
        private bool isUp;

        public Instrument Instrument => instrument;

        public ChannelReader<GatewayEvent> Events { get; } = Channel.CreateUnbounded<GatewayEvent>().Reader;

        public int Unanswered => waiting.Count;

        public void Submit(ReadOnlySpan<GatewayRequest> requests) => waiting.AddRange(requests);

        public void Reconcile()
        {
        }

        public void AllowOrders()
        {
        }

        public void Answer(LiveSymbol symbol, long now)
        {
            if (!isUp)
            {
                isUp = true;
                const long much = 1_000_000L * 100_000_000;
                symbol.OnAccount(new GatewayEvent<ConnectionChanged>(new ConnectionChanged { Connection = ConnectionChanged.Account, Up = true, Detail = "made up" }, 0, now, 0));
                symbol.OnAccount(new GatewayEvent<BalanceReported>(new BalanceReported { BaseFree = much, QuoteFree = (Int128)much * 100_000_000, UpdateTime = now }, 0, now, 0));
            }

            answering.Clear();
            answering.AddRange(waiting);
            waiting.Clear();
            foreach (var (request, sequence) in answering)
            {
                symbol.OnAccount(request.IsCancel
                    ? new GatewayEvent<OrderCancelled>(new OrderCancelled { OrderId = request.OrderId }, now, now, sequence)
                    : new GatewayEvent<OrderAccepted>(new OrderAccepted { OrderId = request.OrderId, VenueOrderId = request.OrderId }, now, now, sequence));
            }
        }
    }
}

/// <summary>What warming up came to.</summary>
/// <param name="Messages">Messages of the made-up market that were recorded: diffs and trades.</param>
/// <param name="Decisions">Decisions of the engine.</param>
/// <param name="Orders">Orders it asked for.</param>
/// <param name="Failure">What stopped it; null for nothing. The run is none the worse for it.</param>
/// <param name="BytesAMessage">Bytes that the last of the messages allocated, each with all that followed from it.</param>
/// <param name="Folder">Where the store was that is gone.</param>
public sealed record WarmUpResult(long Messages, long Decisions, long Orders, Exception? Failure, long BytesAMessage, string Folder)
{
    /// <summary>What the made-up account told of the orders of a gateway; null on paper, which has none.</summary>
    public GatewayWarmUpResult? Account { get; init; }
}
