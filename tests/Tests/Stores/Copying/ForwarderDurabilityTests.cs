using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores.Copying;

/// <summary>What a power cut can still take from the journal is not on the server: nobody has events that the journal lost.</summary>
public sealed class ForwarderDurabilityTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Forward_OfEventsThatAreNotOnDisk_WaitsUntilTheyAre()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        await using var server = new Checking(journal);
        var forwarder = new JournalForwarder(journal, server, TimeProvider.System, new ForwarderOptions { FlushPatience = TimeSpan.FromHours(1) });
        using var cancel = new CancellationTokenSource();
        var running = Task.Run(() => forwarder.ForwardAsync(StoreEvents.Stream, follow: true, cancel.Token));
        using (var writer = journal.OpenWriter(StoreEvents.Stream, Durability.OnClose))
        {
            for (var first = 1; first <= 91; first += 10)
            {
                writer.Append(StoreEvents.Batch(first, 10));
                writer.WriteOut();

                // Readers see them, the forwarder too; the server must not.
                Assert.Equal(first + 9, (await journal.FindAsync(StoreEvents.Stream))!.Version);
                await Task.Delay(30);
                Assert.Equal(first - 1, (await server.FindAsync(StoreEvents.Stream))?.Version ?? 0);
                writer.Flush();
                while ((await server.FindAsync(StoreEvents.Stream))?.Version != first + 9)
                {
                    Assert.False(running.IsCompleted);
                    await Task.Delay(5);
                }
            }

            writer.Seal("1");
        }

        Assert.Equal(100, (await running).Server);
        Assert.True(server.Appends >= 10, $"{server.Appends} appends");
    }

    [Fact]
    public async Task Forward_OfEventsThatNobodyBringsToTheDisk_DoesThatItself()
    {
        await using var journal = new JournalStore(folder, TimeProvider.System);
        using var writer = journal.OpenWriter(StoreEvents.Stream, Durability.OnClose);
        writer.Append(StoreEvents.Batch(1, 10));
        writer.WriteOut();
        Assert.False(journal.IsOnDisk(StoreEvents.Stream, 1));
        await using var server = new Counting();
        Assert.Equal(10, (await new JournalForwarder(journal, server, TimeProvider.System).ForwardAsync(StoreEvents.Stream, follow: false)).Server);
        Assert.Equal(1, server.Appends);
    }

    private class Counting() : WatchedStore("memory")
    {
        public int Appends { get; private set; }

        public override ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
        {
            Appends++;
            return base.AppendAsync(stream, expectedVersion, batch, durability, ct);
        }
    }

    private sealed class Checking(JournalStore journal) : Counting
    {
        public override ValueTask<AppendResult> AppendAsync(StreamName stream, long expectedVersion, EventBatch batch, Durability durability, CancellationToken ct = default)
        {
            Assert.True(journal.IsOnDisk(stream, batch.LastSequence), $"event {batch.LastSequence} is sent before it is on disk");
            return base.AppendAsync(stream, expectedVersion, batch, durability, ct);
        }
    }
}
