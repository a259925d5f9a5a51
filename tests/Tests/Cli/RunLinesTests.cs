using System.Globalization;
using System.Text;
using System.Text.Json;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Live.Capturing;

namespace EventSourcedMM.Tests.Cli;

/// <summary>Who reads a command's lines never holds up who says them, and a stream that fails ends nothing.</summary>
public sealed class RunLinesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(40);

    [Fact]
    public async Task ReaderReads_EverythingIsThereInOrderAndTheResultIsLast()
    {
        var (output, error) = (new StringWriter(CultureInfo.InvariantCulture), new StringWriter(CultureInfo.InvariantCulture));
        await using (var lines = new RunLines(new Terminal(output, error), json: true, Patience))
        {
            for (var i = 0; i < 3_000; i++)
            {
                lines.Say($"line {i}", "");
            }

            lines.Note("a note");
            await lines.Terminal.Output.WriteAsync("nobody's");
            lines.Terminal.Note("another");
            await lines.ResultAsync(new string('x', 100_000));
        }

        Assert.Equal([.. Enumerable.Range(0, 3_000).Select(i => $"line {i}"), new string('x', 100_000)], Lines(output));
        Assert.Equal(["a note", "another"], Lines(error));
    }

    [Fact]
    public async Task ReaderStops_SayingDoesNotWaitAndWhatIsLostIsCountedWhenItReadsAgain()
    {
        using var output = new StoppedWriter();
        await using (var lines = new RunLines(new Terminal(output, TextWriter.Null), json: true, Patience, most: 200) { Now = () => 1_000_000_000 })
        {
            lines.Say(Line(0), "");
            Assert.True(output.Entered.Wait(Patience));
            for (var i = 1; i < 100; i++)
            {
                lines.Say(Line(i), "");
            }

            // The result waits its turn: said before the newest line is taken, it would push out one that still had room.
            output.Reads.Set();
            Assert.True(SpinWait.SpinUntil(() => output.Last == Line(99), Patience));
            await lines.ResultAsync("the result");
        }

        // The one that was being written; how many are lost; the newest that have room; the result.
        var said = Lines(output.Taken);
        Assert.Equal(Line(0), said[0]);
        var lost = JsonDocument.Parse(said[1]).RootElement;
        Assert.Equal(("event", "1970-01-01T00:00:01Z"), (lost.GetProperty("type").GetString(), lost.GetProperty("time").GetString()));
        var kept = said[2..^1];
        Assert.Equal(200 / Line(0).Length, kept.Length);
        Assert.StartsWith($"{99 - kept.Length} lines are missing here", lost.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(100 - kept.Length, kept.Length).Select(Line), kept);
        Assert.Equal("the result", said[^1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NobodyReads_TheEndIsNotWaitedForLongAndNothingIsSaidAfterIt(bool json)
    {
        using var output = new StoppedWriter();
        using var error = new StoppedWriter();
        var terminal = new Terminal(output, error);
        var lines = new RunLines(terminal, json, Short);
        lines.Say("line", "note");
        lines.Note("a note");
        await lines.ResultAsync("the result").WaitAsync(Patience);
        await lines.DisposeAsync().AsTask().WaitAsync(Patience);

        // What a command says when it has failed: it returns, although the stream is held.
        await Task.Run(() => terminal.Fail("the disk is full")).WaitAsync(Patience);
        output.Reads.Set();
        error.Reads.Set();
    }

    [Fact]
    public async Task StreamFails_IsSaidOnceOnTheOtherAndGoesOnWhenItCan()
    {
        var (output, error) = (new FailingWriter { Left = 3 }, new StringWriter(CultureInfo.InvariantCulture));
        await using (var lines = new RunLines(new Terminal(output, error), json: true, Patience))
        {
            foreach (var line in (string[])["one", "two", "three", "four"])
            {
                lines.Say(line, "");
            }

            await lines.ResultAsync("the result");
        }

        Assert.Equal("warning: standard output cannot be written: No space left on device. It goes on without; each line is tried.", Assert.Single(Lines(error)));

        // What stood there may be half a line: what follows begins on a new one.
        var said = Lines(output.Taken);
        Assert.Equal("", said[0]);
        Assert.StartsWith("3 lines are missing here", JsonDocument.Parse(said[1]).RootElement.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(["four", "the result"], said[2..]);
    }

    [Fact]
    public async Task BothStreamsFail_NothingIsThrown()
    {
        var terminal = new Terminal(new FailingWriter { Left = int.MaxValue }, new FailingWriter { Left = int.MaxValue });
        await using (var lines = new RunLines(terminal, json: false, Patience))
        {
            lines.Say(new CaptureIncident(0, "something"));
            await lines.ResultAsync("the result");
        }

        terminal.Fail("said by the exit code alone");
    }

    private static string Line(int number) => $"line number {number:00000000}";

    private static string[] Lines(StringWriter text) => text.ToString().TrimEnd('\n', '\r').Split(Environment.NewLine);

    /// <summary>Takes nothing until somebody reads.</summary>
    private sealed class StoppedWriter : TextWriter
    {
        private string last = "";

        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Reads { get; } = new();

        public StringWriter Taken { get; } = new(CultureInfo.InvariantCulture);

        /// <summary>The line that was taken last.</summary>
        public string Last => Volatile.Read(ref last);

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(ReadOnlySpan<char> buffer)
        {
            Entered.Set();
            Reads.Wait();
            Taken.WriteLine(buffer);
            Volatile.Write(ref last, buffer.ToString());
        }

        public override void WriteLine(string? value) => WriteLine(value.AsSpan());
    }

    /// <summary>A disk that is full for a while.</summary>
    private sealed class FailingWriter : TextWriter
    {
        public int Left { get; set; }

        public StringWriter Taken { get; } = new(CultureInfo.InvariantCulture);

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(ReadOnlySpan<char> buffer)
        {
            if (Left > 0)
            {
                Left--;
                throw new IOException("No space left on device");
            }

            Taken.WriteLine(buffer);
        }

        public override void WriteLine(string? value) => WriteLine(value.AsSpan());
    }
}
