using System.Buffers;
using System.Globalization;
using System.Text.Json;
using EventSourcedMM.VenueSim.Faults;
using EventSourcedMM.VenueSim.Lockstep;
using EventSourcedMM.VenueSim.Market;
using EventSourcedMM.VenueSim.Rest;
using EventSourcedMM.VenueSim.Sockets;
using EventSourcedMM.VenueSim.Time;
using EventSourcedMM.VenueSim.Wire;
using NodaTime;
using NodaTime.Text;

namespace EventSourcedMM.VenueSim.Control;

/// <summary>What the control endpoint tells and does (docs/venue.md). Used by the loop alone.</summary>
internal sealed class ControlDesk(
    VenueClock clock, TimerQueue timers, VenueLoop loop, ConnectionDesk desk, RestDesk rest, FaultDirector faults, FaultEpisodes episodes, LockstepDesk lockstep, IReadOnlyList<SymbolMarket> markets)
{
    /// <summary>State of the venue.</summary>
    public byte[] Status() => Write(json =>
    {
        WriteClock(json);
        json.WriteBoolean("ended", loop.HasEnded);
        json.WriteNumber("connections", desk.Connections.Count);
        json.WriteNumber("connectionsOpened", desk.Opened);
        json.WriteNumber("requests", rest.Requests);
        json.WriteNumber("usedWeight", rest.UsedWeight);
        json.WriteStartArray("symbols");
        foreach (var market in markets)
        {
            var tape = market.Tape;
            json.WriteStartObject();
            json.WriteString("symbol", market.Symbol);
            json.WriteString("status", market.Status);
            json.WriteString("book", tape.Tracker.State.ToString());
            json.WriteNumber("lastUpdateId", tape.UpdateId);
            json.WriteNumber("events", tape.Delivered);
            json.WriteNumber("pass", tape.Pass);
            json.WriteString("next", tape.NextTime == long.MaxValue ? null : Text(tape.NextTime));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("faults");
        foreach (var kind in FaultNames.All)
        {
            json.WriteNumber(kind.Name(), faults.Log.Count(kind));
        }

        json.WriteEndObject();
        json.WriteNumber("faultsWaiting", faults.Waiting);
        if (lockstep.IsOn)
        {
            json.WriteStartObject("lockstep");
            json.WriteBoolean("client", lockstep.HasClient);
            json.WriteNumber("item", lockstep.Item);
            json.WriteNumber("waiting", lockstep.Waiting);
            json.WriteEndObject();
        }
    });

    /// <summary>Halts a symbol, or lets it trade again.</summary>
    /// <exception cref="ControlArgumentException">There is no such symbol or status.</exception>
    public byte[] SetStatus(string symbol, string status)
    {
        var market = markets.FirstOrDefault(m => m.Symbol == symbol) ?? throw new ControlArgumentException($"symbol={symbol} is not served here.");
        market.IsHalted = status switch
        {
            "HALT" => true,
            "TRADING" => false,
            _ => throw new ControlArgumentException($"status={status} is neither HALT nor TRADING."),
        };
        return Status();
    }

    /// <summary>The clock.</summary>
    public byte[] Clock() => Write(WriteClock);

    /// <summary>The clock once it shows a time. At full speed it runs up to there, whoever reads.</summary>
    public Task<byte[]> ClockAt(long time)
    {
        var shown = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        timers.Set(time, () => shown.TrySetResult(Clock()), isDemanded: true);
        return shown.Task;
    }

    /// <summary>Open connections.</summary>
    public byte[] Connections() => Write(json =>
    {
        json.WriteStartArray("connections");
        foreach (var connection in desk.Connections)
        {
            json.WriteStartObject();
            json.WriteNumber("id", connection.Id);
            json.WriteString("client", connection.Client);
            json.WriteString("opened", Text(connection.OpenedAt));
            json.WriteBoolean("combined", connection.Combined);
            json.WriteString("timeUnit", connection.Unit == TimeUnit.Microsecond ? "MICROSECOND" : "MILLISECOND");
            json.WriteNumber("messages", connection.Messages);
            json.WriteNumber("bytes", connection.Outbox.Written);
            json.WriteNumber("queuedBytes", connection.Outbox.Queued);
            json.WriteBoolean("halfOpen", connection.IsHalfOpen);
            json.WriteBoolean("closing", connection.IsClosing);
            json.WriteBoolean("stalled", connection.IsStalled);
            json.WriteBoolean("awaitsPong", connection.Pings.OldestDue is not null);
            json.WriteStartArray("streams");
            foreach (var topic in connection.Topics)
            {
                json.WriteStringValue(topic.Name);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Faults that were done, from a number on.</summary>
    public byte[] Faults(long from) => Write(json =>
    {
        json.WriteNumber("total", faults.Log.Total);
        json.WriteStartArray("faults");
        foreach (var entry in faults.Log.Entries)
        {
            if (entry.Number >= from)
            {
                WriteFault(json, entry);
            }
        }

        json.WriteEndArray();
    });

    /// <summary>Stands the clock.</summary>
    public byte[] Pause()
    {
        loop.Pause();
        return Clock();
    }

    /// <summary>Runs the clock.</summary>
    public byte[] Resume()
    {
        loop.Resume();
        return Clock();
    }

    /// <summary>Another speed.</summary>
    public byte[] SetSpeed(VenueSpeed speed)
    {
        clock.Set(speed);
        return Clock();
    }

    /// <summary>While paused, delivers events, or everything up to a time.</summary>
    /// <exception cref="ControlArgumentException">The venue is not paused.</exception>
    public Task<byte[]> Step(long events, long until)
    {
        if (!loop.IsPaused)
        {
            throw new ControlArgumentException("step: the venue is not paused; POST /sim/pause first.");
        }

        var done = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Step(events, until, () => done.TrySetResult(Clock()));
        return done.Task;
    }

    /// <summary>Does a fault, or has it wait for the next message or request that it fits.</summary>
    public byte[] Ask(FaultOrder order)
    {
        var hit = 0;
        if (FaultRule.HitsConnections(order.Rule.Kind))
        {
            hit = desk.Do(order);
        }
        else if (order.Rule.Kind is FaultKind.WrongClock or FaultKind.Shutdown)
        {
            episodes.Do(order.Rule, asked: true);
            hit = 1;
        }
        else
        {
            faults.Ask(order);
        }

        return Write(json =>
        {
            json.WriteString("kind", order.Rule.Kind.Name());
            json.WriteNumber("done", hit);
            json.WriteNumber("waiting", faults.Waiting);
        });
    }

    private static string Text(long time) =>
        InstantPattern.ExtendedIso.Format(NodaConstants.UnixEpoch + Duration.FromNanoseconds(time));

    private static byte[] Write(Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteFault(Utf8JsonWriter json, FaultEntry entry)
    {
        json.WriteStartObject();
        json.WriteNumber("number", entry.Number);
        json.WriteString("time", Text(entry.Time));
        json.WriteString("nanoseconds", entry.Time.ToString(CultureInfo.InvariantCulture));
        json.WriteString("kind", entry.Kind.Name());
        json.WriteNumber("connection", entry.Connection);
        json.WriteString("subject", entry.Subject);
        json.WriteNumber("firstId", entry.FirstId);
        json.WriteNumber("lastId", entry.LastId);
        json.WriteNumber("milliseconds", entry.Length / 1e6);
        json.WriteString("detail", entry.Detail);
        json.WriteBoolean("asked", entry.Asked);
        json.WriteEndObject();
    }

    private void WriteClock(Utf8JsonWriter json)
    {
        // Nanoseconds as text: they do not fit the numbers that many JSON readers have.
        json.WriteString("now", Text(clock.Now));
        json.WriteString("nanoseconds", clock.Now.ToString(CultureInfo.InvariantCulture));
        json.WriteString("speed", clock.Speed.ToString());
        json.WriteBoolean("paused", loop.IsPaused);
        json.WriteNumber("behindMilliseconds", clock.Speed.IsMax || loop.IsPaused ? 0 : Math.Max(0, clock.Target - clock.Now) / 1e6);
        json.WriteNumber("clockErrorMilliseconds", faults.ClockError / 1e6);
    }
}

/// <summary>A control request that makes no sense; the message says why.</summary>
internal sealed class ControlArgumentException(string what) : Exception(what);
