using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores.Copying;

/// <summary>
/// A store that takes a large batch in parts and shows it when it is whole, as the one on EventStoreDB does: left with the
/// beginning of a batch, it is completed by whoever carries the stream next, copy or forwarder.
/// </summary>
public sealed class TornBatchTests : IDisposable
{
    private static readonly StreamName Name = StreamName.Market("BTCUSDT", "2024-08-08", "large");

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Batch_CutOffAnywhere_IsCompletedByWhoeverComesNext(bool copyFirst, bool copyNext)
    {
        // Bodies that do not fill a batch evenly: one rule that looked before adding, and one that looked after, would differ.
        await using var journal = new JournalStore(folder, TimeProvider.System);
        var random = new Random(5);
        for (var sequence = 1; sequence <= 60; sequence++)
        {
            var batch = new EventBatch();
            batch.Add(new EventHeader(sequence, VenueMessage.Type, VenueMessage.Version, 0, 1_723_161_600_000_000_000 + sequence, Cause.None), new VenueMessage { Body = new string('x', random.Next(1_000, 300_000)) });
            await journal.AppendAsync(Name, sequence - 1, batch, Durability.OnClose);
        }

        var manifest = await journal.SealAsync(Name, "1");
        for (var hidden = 0; hidden < 8; hidden++)
        {
            await using var server = new Tearing(failAt: 2, hidden);
            await Assert.ThrowsAsync<StoreUnreachableException>(() => CarryAsync(copyFirst, journal, server));
            await CarryAsync(copyNext, journal, server);
            Assert.Equal(manifest.ContentHash, StreamCheck.Hash(server, Name));
            Assert.Equal(manifest.ToJson(), (await server.ReadManifestAsync(Name))!.ToJson());
        }
    }

    private static Task CarryAsync(bool copy, JournalStore journal, Tearing server) => copy
        ? new StreamCopier(journal, server).CopyAsync(Name)
        : new JournalForwarder(journal, server, TimeProvider.System, new ForwarderOptions { GiveUpAfter = TimeSpan.Zero }).ForwardAsync(Name, follow: false);

    /// <param name="failAt">The append that is cut off, from 1.</param>
    /// <param name="missing">Events at its end that do not get there; at least one.</param>
    private sealed class Tearing(int failAt, int missing) : WatchedStore("a store that shows whole batches")
    {
        private readonly List<byte[]> hidden = [];
        private int appends;

        public override ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
        {
            if (++appends == failAt)
            {
                for (var i = 0; i < batch.Count - 1 - (missing % batch.Count); i++)
                {
                    hidden.Add(batch[i].ToArray());
                }

                throw new StoreUnreachableException(Place, "the line broke between two parts");
            }

            // What is there already must be the same, and the batch must reach beyond it.
            Assert.True(batch.Count > hidden.Count, $"a batch of {batch.Count} events cannot complete one of which {hidden.Count} are there");
            for (var i = 0; i < hidden.Count; i++)
            {
                Assert.True(batch[i].SequenceEqual(hidden[i]));
            }

            hidden.Clear();
            return base.AppendAsync(stream, expectedVersion, batch, durability, ct);
        }
    }
}
