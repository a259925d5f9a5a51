using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using Microsoft.Win32.SafeHandles;

/// <summary>A folder that is gone afterwards, and a bare file or a journal in it.</summary>
internal sealed class Scratch : IDisposable
{
    public static readonly StreamName Stream = StreamName.Market("BTCUSDT", "2024-08-08", "bench");

    public Scratch(string? place = null) => Folder = Directory.CreateDirectory(Path.Combine(place ?? Path.GetTempPath(), "journal-bench-" + Guid.NewGuid().ToString("N"))).FullName;

    public string Folder { get; }

    public SafeFileHandle OpenFile() => File.OpenHandle(Path.Combine(Folder, "log"), FileMode.Create, FileAccess.ReadWrite);

    public JournalStore OpenStore() => new(Folder, TimeProvider.System);

    public JournalWriter OpenWriter(Durability durability) => OpenStore().OpenWriter(Stream, durability);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
