using System.IO.Compression;

namespace EventSourcedMM.Live.Import;

/// <summary>
/// Decompresses gzip and knows whether the file was whole. The framework's stream ends quietly where a cut file ends; so
/// this one appends a member of its own behind the file's last byte. If that member comes out, the file ended where a
/// member ends; if not, it was cut.
/// </summary>
internal sealed class GzipReader : IDisposable
{
    private static readonly byte[] EndMark = "\nend of the recording\n"u8.ToArray();
    private static readonly byte[] EndMember = Compress(EndMark);

    private readonly TailedStream file;
    private readonly GZipStream gzip;
    private bool ended;

    /// <summary>Takes over an open file that stands at its start.</summary>
    public GzipReader(FileStream file)
    {
        this.file = new TailedStream(file, EndMember);
        gzip = new GZipStream(this.file, CompressionMode.Decompress);
    }

    /// <summary>True after the last byte when the file does not end where its gzip data ends.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Reads on; 0 at the end.</summary>
    /// <exception cref="InvalidDataException">The data is damaged.</exception>
    public int Read(Span<byte> into)
    {
        if (ended)
        {
            return 0;
        }

        var count = 0;
        try
        {
            count = gzip.Read(into);
        }
        catch (InvalidDataException) when (file.TailGiven)
        {
            // The tail is ours, not the file's: that it cannot be read says only that the file ended, which is judged below.
            count = 0;
        }

        // What comes out once the tail has gone in was made from the tail, for output waits for nothing but input.
        if (!file.TailGiven && count > 0)
        {
            return count;
        }

        ended = true;
        IsCut = !IsEndMark(into[..count]);
        return 0;
    }

    /// <inheritdoc/>
    public void Dispose() => gzip.Dispose();

    private static byte[] Compress(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.NoCompression))
        {
            gzip.Write(data);
        }

        return compressed.ToArray();
    }

    // The mark may come in pieces.
    private bool IsEndMark(ReadOnlySpan<byte> first)
    {
        var tail = new MemoryStream();
        tail.Write(first);
        var buffer = new byte[256];
        try
        {
            for (int count; tail.Length <= EndMark.Length && (count = gzip.Read(buffer)) > 0;)
            {
                tail.Write(buffer.AsSpan(0, count));
            }
        }
        catch (InvalidDataException)
        {
            return false;
        }

        return tail.GetBuffer().AsSpan(0, (int)tail.Length).SequenceEqual(EndMark);
    }

    private sealed class TailedStream(Stream file, byte[] tail) : Stream
    {
        private int given;

        public bool TailGiven => given > 0;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var count = TailGiven ? 0 : file.Read(buffer);
            if (count == 0)
            {
                count = Math.Min(buffer.Length, tail.Length - given);
                tail.AsSpan(given, count).CopyTo(buffer);
                given += count;
            }

            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                file.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
