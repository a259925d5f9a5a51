using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Archive;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Live.Capturing;

/// <summary>A stored day that cannot be read back as it was written: what that looks like, and what to do about it.</summary>
internal static class DamagedDay
{
    /// <summary>True for what reading or sealing a damaged day throws; a disk that fails is something else.</summary>
    public static bool IsCause(Exception e) =>
        e is StreamDamagedException or TornTailException or InvalidDataException or ArchiveException or ParquetException or CanonicalFormatException or UnknownEventException;

    /// <summary>What is damaged, that it is left as it is, and the command that goes on from there.</summary>
    public static string Words(JournalStore store, StreamName day, Exception e) => IsSealed(store, day)
        ? $"{day} cannot be read and is left as it is: {e.Message} A sealed day is restored from a copy with the same content hash; mm verify {day.Parts[1]}/{day.Parts[2]} --store {store.Root} says what is wrong with it."
        : $"{day} is damaged and is left as it is, not sealed: {e.Message} To keep what is whole before the damage: mm store verify {day} --repair --cut-at-damage --store {store.Root}; the next capture seals it then.";

    private static bool IsSealed(JournalStore store, StreamName day)
    {
        try
        {
            return store.ReadManifest(day) is not null;
        }
        catch (InvalidDataException)
        {
            // Its manifest is what is damaged.
            return true;
        }
    }
}
