using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace EventSourcedMM.Cli.Shell;

/// <summary>
/// Standard error without the console's lock, which holds up standard output, too, while a write to standard error hangs. On Unix; there the
/// runtime ignores the signal of a closed pipe.
/// </summary>
internal sealed class StandardError : TextWriter
{
    private const int Standard = 2;
    private const int Interrupted = 4;
    private const int BrokenPipe = 32;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    // EAGAIN on Linux, and on BSD and macOS: somebody else has made the pipe one that does not wait.
    private static readonly int[] Full = [11, 35];

    private readonly int descriptor;

    private StandardError(int descriptor)
        : base(System.Globalization.CultureInfo.InvariantCulture) => this.descriptor = descriptor;

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>
    /// Opens it; null where there is none, or not on Unix. To be called before files are written: a process that was started without standard
    /// error may get its number for one of them.
    /// </summary>
    public static StandardError? Open() => !OperatingSystem.IsWindows() && Duplicate(Standard) is >= 0 and var own ? new StandardError(own) : null;

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write(value + Environment.NewLine);

    /// <inheritdoc/>
    /// <exception cref="IOException">It cannot be written; a reader that has gone is no failure.</exception>
    public override void Write(string? value)
    {
        var bytes = Encoding.UTF8.GetBytes(value ?? "");
        for (var at = 0; at < bytes.Length;)
        {
            var written = (int)WriteTo(descriptor, ref bytes[at], bytes.Length - at);
            if (written >= 0)
            {
                at += written;
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == BrokenPipe)
            {
                return;
            }

            if (Full.Contains(error))
            {
                Thread.Sleep(Pause);
            }
            else if (error != Interrupted)
            {
                throw new IOException(new Win32Exception(error).Message);
            }
        }
    }

    [DllImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static extern int Duplicate(int descriptor);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint WriteTo(int descriptor, ref byte first, nint count);
}
