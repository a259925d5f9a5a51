using System.IO.Compression;
using ZstdSharp;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Decompresses page bodies of every codec this codec reads; the result must fill its target exactly.</summary>
internal static class PageDecompressor
{
    [ThreadStatic]
    private static Decompressor? _zstd;

    /// <summary>Whether pages of a codec can be read; if not, <paramref name="name"/> says what is missing.</summary>
    public static bool IsSupported(ParquetCompression compression, out string name)
    {
        name = Enum.IsDefined(compression) ? compression.ToString() : $"number {(int)compression}";
        return compression is ParquetCompression.Uncompressed or ParquetCompression.Snappy or ParquetCompression.Gzip
            or ParquetCompression.Brotli or ParquetCompression.Zstd or ParquetCompression.Lz4Raw;
    }

    public static void Decompress(ParquetCompression compression, ReadOnlySpan<byte> source, Span<byte> target, ParquetPlace place)
    {
        // Some writers store nothing at all for a page whose values are all null.
        if (source.IsEmpty)
        {
            if (target.IsEmpty)
            {
                return;
            }

            throw place.Corrupt($"nothing is stored for the page's {target.Length} bytes");
        }

        switch (compression)
        {
            case ParquetCompression.Snappy:
                SnappyDecoder.Decode(source, target, place);
                break;
            case ParquetCompression.Lz4Raw:
                Lz4RawDecoder.Decode(source, target, place);
                break;
            case ParquetCompression.Gzip:
                Gunzip(source, target, place);
                break;
            case ParquetCompression.Brotli:
                if (!BrotliDecoder.TryDecompress(source, target, out int bytes) || bytes != target.Length)
                {
                    throw place.Corrupt($"Brotli data does not give the page's {target.Length} bytes");
                }

                break;
            case ParquetCompression.Zstd:
                Unzstd(source, target, place);
                break;
            default:
                throw place.Unsupported($"compression {compression}");
        }
    }

    private static unsafe void Gunzip(ReadOnlySpan<byte> source, Span<byte> target, ParquetPlace place)
    {
        fixed (byte* start = source)
        {
            using var input = new UnmanagedMemoryStream(start, source.Length);
            using var gzip = new GZipStream(input, CompressionMode.Decompress);
            try
            {
                int read = gzip.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
                if (read != target.Length || gzip.ReadByte() >= 0)
                {
                    throw place.Corrupt($"GZIP data does not give the page's {target.Length} bytes");
                }
            }
            catch (InvalidDataException e)
            {
                throw place.Corrupt("GZIP data is damaged", e);
            }
        }
    }

    private static void Unzstd(ReadOnlySpan<byte> source, Span<byte> target, ParquetPlace place)
    {
        Decompressor zstd = _zstd ??= new Decompressor();
        try
        {
            int written = zstd.Unwrap(source, target);
            if (written != target.Length)
            {
                throw place.Corrupt($"ZSTD data gives {written} bytes where the page has {target.Length}");
            }
        }
        catch (ZstdException e)
        {
            // The context may be left inside the damaged frame; the next page begins with a new one.
            _zstd = null;
            zstd.Dispose();
            throw place.Corrupt("ZSTD data is damaged", e);
        }
    }
}
