using Microsoft.Win32.SafeHandles;

namespace EventSourcedMM.Stores.Parquet;

/// <summary>
/// Where a file's bytes come from. Files are read with positioned reads into a reused buffer rather than mapped: a
/// mapped file that another process cuts, or whose disk fails, ends the whole process with a bus error, while a read
/// fails with an exception; and copying the compressed bytes costs little beside decoding them.
/// </summary>
internal abstract class ParquetSource(string name) : IDisposable
{
    public string Name { get; } = name;

    public abstract long Length { get; }

    /// <summary>Bytes of the file; a slice of what is in memory, or of <paramref name="buffer"/> after reading into it.</summary>
    /// <param name="offset">First byte, from the file's start.</param>
    /// <param name="length">How many; offset and length must lie in the file.</param>
    /// <param name="buffer">Taken when it is large enough, otherwise replaced.</param>
    /// <param name="place">For errors.</param>
    public abstract ReadOnlyMemory<byte> Read(long offset, int length, PooledBytes buffer, ParquetPlace place);

    public abstract void Dispose();

    /// <summary>A file in memory.</summary>
    internal sealed class InMemory(ReadOnlyMemory<byte> file, string name) : ParquetSource(name)
    {
        public override long Length => file.Length;

        public override ReadOnlyMemory<byte> Read(long offset, int length, PooledBytes buffer, ParquetPlace place) =>
            file.Slice((int)offset, length);

        public override void Dispose()
        {
        }
    }

    /// <summary>A file on disk.</summary>
    internal sealed class OnDisk : ParquetSource
    {
        private readonly SafeFileHandle _handle;

        public OnDisk(string path)
            : base(path)
        {
            _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            Length = RandomAccess.GetLength(_handle);
        }

        public override long Length { get; }

        public override ReadOnlyMemory<byte> Read(long offset, int length, PooledBytes buffer, ParquetPlace place)
        {
            Memory<byte> target = buffer.Take(length);
            int read = 0;
            while (read < length)
            {
                int now = RandomAccess.Read(_handle, target.Span[read..], offset + read);
                if (now == 0)
                {
                    throw place.Corrupt($"the file ends at byte {offset + read}, though it had {Length} bytes when it was opened");
                }

                read += now;
            }

            return target;
        }

        public override void Dispose() => _handle.Dispose();
    }
}
