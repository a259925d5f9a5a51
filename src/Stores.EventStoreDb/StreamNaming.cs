using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Stores.EventStoreDb;

/// <summary>
/// Names in EventStoreDB. The first slash of a stream's name becomes a dash, since the server takes what stands before the first
/// dash for a stream's category: <c>run/r1/BTCUSDT</c> is <c>run-r1/BTCUSDT</c>, and <c>fromCategory('run')</c> has all runs.
/// </summary>
/// <param name="prefix">Put before every name, with a dot; empty for none. Several installations can share a server.</param>
internal sealed class StreamNaming(string prefix)
{
    private readonly string before = prefix.Length == 0 ? "" : prefix + ".";

    /// <summary>Lists the streams: the server has no such list of its own.</summary>
    public string Index => before + "mm-streams";

    /// <summary>A stream's name in the server.</summary>
    public string Of(StreamName stream) => before + stream.Family + "-" + stream.Value[(stream.Family.Length + 1)..];

    /// <summary>Where a subscriber of a stream keeps how far it got.</summary>
    public string Checkpoint(string subscriber, StreamName stream) => $"{before}mm-checkpoint-{subscriber}/{stream.Value}";

    /// <summary>An id from a purpose and what it is about, for what is written once and is no event of a stream.</summary>
    public static Guid IdOf(string purpose, string about)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose}\0{about}"));
        digest[6] = (byte)((digest[6] & 0x0F) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return new Guid(digest.AsSpan(0, 16), bigEndian: true);
    }
}
