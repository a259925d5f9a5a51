namespace EventSourcedMM.Cli.Shell;

/// <summary>Turns Ctrl-C, a request to terminate and the loss of the terminal into a cancellation, so that a command can put its things in order. A second one ends the process, unless it is held.</summary>
public sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly System.Runtime.InteropServices.PosixSignalRegistration[] registrations;

    /// <summary>Listens from now on.</summary>
    public Interrupt() => registrations =
    [
        System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGINT, Handle),
        System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, Handle),
        System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGHUP, Handle),
        System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGQUIT, Handle),
    ];

    /// <summary>Asked when another signal comes: true while ending the process would leave undone what must not be.</summary>
    public Func<bool> Hold { get; set; } = () => false;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void Handle(System.Runtime.InteropServices.PosixSignalContext context)
    {
        context.Cancel = !source.IsCancellationRequested || Hold();
        source.Cancel();
    }
}
