using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>One program at a time records a symbol, from before its first stream is there.</summary>
public sealed partial class JournalStore
{
    /// <summary>
    /// Keeps other programs from recording a symbol into this store until it is disposed or the process ends, however that ends. What is
    /// locked is <c>control/recording/SYMBOL</c>, which is no stream.
    /// </summary>
    /// <param name="symbol">Symbol in capitals.</param>
    /// <exception cref="StreamLockedException">Somebody records it; names them.</exception>
    /// <exception cref="IOException">The disk takes no lock.</exception>
    public IDisposable HoldRecording(string symbol)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var folder = new StreamFolder(Path.Combine(Root, "control", "recording", symbol), StreamName.Market(symbol, "1970-01-01", "recording"));
        Directory.CreateDirectory(folder.Path);
        return WriterLock.Take(folder, options.Program);
    }
}
