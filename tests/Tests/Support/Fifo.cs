using System.Runtime.InteropServices;

namespace EventSourcedMM.Tests.Support;

/// <summary>A named pipe, for its owner to read and write.</summary>
internal static class Fifo
{
    private const uint OwnersAlone = 0x180;

    /// <summary>Makes one that is not there yet.</summary>
    public static void Make(string path) => Assert.Equal(0, MakeFifo(path, OwnersAlone));

    [DllImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    private static extern int MakeFifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
}
