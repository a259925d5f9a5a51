using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EventSourcedMM.Live.Gateway.Guard;

/// <summary>
/// The file by which a live engine shows that its loop turns: one line of JSON of a fixed length, written over in place, so that
/// it is never half of two and needs no room on a full disk. <c>mm guard</c> reads it. It is the loop that beats, not a
/// timer: a loop that hangs does not.
/// </summary>
public sealed class Heartbeat : IDisposable
{
    /// <summary>Length of the file in bytes.</summary>
    internal const int Length = 2_048;

    // As many digits as a number of beats can have, and how the line ends.
    private const int MostBehind = 48;

    private readonly FileStream file;
    private readonly byte[] line;
    private readonly int head;
    private long beats;

    private Heartbeat(FileStream file, HeartbeatState start)
    {
        this.file = file;
        var begin = start.Begin();
        if (begin.Length + MostBehind > Length)
        {
            throw new ArgumentException($"Run, endpoint and symbols do not fit a heartbeat's {Length} bytes: trade fewer symbols in one process.");
        }

        head = begin.Length;
        line = new byte[Length];
        begin.CopyTo(line, 0);
    }

    /// <summary>Starts beating.</summary>
    /// <param name="path">The file; one that is there is written over.</param>
    /// <param name="run">Name of the run.</param>
    /// <param name="endpoint">The venue as the user named it.</param>
    /// <param name="symbols">Symbols whose orders are to be cancelled when it stops.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">Names too long for the file.</exception>
    public static Heartbeat Start(string path, string run, string endpoint, IReadOnlyList<string> symbols)
    {
        var state = new HeartbeatState(run, endpoint, [.. symbols], Environment.ProcessId, 0, IsOver: false);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var heartbeat = new Heartbeat(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read | FileShare.Delete, 1), state);
        heartbeat.Write(isOver: false);
        heartbeat.file.SetLength(Length);
        return heartbeat;
    }

    /// <summary>The loop has turned. A few microseconds; call it a few times a second.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Beat()
    {
        beats++;
        Write(isOver: false);
    }

    /// <summary>The engine ended in good order, its orders cancelled: the guard has nothing to do.</summary>
    public void End() => Write(isOver: true);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    // Only the number and the last word change: a beat allocates nothing.
    private void Write(bool isOver)
    {
        var rest = line.AsSpan(head);
        rest.Fill((byte)' ');
        rest[^1] = (byte)'\n';
        beats.TryFormat(rest, out var digits, provider: CultureInfo.InvariantCulture);
        (isOver ? ",\"state\":\"ended\"}"u8 : ",\"state\":\"running\"}"u8).CopyTo(rest[digits..]);
        RandomAccess.Write(file.SafeFileHandle, line, 0);
    }
}

/// <summary>What a heartbeat's file says.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Endpoint">The venue as the user named it.</param>
/// <param name="Symbols">Symbols traded.</param>
/// <param name="Process">Id of the engine's process.</param>
/// <param name="Beats">Turns of the loop.</param>
/// <param name="IsOver">True after an orderly end.</param>
public sealed record HeartbeatState(string Run, string Endpoint, IReadOnlyList<string> Symbols, int Process, long Beats, bool IsOver)
{
    /// <summary>Reads the file; null when it is not there, or is none.</summary>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static HeartbeatState? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            var bytes = new byte[Heartbeat.Length];
            var length = RandomAccess.Read(file.SafeFileHandle, bytes, 0);
            using var json = JsonDocument.Parse(bytes.AsMemory(0, length));
            var root = json.RootElement;
            return new HeartbeatState(
                root.GetProperty("run").GetString()!,
                root.GetProperty("endpoint").GetString()!,
                [.. root.GetProperty("symbols").EnumerateArray().Select(s => s.GetString()!)],
                root.GetProperty("process").GetInt32(),
                root.GetProperty("beats").GetInt64(),
                root.GetProperty("state").GetString() == "ended");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>True for a file that has something in it and is no heartbeat. One that is just being made is empty.</summary>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool IsSomethingElse(string path) => new FileInfo(path) is { Exists: true, Length: > 0 } && Read(path) is null;

    /// <summary>The line up to the number of beats.</summary>
    internal byte[] Begin() => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"run":{{JsonSerializer.Serialize(Run)}},"endpoint":{{JsonSerializer.Serialize(Endpoint)}},"symbols":{{JsonSerializer.Serialize(Symbols)}},"process":{{Process}},"beats":"""));
}
