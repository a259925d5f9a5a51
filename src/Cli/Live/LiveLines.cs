using System.Threading.Channels;
using EventSourcedMM.Cli.Shell;

namespace EventSourcedMM.Cli.Live;

/// <summary>
/// What a live run says while it runs, written by a task of its own: whoever says something never waits for a terminal that is stopped or
/// a pipe that is full, since he may hold what the kill switch needs.
/// </summary>
internal sealed class LiveLines : IAsyncDisposable
{
    private const int MostWaiting = 10_000;

    private readonly Channel<(string Line, string Note, bool Replaced)> waiting = Channel.CreateBounded<(string, string, bool)>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly Terminal terminal;
    private readonly bool json;
    private readonly Task writing;

    /// <summary>Lines for a terminal: JSON objects on its output, or notes.</summary>
    public LiveLines(Terminal terminal, bool json)
    {
        this.terminal = terminal;
        this.json = json;
        writing = Task.Run(WriteAsync);
    }

    /// <summary>True where JSON objects are said, false where notes are.</summary>
    public bool IsJson => json;

    /// <summary>Says something; returns at once.</summary>
    /// <param name="line">As a JSON object.</param>
    /// <param name="note">For people.</param>
    /// <param name="replaced">True for how it stands: on a terminal the next one takes its place.</param>
    public void Say(string line, string note, bool replaced = false) => waiting.Writer.TryWrite((line, note, replaced));

    /// <summary>Done when everything that was said is written, or nobody reads it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await writing.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var (line, note, replaced) in waiting.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                if (json)
                {
                    terminal.Output.WriteLine(line);
                    terminal.Output.Flush();
                }
                else if (replaced && terminal.IsLive)
                {
                    terminal.Status(note);
                }
                else
                {
                    terminal.Note(note);
                }
            }
        }
        catch (IOException)
        {
            // Nobody reads it any more: that does not end a run.
        }
    }
}
