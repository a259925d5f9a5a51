using System.Buffers.Binary;
using System.IO.Hashing;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Walks the pages of one column chunk: header, checksum, decompression, and where levels and values stand.</summary>
internal sealed class PageReader : IDisposable
{
    private readonly ParquetReaderOptions _options;
    private readonly ChunkMetadata _chunk;
    private readonly ParquetColumn _column;
    private readonly bool _isTrusted;
    private readonly PooledBytes _stored = new();
    private readonly PooledBytes _uncompressed = new();
    private readonly ReadOnlyMemory<byte> _bytes;
    private PageHeader _header;
    private ReadOnlyMemory<byte> _body;
    private int _position;

    /// <param name="source">The file.</param>
    /// <param name="end">Where the footer begins; pages lie before it.</param>
    /// <param name="chunk">The column chunk.</param>
    /// <param name="isTrusted">The footer's own checksum was right, so that a page contradicting it is damaged.</param>
    /// <param name="options">Limits.</param>
    /// <param name="place">For errors.</param>
    public PageReader(ParquetSource source, long end, ParquetChunk chunk, bool isTrusted, ParquetReaderOptions options, ParquetPlace place)
    {
        _options = options;
        _chunk = chunk.Metadata;
        _column = chunk.Column;
        _isTrusted = isTrusted;
        Place = place;
        Place.Offset = _chunk.Start;
        if (_chunk.IsEncrypted)
        {
            throw place.Unsupported("encrypted columns");
        }

        if (_chunk.ExternalFile is not null)
        {
            throw place.Unsupported($"a column stored in another file ('{_chunk.ExternalFile}')");
        }

        if (!PageDecompressor.IsSupported(_chunk.Compression, out string codec))
        {
            throw place.Unsupported($"compression {codec}");
        }

        if (_chunk.Start > end || _chunk.StoredBytes > end - _chunk.Start)
        {
            throw place.Corrupt($"the column's {_chunk.StoredBytes} bytes pass the end of the data at byte {end}");
        }

        if (_chunk.StoredBytes > options.MaxChunkBytes)
        {
            throw place.Unsupported($"a column chunk of {_chunk.StoredBytes} bytes (the limit is {options.MaxChunkBytes}; see {nameof(ParquetReaderOptions)}.{nameof(ParquetReaderOptions.MaxChunkBytes)})");
        }

        _bytes = source.Read(_chunk.Start, (int)_chunk.StoredBytes, _stored, place);
    }

    public ParquetPlace Place { get; }

    /// <summary>The header of the current page.</summary>
    public ref readonly PageHeader Header => ref _header;

    /// <summary>The current page without header, uncompressed. In version 2 the levels come first here, too.</summary>
    public ReadOnlySpan<byte> Body => _body.Span;

    public bool IsTrusted => _isTrusted;

    /// <summary>The last bytes of the current page in the array they stand in until the next page; false where that is none.</summary>
    public bool TryFindEnd(int length, out ArraySegment<byte> bytes)
    {
        bool isArray = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(_body, out ArraySegment<byte> body);
        bytes = isArray ? body[(body.Count - length)..] : default;
        return isArray;
    }

    /// <summary>Moves to the next dictionary or data page.</summary>
    /// <returns>False at the end of the chunk.</returns>
    public bool Next()
    {
        while (_position < _bytes.Length)
        {
            Place.Offset = _chunk.Start + _position;
            ReadOnlySpan<byte> rest = _bytes.Span[_position..];
            _header = PageHeaderCodec.Read(rest, Place, out int headerBytes);
            if (_header.StoredBytes > rest.Length - headerBytes)
            {
                throw Place.Corrupt($"a page of {_header.StoredBytes} bytes passes the end of its column");
            }

            ReadOnlyMemory<byte> stored = _bytes.Slice(_position + headerBytes, _header.StoredBytes);
            _position += headerBytes + _header.StoredBytes;
            if (_header.Type == PageType.Index)
            {
                continue;
            }

            CheckHeader();
            CheckCrc(stored.Span);
            _body = _header.Type == PageType.DataV2 ? UncompressV2(stored) : Uncompress(stored);
            return true;
        }

        return false;
    }

    public void Dispose()
    {
        _stored.Dispose();
        _uncompressed.Dispose();
    }

    private void CheckHeader()
    {
        if (_header.UncompressedBytes > _options.MaxPageBytes)
        {
            throw Place.Unsupported($"a page of {_header.UncompressedBytes} bytes (the limit is {_options.MaxPageBytes}; see {nameof(ParquetReaderOptions)}.{nameof(ParquetReaderOptions.MaxPageBytes)})");
        }

        if (_header.EntryCount > _options.MaxPageEntries)
        {
            throw Place.Unsupported($"a page of {_header.EntryCount} entries (the limit is {_options.MaxPageEntries}; see {nameof(ParquetReaderOptions)}.{nameof(ParquetReaderOptions.MaxPageEntries)})");
        }

        if (_isTrusted && _header.Type != PageType.Dictionary && !_chunk.Encodings.Contains(_header.Encoding))
        {
            throw Place.Corrupt($"the page's encoding {_header.Encoding} is not one that the footer lists");
        }
    }

    private void CheckCrc(ReadOnlySpan<byte> stored)
    {
        if (_options.VerifyChecksums && _header.Crc is uint expected)
        {
            uint actual = Crc32.HashToUInt32(stored);
            if (actual != expected)
            {
                throw Place.Corrupt($"the page's checksum is {actual:x8} where its header says {expected:x8}");
            }
        }
    }

