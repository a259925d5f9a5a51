using System.Security.Cryptography;
using System.Text;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Tests.Stores;

public sealed class ContentHashTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4_095)]
    [InlineData(4_096)]
    [InlineData(4_097)]
    [InlineData(8_192)]
    [InlineData(10_000)]
    public void Current_AtAnyLength_IsTheDefinitionWordForWord(int events)
    {
        using var hash = StoreEvents.Hash(StoreEvents.Stream, events);
        var blocks = new List<Digest>();
        var digest = SHA256.HashData([.. Encoding.ASCII.GetBytes("EventSourcedMM content hash 1"), 0, .. Encoding.UTF8.GetBytes(StoreEvents.Stream.Value)]);
        for (var first = 1; first <= events; first += 4096)
        {
            var input = new List<byte>(digest);
            for (var sequence = first; sequence < first + 4096 && sequence <= events; sequence++)
            {
                var record = StoreEvents.Record(sequence);
                input.AddRange([(byte)record.Length, (byte)(record.Length >> 8), (byte)(record.Length >> 16), (byte)(record.Length >> 24), .. record]);
            }

            digest = SHA256.HashData(input.ToArray());
            blocks.Add(Digest.From(digest));
        }

        Assert.Equal(Digest.From(digest), hash.Current);
        Assert.Equal(blocks, hash.Blocks);
        Assert.Equal(events, hash.Count);
    }

    [Fact]
    public void Current_OfAKnownStream_NeverChanges()
    {
        // A published value: a change here makes every sealed stream of the past unverifiable.
        using var hash = StoreEvents.Hash(StoreEvents.Stream, 5_000);
        Assert.Equal("ff8fe0afb0fa2b0a78b767905687df142164e022ccb3458bb1d89a74b05fc475", hash.Current.ToString());
    }

    [Fact]
    public void Current_AskedInBetween_DoesNotChangeTheResult()
    {
        using var hash = new ContentHash(StoreEvents.Stream);
        for (var sequence = 1L; sequence <= 5_000; sequence++)
        {
            hash.Add(StoreEvents.Record(sequence));
            _ = hash.Current;
        }

        using var straight = StoreEvents.Hash(StoreEvents.Stream, 5_000);
        Assert.Equal(straight.Current, hash.Current);
    }

    [Fact]
    public void Current_OfTheSameEventsInAnotherStream_IsAnother()
    {
        using var one = StoreEvents.Hash(StoreEvents.Stream, 3);
        using var other = StoreEvents.Hash(StreamName.Portfolio("r"), 3);
        Assert.NotEqual(one.Current, other.Current);
    }

    [Fact]
    public void Add_OfARecordOutOfPlace_IsRefused()
    {
        using var hash = StoreEvents.Hash(StoreEvents.Stream, 3);
        Assert.Throws<CanonicalFormatException>(() => hash.Add(StoreEvents.Record(5)));
        Assert.Throws<CanonicalFormatException>(() => hash.Add(StoreEvents.Record(3)));
        hash.Add(StoreEvents.Record(4));
    }

    [Fact]
    public void RestartAt_ABlockWithTheDigestBefore_GivesThatBlocksDigest()
    {
        using var hash = StoreEvents.Hash(StoreEvents.Stream, 10_000);
        using var one = new ContentHash(StoreEvents.Stream);
        one.Add(StoreEvents.Record(1));
        one.RestartAt(2, hash.Blocks[0]);
        for (var sequence = 4_097; sequence <= 8_192; sequence++)
        {
            one.Add(StoreEvents.Record(sequence));
        }

        Assert.Equal(hash.Blocks[1], one.Current);
    }

    [Fact]
    public void EventId_OfStreamAndSequence_IsItsHash()
    {
        var id = EventId.Of(StoreEvents.Stream, 258);
        var hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(StoreEvents.Stream.Value), 0, 2, 1, 0, 0, 0, 0, 0, 0]);
        var bytes = id.ToByteArray(bigEndian: true);
        Assert.Equal(8, bytes[6] >> 4);
        Assert.Equal(2, bytes[8] >> 6);
        bytes[6] = hash[6];
        bytes[8] = hash[8];
        Assert.Equal(hash[..16], bytes);
        Assert.NotEqual(id, EventId.Of(StoreEvents.Stream, 259));
        Assert.NotEqual(id, EventId.Of(StreamName.Portfolio("r"), 258));
    }
}
