using System.Security.Cryptography;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Units;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>
/// A backtest's name: it ends in the hash of the run's first event as first written, without the name and the number of
/// event schemas, which decides nothing: a program that learned another event makes the same run. The same run has the same
/// name everywhere: running it twice cannot give two runs, or two results.
/// </summary>
public static class RunName
{
    private const int HashDigits = 10;

    /// <summary>The name that a first event of today's version gives its run.</summary>
    public static string Of(RunStarted started)
    {
        started.Run = "";
        started.Schema = 0;

        // What carries nothing is what version 2 could say, and keeps the name that it had.
        return started.CarriedDayPnl == 0 && started.CarriedDrawdown == 0 ? Of(RunStartedVersion2.Of(started), started) : Of(started, started);
    }

    /// <summary>The name that a stored first event gives its run.</summary>
    /// <param name="header">Its header, as stored.</param>
    /// <param name="payload">Its payload, of the version it was first written in.</param>
    /// <exception cref="UnknownEventException">This program does not know the version.</exception>
    public static string Of(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Type == EventType.RunStarted && header.Version == RunStarted.Version)
        {
            return Of(PayloadBytes.Read<RunStarted>(payload, new LevelArena()));
        }

        if (header.Type == EventType.RunStarted && header.Version == RunStartedVersion2.Version)
        {
            return Of(PayloadBytes.Read<RunStartedVersion2>(payload, new LevelArena()).Next());
        }

        if (header.Type == EventType.RunStarted && header.Version == RunStartedVersion1.Version)
        {
            var first = PayloadBytes.Read<RunStartedVersion1>(payload, new LevelArena());
            first.Run = "";
            return Of(first, first.Next().Next());
        }

        throw new UnknownEventException(header, "this program does not know how its run was named");
    }

    private static string Of<T>(in T written, in RunStarted started)
        where T : struct, IPayload<T>
    {
        var buffer = new ByteBuffer(4096);
        EventRecord.WritePayload(buffer, written);
        var hash = Convert.ToHexStringLower(SHA256.HashData(buffer.Span));

        // The middle of a day east or west of Greenwich lies in the UTC day that the user named.
        var middle = (Int128)started.WindowEnd - started.WindowStart <= 2 * Nanoseconds.PerDay
            ? started.WindowStart + ((started.WindowEnd - started.WindowStart) / 2)
            : started.WindowStart;
        var day = NodaTime.Instant.FromUnixTimeTicks(middle / 100).InUtc().Date;
        return $"{started.Kind}-{started.Symbol.ToLowerInvariant()}-{NodaTime.Text.LocalDatePattern.CreateWithInvariantCulture("uuuuMMdd").Format(day)}-{hash[..HashDigits]}";
    }
}
