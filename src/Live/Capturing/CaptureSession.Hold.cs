using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Market;

namespace EventSourcedMM.Live.Capturing;

/// <summary>A capture's symbols are its own while it runs.</summary>
public sealed partial class CaptureSession
{
    private readonly List<IDisposable> held = [];

    // From before the first stream of a symbol has a writer: between two captures that begin at the same moment it decides.
    private void Hold(string symbol)
    {
        try
        {
            held.Add(store.HoldRecording(symbol));
        }
        catch (StreamLockedException e)
        {
            throw new CaptureException($"Another program is recording {symbol} into {store.Root}: {e.Holder}. Record into another store with --store, or end the other one.", e);
        }
        catch (Exception e) when (JournalFailedException.IsCause(e))
        {
            throw new JournalFailedException(StreamName.Market(symbol, UtcDay.NameOf(started), CaptureName.Of(store, symbol, started)), 0, e);
        }
    }

    private void Release()
    {
        held.ForEach(h => h.Dispose());
        held.Clear();
    }
}
