using System.Text;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Reads Thrift's compact protocol from bytes that may be damaged: every length is checked against what is left before
/// anything is allocated, nesting is bounded, and every fault is a <see cref="ParquetFormatException"/>.
/// </summary>
internal ref struct CompactReader(ReadOnlySpan<byte> data, ParquetPlace place)
{
    private const int MaxDepth = 32;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _data = data;
    private int _position;
    private int _depth;

    /// <summary>Bytes consumed so far.</summary>
    public readonly int Position => _position;

    public readonly ParquetPlace Place => place;

    /// <summary>Enters a struct: fields follow until <see cref="NextField"/> returns false.</summary>
    public void EnterStruct()
    {
        if (++_depth > MaxDepth)
        {
            throw place.Corrupt("metadata is nested too deeply");
        }
    }

    /// <summary>Next field of the current struct, or false (and the struct is left) at its end.</summary>
    /// <param name="id">In: the previous field's id (0 at the start). Out: this field's id.</param>
    /// <param name="type">The field's wire type.</param>
    public bool NextField(ref short id, out CompactType type)
    {
        byte header = ReadByte();
        type = (CompactType)(header & 0x0F);
        if (type == CompactType.Stop)
        {
            _depth--;
            return false;
        }

        if (type > CompactType.Struct)
        {
            throw place.Corrupt($"metadata has a field of unknown wire type {(int)type}");
        }

        int delta = header >> 4;
        long next = delta == 0 ? ReadZigZag() : id + delta;
        if (next is < short.MinValue or > short.MaxValue)
        {
            throw place.Corrupt("metadata has a field number out of range");
        }

        id = (short)next;
        return true;
    }

    public readonly bool ReadBool(CompactType type) => type switch
    {
        CompactType.True => true,
        CompactType.False => false,
        _ => throw Unexpected(CompactType.True, type),
    };

    public byte ReadI8(CompactType type)
    {
        Expect(CompactType.Byte, type);
        return ReadByte();
    }

    public int ReadI32(CompactType type)
    {
        Expect(CompactType.I32, type);
        return ReadI32Element();
    }

    public int ReadI32Element()
    {
        long value = ReadZigZag();
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw place.Corrupt("metadata has a 32-bit number out of range");
    }

    public long ReadI64(CompactType type)
    {
        Expect(CompactType.I64, type);
        return ReadZigZag();
    }

    public byte[] ReadBinary(CompactType type)
    {
        Expect(CompactType.Binary, type);
        return ReadBinaryElement().ToArray();
    }

    public string ReadString(CompactType type)
    {
        Expect(CompactType.Binary, type);
        return ReadStringElement();
    }

    public string ReadStringElement()
    {
        try
        {
            return StrictUtf8.GetString(ReadBinaryElement());
        }
        catch (DecoderFallbackException e)
        {
            throw place.Corrupt("metadata has text that is not UTF-8", e);
        }
    }

    /// <summary>Reads a list's header; its elements follow. Every element takes at least a byte, so the count is bounded by what is left.</summary>
    public int ReadList(CompactType type, CompactType elementType)
    {
        Expect(CompactType.List, type);
        int count = ReadListHeader(out CompactType actual);
        if (count > 0)
        {
            Expect(elementType, actual);
        }

        return count;
    }

    /// <summary>Passes over a field whose number this codec does not know.</summary>
    public void Skip(CompactType type)
    {
        switch (type)
        {
            case CompactType.True or CompactType.False:
                break;
            case CompactType.Byte:
                Advance(1);
                break;
            case CompactType.I16 or CompactType.I32 or CompactType.I64:
                ReadVarint();
                break;
            case CompactType.Double:
                Advance(8);
                break;
            case CompactType.Binary:
                ReadBinaryElement();
                break;
            case CompactType.List or CompactType.Set:
                SkipList();
                break;
            case CompactType.Map:
                SkipMap();
                break;
            case CompactType.Struct:
                EnterStruct();
                short id = 0;
                while (NextField(ref id, out CompactType fieldType))
                {
                    Skip(fieldType);
                }

                break;
            default:
                throw place.Corrupt($"metadata has a value of unknown wire type {(int)type}");
        }
    }

    private void SkipList()
    {
        int count = ReadListHeader(out CompactType elementType);
        EnterStruct();
        for (int i = 0; i < count; i++)
        {
            SkipElement(elementType);
        }

        _depth--;
    }

    private void SkipMap()
    {
        int count = ReadCount();
        if (count == 0)
        {
            return;
        }

        byte types = ReadByte();
        EnterStruct();
        for (int i = 0; i < count; i++)
        {
            SkipElement((CompactType)(types >> 4));
            SkipElement((CompactType)(types & 0x0F));
        }

        _depth--;
    }

    // A boolean inside a collection takes a byte; as a field it lives in the field's header.
    private void SkipElement(CompactType type)
    {
        if (type is CompactType.True or CompactType.False)
        {
            Advance(1);
        }
        else
        {
            Skip(type);
        }
    }

    private int ReadListHeader(out CompactType elementType)
    {
        byte header = ReadByte();
        elementType = (CompactType)(header & 0x0F);
        int count = header >> 4;
        if (count == 15)
        {
            return ReadCount();
        }

        return count <= _data.Length - _position ? count : throw CutShort();
    }

    private int ReadCount()
    {
        ulong count = ReadVarint();
        return count <= (ulong)(_data.Length - _position)
            ? (int)count
            : throw place.Corrupt($"metadata declares {count} elements or bytes where {_data.Length - _position} bytes are left");
    }

    private ReadOnlySpan<byte> ReadBinaryElement()
    {
        int length = ReadCount();
        ReadOnlySpan<byte> bytes = _data.Slice(_position, length);
        _position += length;
        return bytes;
    }

    private long ReadZigZag()
    {
        ulong raw = ReadVarint();
        return (long)(raw >> 1) ^ -(long)(raw & 1);
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte b = ReadByte();
            if (shift == 63 && b > 1)
            {
                break;
            }

            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw place.Corrupt("metadata has a number longer than 64 bits");
    }

    private byte ReadByte() => _position < _data.Length ? _data[_position++] : throw CutShort();

    private void Advance(int bytes)
    {
        if (bytes > _data.Length - _position)
        {
            throw CutShort();
        }

        _position += bytes;
    }

    private readonly void Expect(CompactType expected, CompactType actual)
    {
        if (expected != actual)
        {
            throw Unexpected(expected, actual);
        }
    }

    private readonly ParquetFormatException Unexpected(CompactType expected, CompactType actual) =>
        place.Corrupt($"metadata has a {actual} where a {expected} belongs");

    private readonly ParquetFormatException CutShort() => place.Corrupt("metadata is cut short");
}
