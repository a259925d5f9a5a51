using System.Runtime.ExceptionServices;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>
/// A few blocks in a ring between one thread that reads and decodes and others that each see every block in its order.
/// The reader waits when the slowest is a ring behind, so memory does not grow with the days. Which thread is ahead changes
/// nothing of what anybody sees.
/// </summary>
internal sealed class BlockPipe : IDisposable
{
    private const int Blocks = 8;

    private readonly object gate = new();
    private readonly EventBlock[] ring = new EventBlock[Blocks];
    private readonly BlockFeed feed;
    private readonly long[] taken;
    private readonly bool[] left;
    private readonly Thread reader;
    private ExceptionDispatchInfo? failure;
    private long written;
    private bool ended;
    private bool closed;

    /// <summary>Starts reading.</summary>
    /// <param name="feed">What is read; disposed with the pipe.</param>
    /// <param name="readers">How many look on.</param>
    public BlockPipe(BlockFeed feed, int readers)
    {
        this.feed = feed;
        taken = new long[readers];
        left = new bool[readers];
        for (var i = 0; i < Blocks; i++)
        {
            ring[i] = new EventBlock();
        }

        reader = new Thread(Fill) { IsBackground = true, Name = "blocks" };
        reader.Start();
    }

    /// <summary>The next block for one of those who look on, who is done with the one before; null after the last.</summary>
    public EventBlock? Next(int who)
    {
        lock (gate)
        {
            // The block before is given back: taken counts those that are done with.
            if (taken[who] < 0)
            {
                taken[who] = -taken[who];
                Monitor.PulseAll(gate);
            }

            while (taken[who] == written && !ended && !closed)
            {
                Monitor.Wait(gate);
            }

            if (taken[who] < written && !closed)
            {
                var block = ring[taken[who] % Blocks];
                taken[who] = -(taken[who] + 1);
                return block;
            }

            failure?.Throw();
            return null;
        }
    }

    /// <summary>One of those who look on needs no more.</summary>
    public void Leave(int who)
    {
        lock (gate)
        {
            left[who] = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Stops reading; whoever waits gets no more blocks.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        reader.Join();
        feed.Dispose();
    }

    private void Fill()
    {
        try
        {
            while (WaitForRoom() && feed.Read(ring[written % Blocks]))
            {
                lock (gate)
                {
                    written++;
                    Monitor.PulseAll(gate);
                }
            }
        }
        catch (Exception e)
        {
            // Whoever takes the blocks before it meets it in its place.
            failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            lock (gate)
            {
                ended = true;
                Monitor.PulseAll(gate);
            }
        }
    }

    private bool WaitForRoom()
    {
        lock (gate)
        {
            while (!closed && Array.Exists(left, l => !l) && written - Slowest() >= Blocks)
            {
                Monitor.Wait(gate);
            }

            return !closed && Array.Exists(left, l => !l);
        }
    }

    // A block that somebody holds is not done with.
    private long Slowest()
    {
        var slowest = long.MaxValue;
        for (var i = 0; i < taken.Length; i++)
        {
            if (!left[i])
            {
                slowest = Math.Min(slowest, taken[i] < 0 ? -taken[i] - 1 : taken[i]);
            }
        }

        return slowest;
    }
}
