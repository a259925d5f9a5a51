using System.IO.Compression;
using ZstdSharp;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Compresses page bodies with one codec; one instance a file being written.</summary>
internal sealed class PageCompressor : IDisposable
{
    private const int DefaultGzipLevel = 6;
    private const int DefaultBrotliQuality = 5;
    private const int BrotliWindow = 22;

    private readonly int _level;
    private readonly Compressor? _zstd;

    /// <summary>Prepares a codec.</summary>
    /// <param name="compression">A codec that is written.</param>
    /// <param name="level">GZIP 0–9, Brotli 0–11, ZSTD 1–22; null for 6, 5 and 3. Snappy has none.</param>
    /// <exception cref="ArgumentException">The codec is not written, or has no such level.</exception>
    public PageCompressor(ParquetCompression compression, int? level)
    {
        Compression = compression;
        (int lowest, int highest, int standard) = compression switch
        {
            ParquetCompression.Uncompressed or ParquetCompression.Snappy => (0, 0, 0),
            ParquetCompression.Gzip => (0, 9, DefaultGzipLevel),
            ParquetCompression.Brotli => (0, 11, DefaultBrotliQuality),
            ParquetCompression.Zstd => (1, Compressor.MaxCompressionLevel, Compressor.DefaultCompressionLevel),
            _ => throw new ArgumentException($"Parquet compression {compression} is not written; choose Uncompressed, Snappy, Gzip, Brotli or Zstd.", nameof(compression)),
        };
        _level = level ?? standard;
        if (_level < lowest || _level > highest)
        {
            throw new ArgumentException($"Parquet compression {compression} has levels {lowest} to {highest}, not {level}.", nameof(level));
        }

        _zstd = compression == ParquetCompression.Zstd ? new Compressor(_level) : null;
    }

    public ParquetCompression Compression { get; }

    /// <summary>Appends the compressed form of <paramref name="source"/>.</summary>
    public void Compress(ReadOnlySpan<byte> source, ByteSink sink)
    {
        switch (Compression)
        {
            case ParquetCompression.Uncompressed:
                sink.Write(source);
                break;
            case ParquetCompression.Snappy:
                SnappyEncoder.Encode(source, sink);
                break;
            case ParquetCompression.Gzip:
                using (var output = new ByteSinkStream(sink))
                using (var gzip = new GZipStream(output, new ZLibCompressionOptions { CompressionLevel = _level }))
                {
                    gzip.Write(source);
                }

                break;
            case ParquetCompression.Brotli:
                Span<byte> target = sink.Reserve(BrotliEncoder.GetMaxCompressedLength(source.Length));
                if (!BrotliEncoder.TryCompress(source, target, out int written, _level, BrotliWindow))
                {
                    throw new InvalidOperationException($"Brotli could not compress {source.Length} bytes into {target.Length}.");
                }

                sink.Advance(written);
                break;
            default:
                sink.Advance(_zstd!.Wrap(source, sink.Reserve(Compressor.GetCompressBound(source.Length))));
                break;
        }
    }

    public void Dispose() => _zstd?.Dispose();

    /// <summary>Lets the library's stream write into a sink.</summary>
    private sealed class ByteSinkStream(ByteSink sink) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => sink.Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => sink.Write(buffer);
    }
}