    private ReadOnlyMemory<byte> Uncompress(ReadOnlyMemory<byte> stored)
    {
        if (_chunk.Compression == ParquetCompression.Uncompressed)
        {
            return stored.Length == _header.UncompressedBytes
                ? stored
                : throw Place.Corrupt($"an uncompressed page has {stored.Length} bytes where its header says {_header.UncompressedBytes}");
        }

        Memory<byte> target = _uncompressed.Take(_header.UncompressedBytes);
        PageDecompressor.Decompress(_chunk.Compression, stored.Span, target.Span, Place);
        return target;
    }

    // Version 2: the levels are stored as they are; only the values after them are compressed.
    private ReadOnlyMemory<byte> UncompressV2(ReadOnlyMemory<byte> stored)
    {
        long levels = (long)_header.RepetitionBytes + _header.DefinitionBytes;
        if (levels > stored.Length || levels > _header.UncompressedBytes)
        {
            throw Place.Corrupt($"{levels} bytes of levels pass the end of the page");
        }

        if (!_header.IsCompressed || _chunk.Compression == ParquetCompression.Uncompressed)
        {
            return stored.Length == _header.UncompressedBytes
                ? stored
                : throw Place.Corrupt($"an uncompressed page has {stored.Length} bytes where its header says {_header.UncompressedBytes}");
        }

        Memory<byte> target = _uncompressed.Take(_header.UncompressedBytes);
        stored[..(int)levels].CopyTo(target);
        PageDecompressor.Decompress(_chunk.Compression, stored.Span[(int)levels..], target.Span[(int)levels..], Place);
        return target;
    }

    /// <summary>Decodes the levels of the current data page.</summary>
    /// <param name="repetition">One byte an entry, or empty for a column without lists.</param>
    /// <param name="definition">One byte an entry, or empty for a required column.</param>
    /// <param name="values">The encoded values after the levels.</param>
    /// <returns>How many values (not nulls) the page has.</returns>
    public int ReadLevels(Span<byte> repetition, Span<byte> definition, out ReadOnlySpan<byte> values)
    {
        ReadOnlySpan<byte> body = Body;
        if (_header.Type == PageType.DataV2)
        {
            // Even where a column has no levels, the declared bytes are passed over.
            ReadLevelsV2(body[.._header.RepetitionBytes], repetition, _column.MaxRepetitionLevel);
            ReadLevelsV2(body.Slice(_header.RepetitionBytes, _header.DefinitionBytes), definition, _column.MaxDefinitionLevel);
            values = body[(_header.RepetitionBytes + _header.DefinitionBytes)..];
        }
        else
        {
            int position = ReadLevelsV1(body, _header.RepetitionEncoding, repetition, _column.MaxRepetitionLevel);
            position += ReadLevelsV1(body[position..], _header.DefinitionEncoding, definition, _column.MaxDefinitionLevel);
            values = body[position..];
        }

        CheckRange(repetition, _column.MaxRepetitionLevel, "repetition");
        CheckRange(definition, _column.MaxDefinitionLevel, "definition");
        int count = definition.IsEmpty ? _header.EntryCount : definition.Count((byte)_column.MaxDefinitionLevel);
        if (_isTrusted && _header.Type == PageType.DataV2 && count != _header.EntryCount - _header.NullCount)
        {
            throw Place.Corrupt($"the page has {_header.EntryCount - count} nulls where its header says {_header.NullCount}");
        }

        return count;
    }

    private void ReadLevelsV2(ReadOnlySpan<byte> data, Span<byte> levels, int highest)
    {
        if (!levels.IsEmpty)
        {
            RleHybridDecoder.Decode(data, LevelWidth(highest), levels, Place);
        }
    }

    private int ReadLevelsV1(ReadOnlySpan<byte> data, ParquetEncoding encoding, Span<byte> levels, int highest)
    {
        // Nothing is stored for a column that has no such levels. An empty page of one that has them still has the length.
        if (highest == 0 || (levels.IsEmpty && data.IsEmpty))
        {
            return 0;
        }

        switch (encoding)
        {
            case ParquetEncoding.Rle:
                if (data.Length < 4)
                {
                    throw Place.Corrupt("the page ends before its levels");
                }

                uint length = BinaryPrimitives.ReadUInt32LittleEndian(data);
                if (length > (uint)(data.Length - 4))
                {
                    throw Place.Corrupt($"{length} bytes of levels pass the end of the page");
                }

                RleHybridDecoder.Decode(data.Slice(4, (int)length), LevelWidth(highest), levels, Place);
                return 4 + (int)length;
            case ParquetEncoding.BitPacked:
                return BitPackedLevels.Decode(data, LevelWidth(highest), levels, Place);
            default:
                throw Place.Unsupported($"levels encoded as {encoding}");
        }
    }

    private void CheckRange(ReadOnlySpan<byte> levels, int highest, string what)
    {
        int at = levels.IndexOfAnyExceptInRange((byte)0, (byte)highest);
        if (at >= 0)
        {
            throw Place.Corrupt($"entry {at} of the page has {what} level {levels[at]}; the column's highest is {highest}");
        }
    }

    /// <summary>Bits of a level that is at most <paramref name="highest"/>.</summary>
    public static int LevelWidth(int highest) => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)highest);
}
