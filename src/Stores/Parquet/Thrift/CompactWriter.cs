using System.Text;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>Writes Thrift's compact protocol: the structs, fields and lists that Parquet's metadata is made of.</summary>
internal sealed class CompactWriter(ByteSink sink)
{
    private readonly Stack<short> _outer = new();
    private short _lastField;

    public void BeginStruct()
    {
        _outer.Push(_lastField);
        _lastField = 0;
    }

    public void EndStruct()
    {
        sink.WriteByte((byte)CompactType.Stop);
        _lastField = _outer.Pop();
    }

    public void Bool(short id, bool value) => Field(id, value ? CompactType.True : CompactType.False);

    public void I8(short id, byte value)
    {
        Field(id, CompactType.Byte);
        sink.WriteByte(value);
    }

    public void I16(short id, short value)
    {
        Field(id, CompactType.I16);
        sink.WriteZigZag(value);
    }

    public void I32(short id, int value)
    {
        Field(id, CompactType.I32);
        sink.WriteZigZag(value);
    }

    public void I64(short id, long value)
    {
        Field(id, CompactType.I64);
        sink.WriteZigZag(value);
    }

    public void Binary(short id, ReadOnlySpan<byte> value)
    {
        Field(id, CompactType.Binary);
        BinaryElement(value);
    }

    public void String(short id, string value)
    {
        Field(id, CompactType.Binary);
        StringElement(value);
    }

    /// <summary>Begins a struct-valued field; close it with <see cref="EndStruct"/>.</summary>
    public void Struct(short id)
    {
        Field(id, CompactType.Struct);
        BeginStruct();
    }

    /// <summary>A struct-valued field without fields of its own, as the format's marker types are.</summary>
    public void EmptyStruct(short id)
    {
        Struct(id);
        EndStruct();
    }

    /// <summary>Begins a list; <paramref name="count"/> elements must follow.</summary>
    public void List(short id, CompactType elementType, int count)
    {
        Field(id, CompactType.List);
        if (count < 15)
        {
            sink.WriteByte((byte)((count << 4) | (int)elementType));
        }
        else
        {
            sink.WriteByte((byte)(0xF0 | (int)elementType));
            sink.WriteVarint((ulong)count);
        }
    }

    public void I32Element(int value) => sink.WriteZigZag(value);

    public void StringElement(string value) => BinaryElement(Encoding.UTF8.GetBytes(value));

    private void BinaryElement(ReadOnlySpan<byte> value)
    {
        sink.WriteVarint((ulong)value.Length);
        sink.Write(value);
    }

    private void Field(short id, CompactType type)
    {
        int delta = id - _lastField;
        if (delta is <= 0 or > 15)
        {
            throw new InvalidOperationException($"Field {id} after {_lastField}: metadata fields are written in ascending order.");
        }

        sink.WriteByte((byte)((delta << 4) | (int)type));
        _lastField = id;
    }
}
