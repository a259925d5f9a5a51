namespace EventSourcedMM.Tests.Stores;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public TempFolder()
        : this(Directory.CreateTempSubdirectory("mm-stores-").FullName)
    {
    }

    private TempFolder(string path) => Path = path;

    /// <summary>A folder in memory where there is such a place: for thousands of small files, where the disk has no part in what is shown.</summary>
    public static TempFolder InMemory()
    {
        const string Shared = "/dev/shm";
        return Directory.Exists(Shared) ? new TempFolder(Directory.CreateDirectory(System.IO.Path.Combine(Shared, "mm-stores-" + System.IO.Path.GetRandomFileName())).FullName) : new TempFolder();
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public static implicit operator string(TempFolder folder) => folder.Path;
}
