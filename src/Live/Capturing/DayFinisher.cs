using System.Threading.Channels;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Recording;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Live.Capturing;

/// <summary>Seals finished days in the background: sealing reads a whole day back, which no message may wait for.</summary>
/// <param name="recorder">Program and version that seals.</param>
/// <param name="sealedDay">Told each day that is sealed.</param>
/// <param name="damagedDay">Told each day that is not, since what is on the disk is not what was written.</param>
internal sealed class DayFinisher(string recorder, Action<StreamName> sealedDay, Action<StreamName, Exception> damagedDay)
{
    private readonly Channel<(RecordedDay Day, JournalWriter Writer)> days = Channel.CreateUnbounded<(RecordedDay, JournalWriter)>();

    /// <summary>Days sealed.</summary>
    public long Sealed { get; private set; }

    /// <summary>Takes a day over. It is written out at once, so that a killed process loses nothing of it.</summary>
    public void Add(RecordedDay day, JournalWriter writer)
    {
        try
        {
            day.WriteOut();
        }
        catch
        {
            writer.Dispose();
            throw;
        }

        days.Writer.TryWrite((day, writer));
    }

    /// <summary>No day follows.</summary>
    public void Complete() => days.Writer.TryComplete();

    /// <summary>Runs until <see cref="Complete"/> and everything is sealed.</summary>
    public async Task RunAsync()
    {
        await foreach (var (day, writer) in days.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            using (writer)
            {
                try
                {
                    day.Seal(recorder, day.Notes());
                }
                catch (Exception e) when (JournalFailedException.IsCause(e))
                {
                    // A full disk at the seal is the same failure as one at a write: the events are stored, and the next start seals them.
                    throw new JournalFailedException(day.Stream, writer.Version, e);
                }
                catch (Exception e) when (DamagedDay.IsCause(e))
                {
                    // Refused for good reason; today and the other symbols are recorded all the same.
                    damagedDay(day.Stream, e);
                    continue;
                }
            }

            Sealed++;
            sealedDay(day.Stream);
        }
    }
}
