using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>The blocks of several inputs, one input after the other.</summary>
/// <param name="inputs">The inputs.</param>
/// <param name="after">The last event that is not wanted, as causes name it: input from 1, and sequence there; none to read all.</param>
internal sealed class BlockFeed(IReadOnlyList<InputStream> inputs, Cause after = default) : IDisposable
{
    private IBlockSource? source;
    private int index = Math.Max(0, after.Stream - 1);
    private long from = after.Sequence + 1;

    /// <summary>Fills a block with the next events, never of two inputs; false after the last.</summary>
    public bool Read(EventBlock block)
    {
        for (; index < inputs.Count; index++)
        {
            source ??= from > 1 ? new DecodingSource(inputs[index].OpenFrom(from)) : inputs[index].OpenBlocks();
            from = 1;
            if (source.Read(block))
            {
                block.Stream = index + 1;
                return true;
            }

            source.Dispose();
            source = null;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => source?.Dispose();
}
