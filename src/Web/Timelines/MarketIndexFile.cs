using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Schemas;

namespace EventSourcedMM.Web.Timelines;

/// <summary>A finished index of a day as bytes, and back. Only the build that wrote them reads them: there are no versions.</summary>
/// <param name="Origin">Start of the first bucket in nanoseconds since the epoch.</param>
/// <param name="LastTime">Engine time of the last event.</param>
/// <param name="Events">Last event indexed.</param>
/// <param name="Instrument">Payload of the last instrument definition; empty when there was none.</param>
/// <param name="Buckets">The buckets.</param>
/// <param name="Gaps">Where the book could not be trusted.</param>
/// <param name="Keyframes">Books to start from.</param>
internal sealed record MarketIndexFile(
    long Origin, long LastTime, long Events, ReadOnlyMemory<byte> Instrument, Column<MarketBucket> Buckets, List<MarketGap> Gaps, List<BookKeyframe> Keyframes)
{
    /// <summary>The builds of everything that decides what an index holds: another build makes its own.</summary>
    public static Guid Maker { get; } = Combine(typeof(MarketIndexFile), typeof(BookFold), typeof(EventRecord), typeof(PayloadBytes));

    /// <summary>Writes it.</summary>
    public ByteBuffer Write()
    {
        var buffer = new ByteBuffer(1 << 20);
        var writer = new CanonicalWriter(buffer);
        writer.Signed(Origin);
        writer.Signed(LastTime);
        writer.Signed(Events);
        Bytes(buffer, Instrument.Span);
        writer.Signed(Gaps.Count);
        foreach (var gap in Gaps)
        {
            writer.Signed(gap.Sequence);
            writer.Signed(gap.Time);
            writer.Signed((long)gap.To);
            writer.Signed((long)gap.Reason);
        }

        writer.Signed(Keyframes.Count);
        foreach (var keyframe in Keyframes)
        {
            writer.Signed(keyframe.Sequence);
            Bytes(buffer, keyframe.Recording.Span);
            Bytes(buffer, keyframe.Instrument.Span);
            Bytes(buffer, keyframe.Checkpoint.Span);
        }

        WriteBuckets(buffer);
        return buffer;
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="CanonicalFormatException">It is none.</exception>
    public static MarketIndexFile Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new Reader(bytes);
        var (origin, lastTime, events, instrument) = (reader.Signed(), reader.Signed(), reader.Signed(), reader.Bytes());
        var gaps = new List<MarketGap>();
        for (var left = reader.Signed(); left > 0; left--)
        {
            gaps.Add(new MarketGap(reader.Signed(), reader.Signed(), (BookState)(int)reader.Signed(), (BookReason)(int)reader.Signed()));
        }

        var keyframes = new List<BookKeyframe>();
        for (var left = reader.Signed(); left > 0; left--)
        {
            keyframes.Add(new BookKeyframe(reader.Signed(), reader.Bytes(), reader.Bytes(), reader.Bytes()));
        }

        return new MarketIndexFile(origin, lastTime, events, instrument, ReadBuckets(ref reader), gaps, keyframes);
    }

    // Bit 0: so many quiet buckets that only go on; bit 1: trusted; above: how many, or 0.
    private void WriteBuckets(ByteBuffer buffer)
    {
        var writer = new CanonicalWriter(buffer);
        writer.Signed(Buckets.Count);
        var before = default(MarketBucket);
        for (var i = 0; i < Buckets.Count;)
        {
            ref readonly var bucket = ref Buckets[i];
            var quiet = 0;
            while (i + quiet < Buckets.Count && Buckets[i + quiet].Trusted == bucket.Trusted && Buckets[i + quiet].GoesOn(before))
            {
                quiet++;
            }

            if (quiet > 0)
            {
                writer.Signed(((long)quiet << 2) | (bucket.Trusted ? 2L : 0L) | 1L);
                i += quiet;
                continue;
            }

            writer.Signed(bucket.Trusted ? 2 : 0);
            writer.Signed(bucket.Bid - before.Bid);
            writer.Signed(bucket.Ask - before.Ask);
            writer.Signed(bucket.Bid + bucket.Ask - bucket.Low);
            writer.Signed(bucket.High - bucket.Bid - bucket.Ask);
            writer.Signed(bucket.Sequence - before.Sequence);
            writer.Signed(bucket.Volume);
            before = bucket;
            i++;
        }
    }

    // Millions of small numbers: compiled as well as can be at its first call, which is before anybody asks, calls into other
    // assemblies included.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Column<MarketBucket> ReadBuckets(ref Reader reader)
    {
        var count = (int)reader.Signed();
        var buckets = new Column<MarketBucket>(count);
        var before = default(MarketBucket);
        while (buckets.Count < count)
        {
            var head = reader.Signed();
            var trusted = (head & 2) != 0;
            if ((head & 1) != 0)
            {
                var quiet = MarketBucket.After(before, trusted);
                for (var left = head >> 2; left > 0; left--)
                {
                    buckets.Add(quiet);
                }

                continue;
            }

            var (bid, ask) = (before.Bid + reader.Signed(), before.Ask + reader.Signed());
            before = new MarketBucket
            {
                Bid = bid,
                Ask = ask,
                Low = bid + ask - reader.Signed(),
                High = bid + ask + reader.Signed(),
                Sequence = before.Sequence + reader.Signed(),
                Volume = reader.Signed(),
                Trusted = trusted,
            };
            buckets.Add(before);
        }

        return buckets;
    }

    private static void Bytes(ByteBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        new CanonicalWriter(buffer).Signed(bytes.Length);
        buffer.Write(bytes);
    }

    private static Guid Combine(params ReadOnlySpan<Type> types)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var type in types)
        {
            all.AppendData(type.Module.ModuleVersionId.ToByteArray());
        }

        return new Guid(all.GetHashAndReset().AsSpan(0, 16));
    }

    private ref struct Reader(ReadOnlyMemory<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> span = bytes.Span;
        private int at;

        public long Signed() => Varint.UnZigZag(Varint.Read(span, ref at));

        public ReadOnlyMemory<byte> Bytes()
        {
            var length = Signed();
            if (length < 0 || length > bytes.Length - at)
            {
                throw new CanonicalFormatException("the index is cut");
            }

            var taken = bytes.Slice(at, (int)length);
            at += (int)length;
            return taken;
        }
    }
}
