using System.IO.Pipelines;

namespace EventSourcedMM.VenueSim.Sockets;

/// <summary>
/// Bytes on their way to a client. The venue's loop writes without ever waiting; a task of the connection carries them
/// to the socket. Written and flushed by the loop alone.
/// </summary>
internal sealed class Outbox
{
    // Flushing wakes the other task: not for every message.
    private const int FlushAfter = 16_384;

    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: 16_384, useSynchronizationContext: false));
    private long written;
    private long carried;
    private int unflushed;
    private bool completed;

    /// <summary>Bytes not yet handed to the socket.</summary>
    public long Queued => written - Volatile.Read(ref carried);

    /// <summary>Bytes ever written.</summary>
    public long Written => written;

    /// <summary>Appends a whole message as one frame: what comes before the payload, the payload, what comes after it.</summary>
    public void Append(FrameKind kind, ReadOnlySpan<byte> before, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> after)
    {
        if (completed)
        {
            return;
        }

        var length = before.Length + payload.Length + after.Length;
        var room = pipe.Writer.GetSpan(FrameCode.LongestHead + length);
        var at = FrameCode.WriteHead(room, kind, length);
        before.CopyTo(room[at..]);
        at += before.Length;
        payload.CopyTo(room[at..]);
        at += payload.Length;
        after.CopyTo(room[at..]);
        Advance(at + after.Length);
    }

    /// <summary>Appends frames that were made before.</summary>
    public void AppendFrames(ReadOnlySpan<byte> frames)
    {
        if (!completed)
        {
            frames.CopyTo(pipe.Writer.GetSpan(frames.Length));
            Advance(frames.Length);
        }
    }

    /// <summary>Lets the other task have what was appended.</summary>
    public void Flush()
    {
        if (unflushed > 0 && !completed)
        {
            unflushed = 0;

            // Never pauses: the pipe has no limit, the venue's loop keeps its own.
            var flushed = pipe.Writer.FlushAsync();
            if (!flushed.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("An outbox without a limit made its writer wait.");
            }
        }
    }

    /// <summary>Nothing more will be appended.</summary>
    public void Complete()
    {
        if (!completed)
        {
            Flush();
            completed = true;
            pipe.Writer.Complete();
        }
    }

    /// <summary>Carries bytes to the socket until the outbox is complete and empty, or the socket breaks.</summary>
    public async Task CarryAsync(Stream socket, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var read = await pipe.Reader.ReadAsync(ct);
                foreach (var segment in read.Buffer)
                {
                    await socket.WriteAsync(segment, ct);
                }

                Volatile.Write(ref carried, carried + read.Buffer.Length);
                pipe.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
        }
    }

    private void Advance(int count)
    {
        pipe.Writer.Advance(count);
        written += count;
        unflushed += count;
        if (unflushed >= FlushAfter)
        {
            Flush();
        }
    }
}
