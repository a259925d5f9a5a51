namespace EventSourcedMM.Live.Connections;

/// <summary>Messages of a connection that waits for its turn: kept as bytes with their receive stamps, played once.</summary>
public sealed class HeldMessages
{
    private readonly List<(long ReceiveTime, int Length)> heads = [];
    private byte[] bytes = [];
    private int end;

    /// <summary>Receives what was held.</summary>
    public delegate void Play(long receiveTime, ReadOnlySpan<byte> utf8);

    /// <summary>Bytes held.</summary>
    public int Bytes => end;

    /// <summary>Keeps a message.</summary>
    public void Add(long receiveTime, ReadOnlySpan<byte> utf8)
    {
        if (bytes.Length < end + utf8.Length)
        {
            Array.Resize(ref bytes, Math.Max(end + utf8.Length, Math.Max(64 * 1024, bytes.Length * 2)));
        }

        utf8.CopyTo(bytes.AsSpan(end));
        end += utf8.Length;
        heads.Add((receiveTime, utf8.Length));
    }

    /// <summary>Hands everything on in the order in which it came, and keeps nothing.</summary>
    public void PlayAll(Play play)
    {
        var at = 0;
        foreach (var (receiveTime, length) in heads)
        {
            play(receiveTime, bytes.AsSpan(at, length));
            at += length;
        }

        Clear();
    }

    /// <summary>Forgets everything, and gives the room back.</summary>
    public void Clear()
    {
        heads.Clear();
        heads.TrimExcess();
        bytes = [];
        end = 0;
    }
}
