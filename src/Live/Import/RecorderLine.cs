using EventSourcedMM.Domain.Units;

namespace EventSourcedMM.Live.Import;

/// <summary>A recorder's line taken apart: local stamp, white space, message.</summary>
public readonly ref struct RecorderLine
{
    private RecorderLine(long receiveTime, ReceiveClock clock, ReadOnlySpan<byte> message)
    {
        ReceiveTime = receiveTime;
        Clock = clock;
        Message = message;
    }

    /// <summary>The stamp in nanoseconds since the epoch.</summary>
    public long ReceiveTime { get; }

    /// <summary>The stamp's resolution.</summary>
    public ReceiveClock Clock { get; }

    /// <summary>The message as recorded.</summary>
    public ReadOnlySpan<byte> Message { get; }

    /// <summary>Takes a line apart; false with the reason when it has no stamp or no message.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out RecorderLine parsed, out string problem)
    {
        parsed = default;
        problem = "";
        var digits = 0;
        long stamp = 0;
        for (; digits < line.Length && line[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
        {
            if (digits < 19)
            {
                stamp = unchecked((stamp * 10) + (line[digits] - '0'));
            }
        }

        ReceiveClock clock;
        switch (digits)
        {
            case 10: clock = ReceiveClock.Seconds; break;
            case 13: clock = ReceiveClock.Milliseconds; break;
            case 16: clock = ReceiveClock.Microseconds; break;
            case 19: clock = ReceiveClock.Nanoseconds; break;
            default:
                problem = digits == 0
                    ? "the line does not begin with a local stamp"
                    : $"the line begins with {digits} digits; a local stamp has 10 (s), 13 (ms), 16 (us) or 19 (ns)";
                return false;
        }

        // 19 digits beyond 2^63 wrap to a negative number; 10 to 16 digits may still be beyond 2262 in nanoseconds.
        if (stamp < 0 || stamp > long.MaxValue / clock.Step())
        {
            problem = "the local stamp is after the year 2262";
            return false;
        }

        var rest = line[digits..];
        var message = rest.Trim(" \t"u8);
        if (message.IsEmpty)
        {
            problem = "there is no message after the local stamp";
            return false;
        }

        if (message.Length == rest.Length && rest[0] is not ((byte)'{' or (byte)'['))
        {
            problem = "the local stamp is not followed by white space";
            return false;
        }

        parsed = new RecorderLine(stamp * clock.Step(), clock, message);
        return true;
    }
}
