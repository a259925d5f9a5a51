using System.Runtime.InteropServices;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Turns Ctrl-C, a request to terminate and the loss of the terminal into a cancellation, so that a command can put its things in order. A second one ends the process, unless it is held.</summary>
public sealed class Interrupt : IDisposable
{
    private static int listening;

    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private bool isDisposed;

    /// <summary>Listens from now on.</summary>
    public Interrupt()
    {
        Interlocked.Increment(ref listening);
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Handle),
        ];
    }

    /// <summary>True while a command listens, and ends by itself.</summary>
    public static bool IsListening => Volatile.Read(ref listening) > 0;

    /// <summary>Asked when another signal comes: true while ending the process would leave undone what must not be.</summary>
    public Func<bool> Hold { get; set; } = () => false;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        Interlocked.Decrement(ref listening);
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = !source.IsCancellationRequested || Hold();
        source.Cancel();
    }
}
