using System.Buffers;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>A buffer from the shared pool that grows on demand and is given back once.</summary>
internal sealed class PooledBytes : IDisposable
{
    private byte[] _bytes = [];

    /// <summary>The first <paramref name="length"/> bytes; what stood there before is lost when the buffer has to grow.</summary>
    public Memory<byte> Take(int length)
    {
        if (_bytes.Length < length)
        {
            Dispose();
            _bytes = ArrayPool<byte>.Shared.Rent(length);
        }

        return _bytes.AsMemory(0, length);
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }
}
