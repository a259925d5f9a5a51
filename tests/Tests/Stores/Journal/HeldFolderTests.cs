using System.Globalization;
using EventSourcedMM.Stores.Journal;

namespace EventSourcedMM.Tests.Stores;

/// <summary>Directories that are made out of sight, by many at once, beside others that sweep what killed makers left.</summary>
public sealed class HeldFolderTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Sweep_WhileOthersMake_TakesNothingOfThem()
    {
        var ended = 0;
        var sweepers = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var removed = 0;
                while (Volatile.Read(ref ended) < 3)
                {
                    removed += HeldFolder.Sweep(folder, "made-");
                }

                return removed;
            },
            TaskCreationOptions.LongRunning)).ToArray();
        var makers = Enumerable.Range(0, 3).Select(maker => Task.Factory.StartNew(
            () =>
            {
                try
                {
                    for (var round = 0; round < 150; round++)
                    {
                        using var held = HeldFolder.Make(folder, "made-");
                        var file = Path.Combine(held.Path, "a");
                        File.WriteAllText(file, held.Path);
                        if (round % 2 == 0)
                        {
                            Directory.Move(held.Path, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"in-place-{maker}-{round}")));
                        }
                        else
                        {
                            Assert.Equal(held.Path, File.ReadAllText(file));
                        }
                    }
                }
                finally
                {
                    Interlocked.Increment(ref ended);
                }
            },
            TaskCreationOptions.LongRunning)).ToArray();
        await Task.WhenAll(makers);
        Assert.All(await Task.WhenAll(sweepers), removed => Assert.Equal(0, removed));
        Assert.Equal(225, Directory.GetDirectories(folder, "in-place-*").Length);
        Assert.Empty(Directory.GetFileSystemEntries(folder, "made-*"));
    }

    [Fact]
    public void Make_WhereNamesAreTaken_TouchesNoneOfThem()
    {
        // Of a container in which this process's id is somebody else's, or left by one that was killed.
        int first;
        using (var held = HeldFolder.Make(folder, "made-"))
        {
            first = int.Parse(held.Path.Split('-')[^1], CultureInfo.InvariantCulture);
        }

        var taken = Enumerable.Range(first + 1, 20).Select(n => Directory.CreateDirectory(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"made-{Environment.ProcessId}-{n}"))).FullName).ToArray();
        using (var held = HeldFolder.Make(folder, "made-"))
        {
            Assert.DoesNotContain(held.Path, taken);
            Assert.All(taken, path => Assert.True(Directory.Exists(path)));
            Assert.Equal(20, HeldFolder.Sweep(folder, "made-"));
            Assert.True(Directory.Exists(held.Path));
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    /// <summary>A reader that asks whether a writer is at work may be stopped in the middle of asking.</summary>
    [Fact]
    public async Task Lock_SharedForAWhileByWhoeverAsks_IsWaitedFor()
    {
        var store = new JournalStore(folder, TimeProvider.System);
        store.OpenWriter(StoreEvents.Stream, EventSourcedMM.Stores.Durability.OnClose).Dispose();
        var asking = new FileStream(Path.Combine(folder, StoreEvents.Stream.Value, "writer.lock"), FileMode.Open, FileAccess.Read, FileShare.Read);
        var opening = Task.Run(() => store.OpenWriter(StoreEvents.Stream, EventSourcedMM.Stores.Durability.OnClose));
        await Task.Delay(200);
        Assert.False(opening.IsCompleted);
        await asking.DisposeAsync();
        (await opening).Dispose();
    }
}
