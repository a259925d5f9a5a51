using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Live.Trading.Growing;

/// <summary>
/// A finished live run and its recording as they stood at every moment of their writing: the moments are the run's events, and at
/// each of them just so much of the recording is there as the events so far follow from. Whoever reads meets later moments with
/// every question and every page, so all orders of "the writer went on between two reads" can be had without a writer or a clock.
/// </summary>
internal sealed class GrowingStore : IEventStore
{
    private readonly SortedDictionary<string, StoredEvent[]> streams = new(StringComparer.Ordinal);
    private readonly List<IReadOnlyDictionary<string, int>> moments = [];
    private readonly StreamName run;

    private GrowingStore(StreamName run) => this.run = run;

    public string Place => "a run that grows";

    /// <summary>Moments, from the run's first event on.</summary>
    public int Moments => moments.Count;

    /// <summary>The moment now.</summary>
    public int Now { get; set; }

    /// <summary>Moments that pass with a question or a page; 0 while everything stands still.</summary>
    public int Pace { get; set; }

    /// <summary>Events of the run at a moment.</summary>
    public int EventsAt(int moment) => moments[Math.Min(moment, moments.Count - 1)][run.Value];

    /// <summary>Takes a finished run and the streams it has read, in their order.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="run">The run.</param>
    /// <param name="inputs">Its recording.</param>
    public static GrowingStore Of(JournalStore store, StreamName run, IReadOnlyList<StreamName> inputs)
    {
        var growing = new GrowingStore(run);
        foreach (var name in inputs.Append(run))
        {
            growing.streams.Add(name.Value, Read(store, name));
        }

        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var stored in growing.streams[run.Value])
        {
            if (stored.Header.Cause.Stream is > 0 and var number)
            {
                // The days before are whole: they are written out before the next one begins.
                for (var i = 0; i < number - 1; i++)
                {
                    seen[inputs[i].Value] = growing.streams[inputs[i].Value].Length;
                }

                var at = inputs[number - 1].Value;

                // A run is started by the event after the one that its first event names.
                seen[at] = Math.Max(seen.GetValueOrDefault(at), (int)stored.Header.Cause.Sequence + (stored.Header.Type == EventType.RunStarted ? 1 : 0));
            }

            // An unfinished run: its last event is not told.
            seen[run.Value] = (int)stored.Header.Sequence;
            if (stored.Header.Type != EventType.RunEnded)
            {
                growing.moments.Add(new Dictionary<string, int>(seen, StringComparer.Ordinal));
            }
        }

        return growing;
    }

    public async IAsyncEnumerable<EventPage> ReadAsync(StreamName stream, long fromSequence = 1, EventTypeSet? types = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await Task.CompletedTask;
        var all = streams[stream.Value];
        for (var at = (int)fromSequence - 1; ;)
        {
            var end = Visible(stream);
            if (at >= end)
            {
                yield break;
            }

            // Small pages: the end that a reader meets is a later one than when it began.
            var page = all[at..Math.Min(end, at + 512)];
            at += page.Length;
            yield return new EventPage(page);
        }
    }

    public ValueTask<StreamInfo?> FindAsync(StreamName stream, CancellationToken ct = default)
    {
        var version = Visible(stream);
        return new(version == 0 ? null : new StreamInfo(stream, version, streams[stream.Value][0].Header.ReceiveTime, streams[stream.Value][version - 1].Header.ReceiveTime, Sealed: false, ContentHash: null));
    }

    public async IAsyncEnumerable<StreamName> ListAsync(string prefix = "", [EnumeratorCancellation] CancellationToken ct = default)
    {
        await Task.CompletedTask;
        foreach (var name in streams.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(StreamName.Parse).ToArray())
        {
            if (Visible(name) > 0)
            {
                yield return name;
            }
        }
    }

    public ValueTask<StreamManifest?> ReadManifestAsync(StreamName stream, CancellationToken ct = default) => new((StreamManifest?)null);

    public IAsyncEnumerable<EventPage> SubscribeAsync(StreamName stream, long fromSequence = 1, CancellationToken ct = default) => throw new NotSupportedException();

    public ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default) => throw new NotSupportedException();

    public ValueTask<StreamManifest> SealAsync(StreamName stream, string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes = null, CancellationToken ct = default) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static StoredEvent[] Read(JournalStore store, StreamName name)
    {
        var events = new List<StoredEvent>();
        using var source = store.OpenSource(name);
        while (source.Read(out var header, out var payload))
        {
            events.Add(new StoredEvent(header, payload.ToArray()));
        }

        return [.. events];
    }

    private int Visible(StreamName stream)
    {
        lock (moments)
        {
            var visible = moments[Math.Min(Now, moments.Count - 1)].GetValueOrDefault(stream.Value);
            Now += Pace;
            return visible;
        }
    }
}
