using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Events;
using EventStore.Client;
using ClientRecord = EventStore.Client.EventRecord;
using EventRecord = EventSourcedMM.Domain.Events.EventRecord;

namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>
/// Appends. The server drops an append whose event ids are stored at that place and reports success, whatever the bytes: so each
/// append carries a name of its own, and it is asked after whose append the events came with.
/// </summary>
internal sealed class StreamWriting(EventStoreClient client, StreamNaming names, Attempts attempts, StreamReading reading)
{
    // The server takes 1 MiB in one append unless it is configured otherwise.
    private const int DefaultAppendBytes = 768 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly StreamGates gates = new();

    // Names appends: of this process, this store, one after the other.
    private readonly string writer = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{attempts.Timers.GetUtcNow().Ticks:x}/{Interlocked.Increment(ref stores)}");
    private static int stores;
    private long appends;
    private volatile int appendBytes = DefaultAppendBytes;

    /// <summary>Appends a batch.</summary>
    public async ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, CancellationToken ct)
    {
        AppendCheck.Arguments(expectedVersion, batch);
        var gate = gates.Of(stream);
        await gate.Turn.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            return await AppendAsync(gate, stream, expectedVersion, batch, ct).ConfigureAwait(false);
        }
        finally
        {
            gate.Turn.Release();
        }
    }

    /// <summary>Writes the event that seals a stream; false when the stream has grown.</summary>
    /// <exception cref="StreamSealedException">Somebody else sealed it.</exception>
    public async Task<bool> TrySealAsync(StreamName stream, long version, ReadOnlyMemory<byte> manifest, CancellationToken ct)
    {
        var gate = gates.Of(stream);
        await gate.Turn.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            gate.Tail = null;
            if (!await SendSealAsync(stream, version, manifest, ct).ConfigureAwait(false))
            {
                return false;
            }
        }
        finally
        {
            gate.Turn.Release();
        }

        // The same id may be there from another seal, with other notes.
        var tail = await reading.TailAsync(stream, ct).ConfigureAwait(false);
        return tail.Manifest is { } stored && stored.Span.SequenceEqual(manifest.Span) ? true : throw new StreamSealedException(stream, tail.Version);
    }

    /// <summary>Notes a number, of which only the last counts, in a stream of its own.</summary>
    public async Task NoteAsync(string name, string type, long sequence, CancellationToken ct)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new { sequence });
        for (var failures = 1; ; failures++)
        {
            try
            {
                var id = StreamNaming.IdOf(name, sequence.ToString(CultureInfo.InvariantCulture));
                var result = await client.AppendToStreamAsync(name, StreamState.Any, [StoredForm.Note(id, type, json)], deadline: Deadline, cancellationToken: ct).WaitAsync(LongestWait, attempts.Timers, ct).ConfigureAwait(false);
                if (result.NextExpectedStreamRevision == new StreamRevision(0))
                {
                    await client.SetStreamMetadataAsync(name, StreamState.Any, new StreamMetadata(maxCount: 1), deadline: Deadline, cancellationToken: ct).ConfigureAwait(false);
                }

                return;
            }
            catch (Exception e)
            {
                await attempts.PauseAsync(e, failures, forever: false, ct).ConfigureAwait(false);
            }
        }
    }

    // Tried again like an append: the seal has an id of its own, so one whose answer was lost is found to be there.
    private async Task<bool> SendSealAsync(StreamName stream, long version, ReadOnlyMemory<byte> manifest, CancellationToken ct)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await SendAsync(names.Of(stream), version, [StoredForm.Note(StreamNaming.IdOf("seal", stream.Value), StoredForm.SealType, manifest)], ct).ConfigureAwait(false);
                return true;
            }
            catch (WrongExpectedVersionException)
            {
                return false;
            }
            catch (Exception e)
            {
                await attempts.PauseAsync(e, failures, forever: false, ct).ConfigureAwait(false);
            }
        }
    }

    private async Task<AppendResult> AppendAsync(StreamGates.Gate gate, StreamName stream, long expectedVersion, EventBatch batch, CancellationToken ct)
    {
        var append = string.Create(CultureInfo.InvariantCulture, $"{writer}/{Interlocked.Increment(ref appends)}");
        var failures = 0;
        while (true)
        {
            try
            {
                var isKnown = gate.Tail is not null;
                gate.Tail ??= await reading.TailAsync(stream, ct).ConfigureAwait(false);
                var tail = gate.Tail;
                if (isKnown && batch.LastSequence <= tail.Version)
                {
                    // Appended again: perhaps because the server lost it.
                    gate.Tail = null;
                    continue;
                }

                if (batch.LastSequence <= tail.Version)
                {
                    var last = await CompareAsync(stream, expectedVersion, tail.Version, batch, batch.LastSequence, ct).ConfigureAwait(false);
                    return new AppendResult(tail.Version, Durability.EveryAppend, tail.Version, StoredForm.AppendOf(last) != append);
                }

                if (tail.Manifest is not null)
                {
                    throw new StreamSealedException(stream, tail.Version);
                }

                if (tail.Version != expectedVersion)
                {
                    // What this process knows may be old.
                    gate.Tail = await reading.TailAsync(stream, ct).ConfigureAwait(false);
                    if (gate.Tail == tail)
                    {
                        throw new StreamConflictException(stream, expectedVersion, tail.Version);
                    }

                    continue;
                }

                if (tail.Stored > tail.Version)
                {
                    await ContinueAsync(stream, expectedVersion, tail, batch, ct).ConfigureAwait(false);
                }

                await LearnAsync(gate, stream, batch, ct).ConfigureAwait(false);
                gate.Tail = null;
                await WriteAsync(gate, stream, tail.Stored, batch, append, ct).ConfigureAwait(false);
                if (await CameWithAsync(stream, batch.LastSequence, append, ct).ConfigureAwait(false))
                {
                    gate.Tail = new StreamTail(batch.LastSequence, batch.LastSequence, null);
                    return new AppendResult(batch.LastSequence, Durability.EveryAppend, batch.LastSequence, false);
                }
            }
            catch (WrongExpectedVersionException) when (++failures < 10)
            {
                gate.Tail = null;
            }
            catch (MaximumAppendSizeExceededException e) when (appendBytes > e.MaxAppendSize / 4 * 3 && e.MaxAppendSize > 0)
            {
                appendBytes = (int)(e.MaxAppendSize / 4 * 3);
                gate.Tail = null;
            }
            catch (Exception e) when (ClientErrors.IsPassing(e) || e is AccessDeniedException or NotAuthenticatedException or StreamDeletedException or WrongExpectedVersionException or Grpc.Core.RpcException)
            {
                // Whether it is stored is not known: the next round looks.
                gate.Tail = null;
                await attempts.PauseAsync(e, ++failures, forever: false, ct).ConfigureAwait(false);
            }
        }
    }

    // Splits the rest of a batch into appends. All but the last say that more comes.
    private async Task WriteAsync(StreamGates.Gate gate, StreamName stream, long stored, EventBatch batch, string append, CancellationToken ct)
    {
        if (batch.FirstSequence == 1)
        {
            // Each time: a server that was emptied has lost its list, too. The note has an id of its own.
            await ListAsync(stream, ct).ConfigureAwait(false);
        }

        var form = new StoredForm();
        var name = names.Of(stream);
        var first = (int)(stored + 1 - batch.FirstSequence);
        var last = batch.Count - 1;
        var rest = new List<EventData>(batch.Count - first);
        for (var i = first; i <= last; i++)
        {
            rest.Add(form.Write(stream, gate.Links, batch[i], more: false, i == last ? append : null));
        }

        // From the end, so that the part that completes the batch is as large as it can be and most batches are that part alone.
        var ends = PartEnds(stream, stored, rest);
        var sent = 0;
        foreach (var end in ends)
        {
            var part = rest.GetRange(sent, end - sent);
            if (end < rest.Count)
            {
                for (var i = 0; i < part.Count; i++)
                {
                    part[i] = form.Write(stream, gate.Links, batch[first + sent + i], more: true, null);
                }
            }

            await SendAsync(name, stored + sent, part, ct).ConfigureAwait(false);
            sent = end;
        }
    }

    private List<int> PartEnds(StreamName stream, long stored, List<EventData> events)
    {
        var ends = new List<int> { events.Count };
        var bytes = 0;
        for (var i = events.Count - 1; i >= 0; i--)
        {
            var size = StoredForm.SizeOf(events[i]);
            if (size > appendBytes)
            {
                throw new StoreRefusedException(stream.Value, $"event {stored + 1 + i} takes {size} bytes, the server at most about {appendBytes} in an append: start it with a larger --max-append-size.");
            }

            if (bytes > 0 && bytes + size > appendBytes)
            {
                ends.Insert(0, i + 1);
                bytes = 0;
            }

            bytes += size;
        }

        return ends;
    }

    private async Task SendAsync(string name, long version, IReadOnlyList<EventData> events, CancellationToken ct)
    {
        var append = version == 0
            ? client.AppendToStreamAsync(name, StreamState.NoStream, events, options => options.ThrowOnAppendFailure = true, Deadline, cancellationToken: ct)
            : client.AppendToStreamAsync(name, StreamRevision.FromInt64(version - 1), events, options => options.ThrowOnAppendFailure = true, Deadline, cancellationToken: ct);
        await append.WaitAsync(LongestWait, attempts.Timers, ct).ConfigureAwait(false);
    }

    private Task ListAsync(StreamName stream, CancellationToken ct) => client.AppendToStreamAsync(
        names.Index,
        StreamState.Any,
        [StoredForm.Note(StreamNaming.IdOf("list", stream.Value), "streamStarted", JsonSerializer.SerializeToUtf8Bytes(new { stream = stream.Value }))],
        deadline: Deadline,
        cancellationToken: ct).WaitAsync(LongestWait, attempts.Timers, ct);

    private async Task<bool> CameWithAsync(StreamName stream, long sequence, string append, CancellationToken ct)
    {
        await foreach (var stored in reading.RawAsync(names.Of(stream), Direction.Forwards, StreamPosition.FromInt64(sequence - 1), 1, ct).ConfigureAwait(false))
        {
            return StoredForm.AppendOf(stored) == append;
        }

        return false;
    }

    // A batch that was cut off can only be continued by the same events, up to its end or beyond.
    private async Task ContinueAsync(StreamName stream, long expectedVersion, StreamTail tail, EventBatch batch, CancellationToken ct)
    {
        if (batch.LastSequence <= tail.Stored)
        {
            throw new StreamDamagedException(stream, tail.Version + 1, $"a batch was cut off after event {tail.Stored} by a failure; append events {tail.Version + 1} to {tail.Stored + 1}, or more, in one batch.");
        }

        await CompareAsync(stream, expectedVersion, tail.Version, batch, tail.Stored, ct).ConfigureAwait(false);
    }

    private async Task<ClientRecord> CompareAsync(StreamName stream, long expectedVersion, long version, EventBatch batch, long last, CancellationToken ct)
    {
        var form = new StoredForm();
        var sequence = batch.FirstSequence;
        ClientRecord? end = null;
        await foreach (var stored in reading.RawAsync(names.Of(stream), Direction.Forwards, StreamPosition.FromInt64(sequence - 1), last - sequence + 1, ct).ConfigureAwait(false))
        {
            if (StoredForm.SequenceOf(stored) != sequence)
            {
                break;
            }

            if (!form.Read(stream, stored).SequenceEqual(batch[(int)(sequence - batch.FirstSequence)]))
            {
                throw new EventConflictException(stream, expectedVersion, version, sequence);
            }

            sequence++;
            end = stored;
        }

        return sequence == last + 1 && end is not null
            ? end
            : throw new StreamDamagedException(stream, sequence, $"the stream is at version {version}, but this event is not there.");
    }

    // A run's first event names its inputs. A store that did not write it reads it, once a stream.
    private async Task LearnAsync(StreamGates.Gate gate, StreamName stream, EventBatch batch, CancellationToken ct)
    {
        if (batch.FirstSequence == 1)
        {
            var header = EventRecord.Read(batch[0], out var start);
            gate.Links.Learn(header, batch[0][start..]);
        }
        else if (!gate.Links.KnowsInputs)
        {
            await foreach (var first in reading.RawAsync(names.Of(stream), Direction.Forwards, StreamPosition.Start, 1, ct).ConfigureAwait(false))
            {
                var record = new StoredForm().Read(stream, first);
                var header = EventRecord.Read(record, out var start);
                gate.Links.Learn(header, record[start..]);
            }
        }
    }
}
