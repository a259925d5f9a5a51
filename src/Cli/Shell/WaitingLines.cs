namespace EventSourcedMM.Cli.Shell;

/// <summary>
/// Lines on their way to a stream, written by a thread of its own: whoever says something never waits for a terminal that is stopped, a
/// pipe that is full or a disk that takes nothing. As long as somebody reads, each is written, in order. Of what nobody reads the oldest
/// are dropped and counted; what a stream does not take is counted, and the next line is tried again.
/// </summary>
internal sealed class WaitingLines
{
    /// <summary>Characters that may wait.</summary>
    public const int MostCharacters = 4 << 20;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    // Its thread waits for it to be pulsed, which a Lock does not offer.
    private readonly object gate = new();
    private readonly Queue<(Action Write, int Length)> waiting = new();
    private readonly Action<long, bool> tellLost;
    private readonly Action<Exception> tellFailure;
    private readonly int most;
    private long characters;
    private long lost;
    private long moves;
    private bool isWriting;
    private bool isClosed;
    private bool isGivenUp;
    private bool hasFailed;
    private bool isCut;

    /// <summary>No lines yet.</summary>
    /// <param name="name">Of the stream.</param>
    /// <param name="tellLost">Writes how many lines are missing before the next one, and, when true, that the last one may be cut short.</param>
    /// <param name="tellFailure">Told the first failure of the stream; does not throw.</param>
    /// <param name="most">Characters that may wait.</param>
    public WaitingLines(string name, Action<long, bool> tellLost, Action<Exception> tellFailure, int most = MostCharacters)
    {
        this.tellLost = tellLost;
        this.tellFailure = tellFailure;
        this.most = most;
        new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>True once nobody was waited for any more: what is said is dropped.</summary>
    public bool IsGivenUp => Volatile.Read(ref isGivenUp);

    private bool IsIdle
    {
        get
        {
            lock (gate)
            {
                return waiting.Count == 0 && !isWriting;
            }
        }
    }

    /// <summary>Says something; returns at once.</summary>
    /// <param name="write">Writes it; may throw.</param>
    /// <param name="length">Its characters.</param>
    public void Say(Action write, int length)
    {
        lock (gate)
        {
            if (isClosed)
            {
                return;
            }

            waiting.Enqueue((write, length));
            characters += length;
            while (characters > most && waiting.Count > 1)
            {
                characters -= waiting.Dequeue().Length;
                lost++;
            }

            Monitor.Pulse(gate);
        }
    }

    /// <summary>The stream has taken a piece of a long line: somebody reads.</summary>
    public void Moved() => Interlocked.Increment(ref moves);

    /// <summary>Waits until all that was said is written.</summary>
    /// <param name="quiet">Given up when the stream takes nothing for so long.</param>
    /// <param name="longest">Given up after this in any case.</param>
    /// <returns>False when it was given up.</returns>
    public async Task<bool> DrainAsync(TimeSpan quiet, TimeSpan longest)
    {
        var began = WallClock.Timers.GetTimestamp();
        var (moved, last) = (began, Volatile.Read(ref moves));
        var looks = 0L;
        while (!IsIdle)
        {
            await Task.Delay(LookInterval, WallClock.Timers).ConfigureAwait(false);
            looks++;
            if (Volatile.Read(ref moves) is var now && now != last)
            {
                (moved, last, looks) = (WallClock.Timers.GetTimestamp(), now, 0);
            }

            // By looks, too: a process that is not given the processor looks as seldom as it writes.
            if ((looks * LookInterval >= quiet && WallClock.Timers.GetElapsedTime(moved) >= quiet) || WallClock.Timers.GetElapsedTime(began) >= longest)
            {
                GiveUp();
            }

            if (IsGivenUp)
            {
                return false;
            }
        }

        return !IsGivenUp;
    }

    /// <summary>Nothing more is said.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            Monitor.Pulse(gate);
        }
    }

    private void GiveUp()
    {
        lock (gate)
        {
            Volatile.Write(ref isGivenUp, true);
            waiting.Clear();
        }

        Close();
    }

    private void Run()
    {
        while (Next() is { } next)
        {
            var (write, missing) = next;
            try
            {
                if (missing > 0)
                {
                    tellLost(missing, isCut);
                    missing = 0;
                }

                write();
                isCut = false;
            }
            catch (Exception e)
            {
                // Whatever the stream says: what this run does is worth more than its lines.
                lock (gate)
                {
                    lost += missing + 1;
                }

                isCut = true;
                if (!hasFailed)
                {
                    hasFailed = true;
                    tellFailure(e);
                }
            }

            Moved();
        }
    }

    private (Action Write, long Lost)? Next()
    {
        lock (gate)
        {
            isWriting = false;
            while (waiting.Count == 0)
            {
                if (isClosed)
                {
                    return null;
                }

                Monitor.Wait(gate);
            }

            var (write, length) = waiting.Dequeue();
            characters -= length;
            var missing = lost;
            lost = 0;
            isWriting = true;
            return (write, missing);
        }
    }
}
