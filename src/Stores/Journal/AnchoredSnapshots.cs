using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// Snapshots of a journal stream, each tied to the last event that is in it: that event's record is kept with the state and
/// must still stand at its place. One that is damaged, or of other events, is passed over with a note, and replaced when
/// somebody keeps that sequence again. Deleting them all loses nothing.
/// </summary>
public sealed class AnchoredSnapshots
{
    private readonly JournalStore store;
    private readonly StreamName stream;
    private readonly SnapshotFolder folder;
    private readonly List<string> notes = [];
    private readonly HashSet<long> useless = [];

    private AnchoredSnapshots(JournalStore store, StreamName stream)
    {
        this.store = store;
        this.stream = stream;
        folder = store.Snapshots(stream);
    }

    /// <summary>What was passed over or could not be kept, and why.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>The snapshots of a stream; null where there are none to keep: in another store, or when only the archive is left.</summary>
    public static AnchoredSnapshots? Of(IEventStore store, StreamName stream) =>
        store is JournalStore journal && journal.HasJournal(stream) ? new AnchoredSnapshots(journal, stream) : null;

    /// <summary>Snapshots at or before a sequence whose event still stands, newest first; each is read when it is asked for.</summary>
    public IEnumerable<Snapshot> Before(long notAfter)
    {
        foreach (var sequence in folder.Sequences().Reverse())
        {
            if (sequence <= notAfter && Find(sequence) is { } snapshot)
            {
                yield return snapshot;
            }
        }
    }

    /// <summary>Passes over a snapshot that its reader has no use for: it is replaced when its sequence is kept again.</summary>
    public void PassOver(long sequence, string why)
    {
        useless.Add(sequence);
        notes.Add(string.Create(CultureInfo.InvariantCulture, $"the snapshot at event {sequence} of {stream} was passed over: {why}"));
    }

    /// <summary>Removes a snapshot that newer ones have made useless.</summary>
    public void Remove(long sequence) => folder.Delete(sequence);

    /// <summary>True when a sequence from one up to but not including another has a snapshot that was not passed over.</summary>
    public bool HasAny(long from, long before) => folder.Sequences().Any(s => s >= from && s < before && !useless.Contains(s));

    /// <summary>Keeps a state after an event of the stream.</summary>
    /// <returns>False when the event is not stored, or the disk takes no snapshot: the answer is the same without.</returns>
    public bool Keep(long sequence, ReadOnlySpan<byte> state)
    {
        if (Record(sequence) is not { } anchor)
        {
            return false;
        }

        var bytes = new ByteBuffer(anchor.Length + state.Length + 16);
        new CanonicalWriter(bytes).Unsigned((ulong)anchor.Length);
        bytes.Write(anchor.Span);
        bytes.Write(state);
        try
        {
            folder.Write(sequence, bytes.Span);
            useless.Remove(sequence);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"no snapshot could be kept at event {sequence} of {stream}: {e.Message}"));
            return false;
        }
    }

    private Snapshot? Find(long sequence)
    {
        if (folder.Read(sequence) is not { } snapshot)
        {
            PassOver(sequence, "it is damaged");
            return null;
        }

        try
        {
            var reader = new CanonicalReader(snapshot.State, new LevelArena());
            var length = reader.Unsigned();
            if (length <= (ulong)reader.Left && Record(sequence) is { } stands
                && stands.Span.SequenceEqual(snapshot.State.AsSpan(reader.Position, (int)length)))
            {
                return new Snapshot(sequence, snapshot.State[(reader.Position + (int)length)..]);
            }

            PassOver(sequence, "it was made from other events");
        }
        catch (CanonicalFormatException)
        {
            PassOver(sequence, "it is of another kind");
        }

        return null;
    }

    private ByteBuffer? Record(long sequence)
    {
        using var source = store.OpenSource(stream, sequence, TornTailPolicy.Accept);
        if (!source.Read(out var header, out var payload) || header.Sequence != sequence)
        {
            return null;
        }

        var record = new ByteBuffer();
        EventRecord.Write(record, header, payload);
        return record;
    }
}
