using System.Text;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Standard output or standard error, whose failure says which of them it is.</summary>
/// <param name="name">Which, for the message.</param>
/// <param name="open">Opens it; asked when something is written first.</param>
public sealed class StandardStream(string name, Func<TextWriter> open) : TextWriter(System.Globalization.CultureInfo.InvariantCulture)
{
    private TextWriter? stream;

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    /// <inheritdoc/>
    public override void Write(string? value) => Do(s => s.Write(value));

    // A line at once: what several threads write is not mixed.

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Do(s => s.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Do(s => s.Flush());

    private void Do(Action<TextWriter> what)
    {
        try
        {
            what(stream ??= open());
        }
        catch (IOException e)
        {
            throw new OutputFailedException($"{name}: {e.Message}", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new OutputFailedException($"{name} is closed, or open for reading only", e);
        }
    }
}

/// <summary>Standard output or standard error cannot be written; the message says which and why.</summary>
public sealed class OutputFailedException(string what, Exception cause) : IOException(what, cause);
