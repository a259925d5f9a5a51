namespace EventSourcedMM.Domain.Canonical;

/// <summary>A growing array of bytes that is written from the front and reused: it stops allocating once it is large enough.</summary>
public sealed class ByteBuffer
{
    private byte[] bytes;

    /// <summary>An empty buffer.</summary>
    public ByteBuffer(int capacity = 256) => bytes = new byte[Math.Max(capacity, 16)];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Span => bytes.AsSpan(0, Length);

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Memory => bytes.AsMemory(0, Length);

    /// <summary>Forgets the content, keeps the array.</summary>
    public void Clear() => Length = 0;

    /// <summary>Room for at least <paramref name="count"/> more bytes; commit what was written with <see cref="Advance"/>.</summary>
    public Span<byte> Room(int count)
    {
        var needed = Length + count;
        if (needed > bytes.Length)
        {
            Array.Resize(ref bytes, Math.Max(needed, (int)Math.Min((long)bytes.Length * 2, Array.MaxLength)));
        }

        return bytes.AsSpan(Length);
    }

    /// <summary>Commits bytes written into <see cref="Room"/>.</summary>
    public void Advance(int count) => Length += count;

    /// <summary>Drops everything after a length seen before.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length);
        Length = length;
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        data.CopyTo(Room(data.Length));
        Length += data.Length;
    }
}
