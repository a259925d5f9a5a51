using EventSourcedMM.Live.Binance;
using EventSourcedMM.Live.Capturing;
using EventSourcedMM.Live.Connections;
using EventSourcedMM.Live.Instruments;
using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Cli.Checks;

/// <summary>Component ws: connecting, pings and their pongs, latency, reconnecting.</summary>
public static class SocketChecks
{
    // Three pings, and a minute in which a missing pong would end the connection.
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(85);

    // One ping must be seen, whatever time the other components are given.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(45);

    /// <summary>Runs them.</summary>
    public static async Task RunAsync(CheckContext context, CancellationToken ct)
    {
        var asked = context.AtMost(Length);
        var length = asked > Least ? asked : Least;
        context.Progress(FormattableString.Invariant($"ws: listening for {length.TotalSeconds:0} s"));
        var time = await context.AskAsync(() => context.Rest.TimeAsync(context.Clock, ct), ct);
        var info = await context.AskAsync(() => context.Rest.ExchangeInfoAsync(context.Symbols, ct), ct);
        var sink = new Listener(context, info, time.Offset);
        string[] streams = [.. context.Symbols.SelectMany(s => CaptureStreams.Usual.Select(k => CaptureStreams.Of(s, k)))];
        var began = WallClock.Timers.GetTimestamp();
        await using (var connection = await StreamConnection.OpenAsync(1, context.Endpoint, streams, context.Clock, sink, TimeSpan.FromHours(23), ct))
        {
            context.Report("ws", "connect", true, $"{WallClock.Timers.GetElapsedTime(began).TotalMilliseconds:0} ms to {context.Endpoint.Streams.Authority}", "");
            connection.Start();
            var ended = await Task.WhenAny(connection.Ended, Task.Delay(length, context.Clock, ct)) == connection.Ended;
            ct.ThrowIfCancellationRequested();
            context.Report("ws", "stays open", !ended, $"{(ended ? connection.Ended.Result : "open after " + Text(length))}", "the line broke: look at proxies and firewalls that end long connections");
            var expected = (int)(length.TotalSeconds / 20) - 1;
            context.Report("ws", "ping and pong", connection.Pings >= expected, $"{connection.Pings} pings answered in {Text(length)}", "pings do not arrive: something between holds frames back");
            context.Report("ws", "messages", sink.Messages > 0 && sink.Bad == 0, $"{sink.Messages:N0} messages, {sink.Bad} that could not be read", sink.Bad > 0 ? "the venue sends what mm does not know: a newer protocol, or something between changes it" : "nothing comes: the symbol may not trade, or its name is wrong");
            var delays = sink.Delays;
            if (delays.Count > 0)
            {
                var p99 = delays.Percentile(0.99)!.Value / 1e6;
                context.Report("ws", "latency", p99 < 1_000 * context.Clock.Factor, $"{delays.Percentile(0.5)!.Value / 1e6:0.0}/{delays.Percentile(0.9)!.Value / 1e6:0.0}/{p99:0.0} ms (50, 90, 99 %, corrected by the clock's offset)", "a second late is too late to quote: move nearer to the venue, or ask for fewer streams");
            }

            await connection.CloseAsync();
        }

        await ReconnectAsync(context, sink, streams, ct);
    }

    private static async Task ReconnectAsync(CheckContext context, Listener sink, string[] streams, CancellationToken ct)
    {
        var before = sink.Messages;
        var began = WallClock.Timers.GetTimestamp();
        await using var again = await StreamConnection.OpenAsync(2, context.Endpoint, streams, context.Clock, sink, TimeSpan.FromHours(23), ct);
        again.Start();
        var longest = context.Clock.Patience(TimeSpan.FromSeconds(30));
        var waited = context.Clock.GetTimestamp();
        while (sink.Messages == before && context.Clock.GetElapsedTime(waited) < longest && !again.Ended.IsCompleted)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), WallClock.Timers, ct);
        }

        context.Report("ws", "reconnect", sink.Messages > before, $"first message after {WallClock.Timers.GetElapsedTime(began).TotalMilliseconds:0} ms", "the second connection stays silent: the venue may limit connections of this address (300 in five minutes)");
        await again.CloseAsync();
    }

    private static string Text(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0} s");

    private sealed class Listener(CheckContext context, byte[] exchangeInfo, long offset) : IStreamSink
    {
        private readonly StreamParser[] parsers = [.. context.Symbols.Select(s => new StreamParser(InstrumentJson.Read(exchangeInfo, s, "exchangeInfo", InstrumentSource.ExchangeInfo)!))];
        private long messages;

        public DelayHistogram Delays { get; } = new();

        public long Messages => Volatile.Read(ref messages);

        public long Bad { get; private set; }

        public void OnBurst(StreamConnection connection)
        {
        }

        public void OnMessage(StreamConnection connection, long receiveTime, ReadOnlySpan<byte> utf8)
        {
            Interlocked.Increment(ref messages);
            foreach (var parser in parsers)
            {
                var kind = parser.Parse(utf8);
                if (kind == MessageKind.OtherSymbol)
                {
                    continue;
                }

                Bad += kind == MessageKind.Malformed ? 1 : 0;
                var stamp = context.Clock.Follows ? context.Clock.Saw(parser.Message.VenueTime) : receiveTime;
                if (parser.Message.VenueTime != 0)
                {
                    Delays.Add(stamp - parser.Message.VenueTime - offset);
                }

                return;
            }
        }

        public void OnBurstEnd(StreamConnection connection)
        {
        }
    }
}
