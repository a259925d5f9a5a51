using System.Security.Cryptography;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Projections.Books;

namespace EventSourcedMM.Projections;

/// <summary>
/// SHA-256 over the engine's state in canonical bytes, fields in the order written here (docs/model.md, "State hash").
/// Two engines that saw the same events have the same hash; two that differ in anything that matters do not.
/// </summary>
public static class StateHash
{
    /// <summary>The hash of a state.</summary>
    public static Digest Of(EngineState state)
    {
        var buffer = new ByteBuffer(128 * 1024);
        var writer = new CanonicalWriter(buffer);
        writer.Signed(state.Now);
        writer.Signed(state.Inputs);
        WriteBook(writer, state.Tracker);
        state.Volatility?.WriteTo(writer);
        state.Orders.WriteTo(writer);
        state.Ledger.WriteTo(writer);
        state.Risk.WriteTo(writer);
        writer.Signed((long)state.Stop.Reason);
        writer.Signed((long)state.BidReason);
        writer.Signed((long)state.AskReason);
        writer.Signed(state.Decisions);
        writer.Signed(state.LastOrderId);
        writer.Signed(state.LastMarketTime);
        writer.Signed(state.Killed ? 1 : 0);
        writer.Signed(state.Disconnected ? 1 : 0);
        Span<byte> hash = stackalloc byte[Digest.Size];
        SHA256.HashData(buffer.Span, hash);
        return Digest.From(hash);
    }

    private static void WriteBook(CanonicalWriter writer, BookTracker tracker)
    {
        writer.Signed((long)tracker.State);
        writer.Signed(tracker.LastUpdateId);
        foreach (var side in (ReadOnlySpan<BookSide>)[tracker.Book.Bids, tracker.Book.Asks])
        {
            writer.Signed(side.Count);
            for (var rank = 0; rank < side.Count; rank++)
            {
                var level = side[rank];
                writer.Signed(level.Price);
                writer.Signed(level.Quantity);
            }
        }
    }
}
