using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>The blocks of several inputs, one input after the other.</summary>
internal sealed class BlockFeed(IReadOnlyList<InputStream> inputs) : IDisposable
{
    private IBlockSource? source;
    private int index;

    /// <summary>Fills a block with the next events, never of two inputs; false after the last.</summary>
    public bool Read(EventBlock block)
    {
        for (; index < inputs.Count; index++)
        {
            source ??= inputs[index].OpenBlocks();
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
