using System.Text;
using EventSourcedMM.Cli.Capture;
using EventSourcedMM.Live.Capturing;

namespace EventSourcedMM.Cli.Shell;

/// <summary>
/// What a command says that runs for weeks: how it stands, what happens, its result. Nothing here waits for whoever reads, and nothing
/// that goes wrong with a stream ends the run or changes its exit code.
/// </summary>
internal sealed class RunLines : IAsyncDisposable
{
    // A command that is told to stop ends although nobody reads: supervisors are patient for a minute or so.
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan QuietPatience = TimeSpan.FromSeconds(2);

    // A reader that is at work takes one in less than the patience.
    private const int Piece = 16 * 1024;

    private readonly Terminal terminal;
    private readonly bool json;
    private readonly TimeSpan patience;
    private readonly WaitingLines output;
    private readonly WaitingLines notes;

    /// <summary>Lines of a command.</summary>
    /// <param name="terminal">Where they go; nobody else writes to it until this is disposed.</param>
    /// <param name="json">JSON objects on its output, or notes.</param>
    /// <param name="patience">How long a stream that takes nothing is waited for at the end; two seconds unless given.</param>
    /// <param name="most">Characters that may wait for a stream.</param>
    public RunLines(Terminal terminal, bool json, TimeSpan? patience = null, int most = WaitingLines.MostCharacters)
    {
        terminal.Part();
        this.terminal = terminal;
        this.json = json;
        this.patience = patience ?? QuietPatience;
        output = new WaitingLines("standard output", LostOutput, e => Note($"warning: {Failed("standard output", e)}"), most);
        notes = new WaitingLines("standard error", LostNotes, FailedNotes, most);
        Terminal = new Terminal(TextWriter.Null, new NoteWriter(Note));

        // Made ready now: where the result is all that is said there, its time at the end is for writing.
        output.Say(() => terminal.Output.Write(ReadOnlySpan<char>.Empty), 0);
    }

    /// <summary>True where JSON objects are said, false where notes are.</summary>
    public bool IsJson => json;

    /// <summary>The time that goes with what is said about the lines themselves: nanoseconds since the epoch.</summary>
    public Func<long> Now { get; set; } = () => 0;

    /// <summary>For those who note to a terminal: their notes become lines of this.</summary>
    public Terminal Terminal { get; }

    /// <summary>Says something; returns at once.</summary>
    /// <param name="line">As a JSON object.</param>
    /// <param name="note">For people.</param>
    /// <param name="replaced">True for how it stands: on a terminal the next one takes its place.</param>
    public void Say(string line, string note, bool replaced = false)
    {
        if (json)
        {
            output.Say(() => WriteOut(line), line.Length);
        }
        else if (replaced && terminal.IsLive)
        {
            notes.Say(() => terminal.Status(note), note.Length);
        }
        else
        {
            Note(note);
        }
    }

    /// <summary>Says what happened at a moment; returns at once.</summary>
    public void Say(CaptureIncident incident) => Say(json ? CaptureJson.Incident(incident) : "", json ? "" : CaptureText.Incident(incident));

    /// <summary>Notes something on standard error; returns at once.</summary>
    public void Note(string text) => notes.Say(() => terminal.Note(text), text.Length);

    /// <summary>Notes what went wrong; returns at once.</summary>
    public void Fail(string text) => Terminal.Fail(text);

    /// <summary>Writes the result to standard output when everything that was said before is written, or nobody reads it.</summary>
    public async Task ResultAsync(string text)
    {
        notes.Say(terminal.EndProgress, 1);
        await WaitAsync(notes).ConfigureAwait(false);
        output.Say(() => WriteOut(text), text.Length);
        await WaitAsync(output).ConfigureAwait(false);
    }

    /// <summary>Done when everything that was said is written, or nobody reads it any more.</summary>
    public async ValueTask DisposeAsync()
    {
        notes.Say(terminal.EndProgress, 1);
        await WaitAsync(output).ConfigureAwait(false);
        await WaitAsync(notes).ConfigureAwait(false);
        output.Close();
        notes.Close();
        if (notes.IsGivenUp)
        {
            terminal.GiveUp();
        }
    }

    private static string Failed(string stream, Exception e) => $"{stream} cannot be written: {(e is OutputFailedException { InnerException: { } cause } ? cause : e).Message.TrimEnd('.')}. It goes on without; each line is tried.";

    private static string Lost(long lines) => FormattableString.Invariant($"{lines:N0} lines are missing here: nobody read them, or they could not be written");

    private Task<bool> WaitAsync(WaitingLines lines) => lines.DrainAsync(patience, LongestPatience);

    private void FailedNotes(Exception e)
    {
        var text = Failed("standard error", e);
        var line = json ? CaptureJson.Incident(new CaptureIncident(Now(), text)) : "warning: " + text;
        output.Say(() => WriteOut(line), line.Length);
    }

    private void LostOutput(long lines, bool cut)
    {
        // A disk that is full takes half a line.
        WriteOut((cut ? Environment.NewLine : "") + (json ? CaptureJson.Incident(new CaptureIncident(Now(), Lost(lines))) : Lost(lines)));
    }

    private void LostNotes(long lines, bool cut) => terminal.Note((cut ? Environment.NewLine : "") + Lost(lines));

    private void WriteOut(string text)
    {
        var at = 0;
        for (; text.Length - at > Piece; at += Piece)
        {
            terminal.Output.Write(text.AsSpan(at, Piece));
            output.Moved();
        }

        terminal.Output.WriteLine(text.AsSpan(at));
        terminal.Output.Flush();
    }

    private sealed class NoteWriter(Action<string> note) : TextWriter(System.Globalization.CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value) => note(value ?? "");
    }
}
