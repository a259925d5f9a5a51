using EventSourcedMM.Stores.Locations;

namespace EventSourcedMM.Cli.Shell;

/// <summary>
/// Output of a command: results on standard output, everything else on standard error. Progress shows on a terminal
/// only and stays out of pipes.
/// </summary>
public sealed class Terminal(TextWriter output, TextWriter error)
{
    private readonly bool live = !Console.IsErrorRedirected;
    private bool progressShown;
    private bool isGivenUp;

    /// <summary>Where results go.</summary>
    public TextWriter Output => output;

    /// <summary>A note that is not a result.</summary>
    public void Note(string text)
    {
        if (isGivenUp)
        {
            return;
        }

        EndProgress();
        error.WriteLine(Secrets.Redact(text));
    }

    /// <summary>A warning.</summary>
    public void Warn(string text) => Note("warning: " + text);

    /// <summary>What went wrong.</summary>
    public void Fail(string text)
    {
        try
        {
            Note("mm: " + text);
        }
        catch (IOException)
        {
            // Standard error is on a full disk: the exit code says it still.
        }
    }

    /// <summary>From now on a write to standard error that hangs holds up nothing but itself: not standard output, which shares the console's lock.</summary>
    public void Part()
    {
        if (error is StandardStream || ReferenceEquals(error, Console.Error))
        {
            error = StandardError.Open() ?? error;
        }
    }

    /// <summary>Nobody reads standard error, and whoever writes to it hangs: nothing more is noted.</summary>
    public void GiveUp() => isGivenUp = true;

    /// <summary>Shows how far a long task is.</summary>
    public void Progress(string what, long done, long total)
    {
        if (!live)
        {
            return;
        }

        var share = total > 0 ? Math.Min(1.0, (double)done / total) : 0;
        const int width = 30;
        var filled = (int)(share * width);
        error.Write($"\r{what} [{new string('#', filled)}{new string('.', width - filled)}] {share * 100:0} %");
        progressShown = true;
    }

    /// <summary>Shows how far a run is, and gives it up when it is to stop.</summary>
    /// <param name="what">What is done.</param>
    /// <param name="stop">Cancelled by Ctrl-C.</param>
    /// <exception cref="OperationCanceledException">It is to stop.</exception>
    public Action<long, long> Progress(string what, CancellationToken stop) => (done, total) =>
    {
        stop.ThrowIfCancellationRequested();
        Progress(what, done, total);
    };

    /// <summary>True when somebody looks: standard error is a terminal.</summary>
    public bool IsLive => live;

    /// <summary>Shows a line that the next one replaces, on a terminal only.</summary>
    public void Status(string text)
    {
        if (live)
        {
            error.Write($"\r{text}\u001b[K");
            progressShown = true;
        }
    }

    /// <summary>Clears the progress line.</summary>
    public void EndProgress()
    {
        if (progressShown)
        {
            error.Write("\r\u001b[K");
            progressShown = false;
        }
    }
}
