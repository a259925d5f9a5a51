using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Web.Timelines;

/// <summary>Reads a journal stream for nothing but its checksums, some events at a time: a tenth of the work of folding them.</summary>
internal sealed class ChecksumPass(JournalStore store, StreamName stream) : IDisposable
{
    private JournalSource? source;

    /// <summary>Reads on.</summary>
    /// <returns>False at the end: every event was whole.</returns>
    /// <exception cref="Stores.StreamDamagedException">One was not.</exception>
    public bool Step(int most)
    {
        source ??= store.OpenJournal(stream);
        for (var read = 0; read < most; read++)
        {
            if (!source.ReadRecord(out _))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => source?.Dispose();
}
