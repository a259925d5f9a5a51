using System.Text;
using EventSourcedMM.VenueSim.Sockets;

namespace EventSourcedMM.VenueSim.Streams;

/// <summary>A stream that connections can subscribe to.</summary>
internal sealed class Topic
{
    /// <summary>A stream by the name that clients give it.</summary>
    public Topic(string name, TopicKind kind, int depth)
    {
        Name = name;
        Kind = kind;
        Depth = depth;
        Envelope = Encoding.UTF8.GetBytes($"{{\"stream\":{System.Text.Json.JsonSerializer.Serialize(name)},\"data\":");
    }

    /// <summary>Name as subscribed to.</summary>
    public string Name { get; }

    /// <summary>What it carries.</summary>
    public TopicKind Kind { get; }

    /// <summary>Levels of a partial book; 0 for other kinds.</summary>
    public int Depth { get; }

    /// <summary>What comes before the payload in a combined message.</summary>
    public byte[] Envelope { get; }

    /// <summary>Who listens, in the order of subscription.</summary>
    public List<Connection> Subscribers { get; } = [];

    /// <summary>Update id of the last partial book sent.</summary>
    public long LastUpdateId { get; set; }

    /// <summary>Splits a stream's name into its symbol, in capitals, and what the stream carries.</summary>
    public static (string Symbol, TopicKind Kind, int Depth) Parse(string name)
    {
        var at = name.IndexOf('@');
        if (at <= 0 || name[..at] != name[..at].ToLowerInvariant())
        {
            return ("", TopicKind.Unknown, 0);
        }

        var (kind, depth) = name[(at + 1)..] switch
        {
            "depth" or "depth@1000ms" => (TopicKind.DiffsBySecond, 0),
            "depth@100ms" => (TopicKind.Diffs, 0),
            "depth5" or "depth5@1000ms" => (TopicKind.PartialBySecond, 5),
            "depth10" or "depth10@1000ms" => (TopicKind.PartialBySecond, 10),
            "depth20" or "depth20@1000ms" => (TopicKind.PartialBySecond, 20),
            "depth5@100ms" => (TopicKind.Partial, 5),
            "depth10@100ms" => (TopicKind.Partial, 10),
            "depth20@100ms" => (TopicKind.Partial, 20),
            "trade" => (TopicKind.Trade, 0),
            "aggTrade" => (TopicKind.AggregateTrade, 0),
            "bookTicker" => (TopicKind.BestQuote, 0),
            _ => (TopicKind.Unknown, 0),
        };
        return (name[..at].ToUpperInvariant(), kind, depth);
    }
}
