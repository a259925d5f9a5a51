using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.Journal;

/// <summary>
/// The one writer of a stream in the embedded journal. <see cref="Append"/> encodes into a buffer; <see cref="WriteOut"/>
/// hands it to the operating system, where readers see it and a killed process cannot lose it; <see cref="Flush"/> brings it
/// to the disk. One call of <see cref="Flush"/> covers every append before it (group commit) and does not hold up appends
/// that come meanwhile. Safe for several threads.
/// </summary>
public sealed class JournalWriter : IDisposable
{
    private readonly StreamFolder folder;
    private readonly JournalOptions options;
    private readonly WriterLock held;
    private readonly ITimer timer;
    private readonly Action? onWritten;

    // Appends take the gate; a flush takes flushing, and the gate only to hand over the buffer.
    private readonly Lock gate = new();
    private readonly Lock flushing = new();
    private readonly List<SegmentWriter> retired = [];
    private readonly SparseIndex index;
    private CommitMark? mark;
    private SegmentWriter? segment;
    private Exception? failure;

    // Milliseconds the timer was set to; 0 when it is not running.
    private int armed;
    private bool disposed;
    private long version;
    private long durable;
    private long written;

    private JournalWriter(StreamFolder folder, JournalOptions options, TimeProvider timers, Durability durability, WriterLock held, WriterStart start, Action? onWritten)
    {
        this.onWritten = onWritten;
        this.folder = folder;
        this.options = options;
        this.held = held;
        Durability = durability;
        index = start.Index;
        segment = start.Segment;
        mark = start.Mark;
        version = start.Version;
        written = start.Version;
        durable = start.Version;
        SetAside = start.SetAside;
        timer = timers.CreateTimer(_ => FlushByTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The stream.</summary>
    public StreamName Stream => folder.Stream;

    /// <summary>When appended events reach the disk.</summary>
    public Durability Durability { get; }

    /// <summary>Last sequence appended; 0 when there is none.</summary>
    public long Version => Volatile.Read(ref version);

    /// <summary>Last sequence that readers see.</summary>
    public long WrittenVersion => Volatile.Read(ref written);

    /// <summary>Last sequence that is on disk.</summary>
    public long DurableVersion => Volatile.Read(ref durable);

    /// <summary>The torn tail that was set aside when the stream was opened; null when there was none.</summary>
    public TailSetAside? SetAside { get; }

    /// <summary>
    /// Appends a batch. With <see cref="DurabilityKind.EveryAppend"/> it is on disk when this returns; with an interval at
    /// most so much later; otherwise when the writer is flushed or closed. The batch can be cleared at once.
    /// </summary>
    /// <exception cref="StreamConflictException">The batch does not start at <see cref="Version"/> + 1.</exception>
    /// <exception cref="JournalFailedException">This or an earlier write failed.</exception>
    public void Append(EventBatch batch)
    {
        if (batch.Count == 0)
        {
            throw new ArgumentException("The batch is empty.", nameof(batch));
        }

        lock (gate)
        {
            ThrowIfUnusable();
            if (batch.FirstSequence != version + 1)
            {
                throw new StreamConflictException(Stream, batch.FirstSequence - 1, version);
            }

            var length = BatchFrame.LengthOf(batch);
            if (length > BatchFrame.MaxLength)
            {
                throw new ArgumentException($"A batch of {length} bytes is more than {BatchFrame.MaxLength}: append it in parts.", nameof(batch));
            }

            try
            {
                Encode(batch, (int)length);
                if (segment!.Waiting >= options.BufferBytes)
                {
                    WriteOutLocked();
                }
            }
            catch (Exception e) when (IsWriteFailure(e))
            {
                throw Fail(e);
            }

            if (Durability.Kind == DurabilityKind.Interval)
            {
                Arm(Durability.Milliseconds);
            }
        }

        if (Durability.Kind == DurabilityKind.EveryAppend)
        {
            Flush();
        }
    }

    /// <summary>Hands everything appended to the operating system: readers see it, a killed process does not lose it, a power cut may.</summary>
    /// <exception cref="JournalFailedException">This or an earlier write failed.</exception>
    public void WriteOut()
    {
        lock (gate)
        {
            ThrowIfUnusable();
            try
            {
                WriteOutLocked();
            }
            catch (Exception e) when (IsWriteFailure(e))
            {
                throw Fail(e);
            }
        }
    }

    /// <summary>Brings everything appended so far to the disk within an interval, by the timer.</summary>
    public void FlushWithin(int milliseconds)
    {
        lock (gate)
        {
            ThrowIfUnusable();
            Arm(milliseconds);
        }
    }

    /// <summary>Brings everything appended to the disk.</summary>
    /// <exception cref="JournalFailedException">This or an earlier write failed.</exception>
    public void Flush()
    {
        lock (flushing)
        {
            SegmentWriter? current;
            SegmentWriter[] closed;
            CommitPoint point;
            lock (gate)
            {
                ThrowIfUnusable();
                if (durable == version)
                {
                    return;
                }

                try
                {
                    WriteOutLocked();
                }
                catch (Exception e) when (IsWriteFailure(e))
                {
                    throw Fail(e);
                }

                current = segment!;
                point = new CommitPoint(version, current.FirstSequence, current.LastFrame, current.WrittenEnd);
                closed = retired.Count == 0 ? [] : retired.ToArray();
                retired.Clear();
            }

            try
            {
                foreach (var old in closed)
                {
                    old.Dispose();
                }

                DiskFlush.File(current.Handle, current.Path, FlushPoint.Segment);
                mark!.Move(point);
            }
            catch (Exception e) when (IsWriteFailure(e))
            {
                lock (gate)
                {
                    throw Fail(e);
                }
            }

            Volatile.Write(ref durable, point.Version);
        }
    }

    /// <summary>
    /// Ends the stream for good: flushes it, reads all of it back from the disk, checks it, and publishes its manifest with
    /// the content hash. The writer can only be disposed afterwards.
    /// </summary>
    /// <param name="engineVersion">Version of the engine that seals.</param>
    /// <param name="notes">What else the manifest should say.</param>
    /// <exception cref="StreamDamagedException">What is on disk is not what was written.</exception>
    public StreamManifest Seal(string engineVersion, IEnumerable<KeyValuePair<string, string>>? notes = null)
    {
        lock (flushing)
        {
            Flush();
            lock (gate)
            {
                ThrowIfUnusable();
                if (version != durable)
                {
                    throw new InvalidOperationException($"Stream {Stream} was appended to while it was being sealed: stop writing first.");
                }

                var manifest = StreamSeal.Publish(folder, version, engineVersion, notes);
                mark?.Dispose();
                mark = null;
                File.Delete(folder.Mark);
                failure = new StreamSealedException(Stream, version);
                return manifest;
            }
        }
    }

    /// <summary>Flushes and gives up the lock. After a failed write it only gives up the lock.</summary>
    /// <exception cref="JournalFailedException">The last flush failed; the lock is given up all the same.</exception>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        try
        {
            if (failure is null)
            {
                Flush();
                mark?.Flush();
            }
        }
        finally
        {
            disposed = true;
            timer.Dispose();
            lock (flushing)
            {
                lock (gate)
                {
                    failure ??= new ObjectDisposedException(nameof(JournalWriter), $"The writer of stream {Stream} is closed.");
                    retired.ForEach(s => s.Dispose());
                    segment?.Dispose();
                    mark?.Dispose();
                    index.Dispose();
                    held.Dispose();
                }
            }
        }
    }

    internal static JournalWriter Open(StreamFolder folder, JournalOptions options, TimeProvider timers, Durability durability, Action? onWritten = null)
    {
        DirectorySync.Create(folder.Path);
        var held = WriterLock.Take(folder, options.Program);
        try
        {
            return new JournalWriter(folder, options, timers, durability, held, WriterStart.Find(folder, options), onWritten);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private void Encode(EventBatch batch, int length)
    {
        if (segment is null)
        {
            folder.FlushNames();
            CommitMark.Create(folder.Mark);
            mark = CommitMark.Open(folder.Mark);
            segment = SegmentWriter.Create(folder, batch.FirstSequence, new byte[options.BufferBytes + (64 * 1024)]);
        }
        else if (segment.End + length > options.SegmentBytes && version >= segment.FirstSequence)
        {
            // On disk before the next one has a name: after a power cut a segment that is short before another would be damage, and no tail.
            // It is closed by the next flush, since one may be at work on it now.
            WriteOutLocked();
            var full = segment;
            DiskFlush.File(full.Handle, full.Path, FlushPoint.FullSegment);
            retired.Add(full);
            segment = SegmentWriter.Create(folder, batch.FirstSequence, full.ReleaseBuffer());
        }
        else if (!segment.HasRoom(length))
        {
            WriteOutLocked();
        }

        var offset = segment.Encode(batch, length);
        index.Note(batch.FirstSequence, batch.Count, batch.MaxReceiveTime, segment.FirstSequence, offset);
        Volatile.Write(ref version, batch.LastSequence);
    }

    private void WriteOutLocked()
    {
        if (segment is null || segment.Waiting == 0)
        {
            return;
        }

        segment.WriteOut();
        index.WriteOut();
        Volatile.Write(ref written, version);
        onWritten?.Invoke();
    }

    private void Arm(int milliseconds)
    {
        if (armed == 0 || milliseconds < armed)
        {
            armed = milliseconds;
            timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
        }
    }

    private void FlushByTimer()
    {
        lock (gate)
        {
            armed = 0;
            if (failure is not null)
            {
                return;
            }
        }

        try
        {
            Flush();
        }
        catch (Exception e) when (e is JournalFailedException or ObjectDisposedException or StreamSealedException)
        {
            // Kept: the next append, flush or close throws it.
        }
    }

    // .NET reports a file that grows beyond a limit as ArgumentOutOfRangeException.
    private static bool IsWriteFailure(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException or ObjectDisposedException;

    private JournalFailedException Fail(Exception cause)
    {
        var failed = cause as JournalFailedException ?? new JournalFailedException(Stream, durable, cause);
        if (failure is null)
        {
            failure = failed;
            held.NoteFailure();
        }

        return failed;
    }

    private void ThrowIfUnusable()
    {
        switch (failure)
        {
            case null: return;
            case JournalFailedException failed: throw new JournalFailedException(Stream, durable, failed.InnerException ?? failed);
            case StreamSealedException: throw new StreamSealedException(Stream, version);
            default: throw new ObjectDisposedException(nameof(JournalWriter), $"The writer of stream {Stream} is closed.");
        }
    }
}
