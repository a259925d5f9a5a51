using System.Security.Cryptography;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Risk;
using EventSourcedMM.Projections.Venue;

namespace EventSourcedMM.Projections;

/// <summary>
/// SHA-256 over state in canonical bytes, fields in the order written here (docs/model.md, "State hash"). Two engines
/// that saw the same events have the same hash; two that differ in anything a later event may depend on do not.
/// The strategy and the simulated venue are hashed apart: a live run has the first and not the second.
/// </summary>
public static class StateHash
{
    /// <summary>
    /// The rules: raised whenever the bytes that are hashed change. 1 left out what the engine only sometimes needs and had
    /// no hash of the venue.
    /// </summary>
    public const int Rules = 2;

    /// <summary>The hash of a strategy's state: everything that a later decision, mark, total or refusal may depend on.</summary>
    public static Digest Of(EngineState state) => Of(state, new ByteBuffer(128 * 1024));

    /// <summary>The same with room that is used again: nothing is allocated once it is large enough.</summary>
    public static Digest Of(EngineState state, ByteBuffer buffer)
    {
        buffer.Clear();
        var writer = new CanonicalWriter(buffer);
        writer.Signed(state.Now);
        writer.Signed(state.Inputs);
        var recording = state.Recording;
        writer.Text("recording", ref recording);
        Flag(writer, state.Instrument is not null);
        state.Instrument?.WriteTo(writer);
        state.Tracker.WriteTo(writer);
        WriteTransition(writer, state);
        writer.Signed(state.SeenBid);
        writer.Signed(state.SeenAsk);
        writer.Signed((long)state.SeenState);
        Flag(writer, state.Running);
        Flag(writer, state.Setup is not null);
        state.Setup?.WriteTo(writer);
        var horizon = state.RollingHorizon;
        writer.Real("horizon", ref horizon);

        // Only a session's T−t runs down to the window's end; elsewhere the end decides nothing, and a live run has none.
        writer.Signed(state.Setup?.Parameters.Horizon == HorizonMode.Session ? state.WindowEnd : 0);
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
        writer.Signed(KilledCode(state));
        writer.Signed(state.DownConnections);
        state.Own?.WriteTo(writer);

        // What only some runs have comes last, and where it is not there nothing stands for it.
        state.RecentOrders.WriteTo(writer);
        if (state.Portfolio != PortfolioLimits.None)
        {
            state.Portfolio.WriteTo(writer);
        }

        return Hash(buffer);
    }

    /// <summary>The hash of a simulated venue: everything that a later answer or fill may depend on.</summary>
    public static Digest Of(ZeroLatencyVenue venue) => Of(venue, new ByteBuffer(4096));

    /// <summary>The same with room that is used again.</summary>
    public static Digest Of(ZeroLatencyVenue venue, ByteBuffer buffer)
    {
        buffer.Clear();
        venue.WriteTo(new CanonicalWriter(buffer));
        return Hash(buffer);
    }

    /// <summary>0 while the kill switch was not pulled, 1 after it, 2 while it closes the position.</summary>
    internal static long KilledCode(EngineState state) => state.Flattening ? 2 : state.Killed ? 1 : 0;

    // A transition that the recording has not named yet is compared with what it says next.
    private static void WriteTransition(CanonicalWriter writer, EngineState state)
    {
        Flag(writer, state.TransitionDue);
        if (!state.TransitionDue)
        {
            return;
        }

        var due = state.Tracker.LastChange;
        writer.Signed((long)due.From);
        writer.Signed((long)due.To);
        writer.Signed((long)due.Reason);
        writer.Signed(due.ExpectedUpdateId);
        writer.Signed(due.FirstUpdateId);
        writer.Signed(due.FinalUpdateId);
    }

    private static void Flag(CanonicalWriter writer, bool value) => writer.Signed(value ? 1 : 0);

    private static Digest Hash(ByteBuffer buffer)
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        SHA256.HashData(buffer.Span, hash);
        return Digest.From(hash);
    }
}
