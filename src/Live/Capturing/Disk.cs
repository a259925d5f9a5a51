namespace EventSourcedMM.Live.Capturing;

/// <summary>The disk that a store lies on.</summary>
public static class Disk
{
    /// <summary>Free bytes; null when the system does not tell.</summary>
    public static long? Free(string directory)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(directory)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
