using System.Diagnostics;
using System.Globalization;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;

// CPU time of a stored day, stage upon stage: each row does what the row before does and one thing more.
//   dotnet run -c Release --project bench/Stages -- STORE [rounds]
var store = new JournalStore(args[0], TimeProvider.System);
var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
var names = new List<StreamName>();
await foreach (var name in store.ListAsync("market/"))
{
    names.Add(name);
}

names.Sort((a, b) => string.CompareOrdinal(a.Value, b.Value));
var stages = new (string Name, Func<long> Run)[]
{
    ("read bytes", () => Bytes(args[0])),
    ("read records, checksums", Records),
    ("decode headers", Headers),
    ("decode payloads", () => Decode(false)),
    ("book", () => Decode(true)),
};
for (var round = 0; round < rounds; round++)
{
    foreach (var (name, run) in stages)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var count = run();
        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-26} {seconds,7:0.000} CPU s  {count / seconds / 1e6,8:0.0} M/s  {(GC.GetTotalAllocatedBytes() - allocated) / 1e6,8:0.0} MB allocated"));
    }
}

return 0;

static long Bytes(string root)
{
    var buffer = new byte[256 * 1024];
    long total = 0;
    foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
    {
        using var handle = File.OpenHandle(file);
        long at = 0;
        for (int read; (read = RandomAccess.Read(handle, buffer, at)) > 0; at += read)
        {
            total += read;
        }
    }

    return total;
}

long Records()
{
    long total = 0;
    foreach (var name in names)
    {
        using var source = store.OpenJournal(name);
        while (source.ReadRecord(out var record))
        {
            total += record.Length;
        }
    }

    return total;
}

long Headers()
{
    long total = 0;
    foreach (var name in names)
    {
        using var source = store.OpenSource(name);
        while (source.Read(out _, out _))
        {
            total++;
        }
    }

    return total;
}

long Decode(bool book)
{
    var sink = new Sink { Fold = book };
    var arena = new LevelArena();
    foreach (var name in names)
    {
        using var source = store.OpenSource(name);
        while (source.Read(out var header, out var payload))
        {
            arena.Clear();
            EventCatalog.Decode(header, payload, arena, ref sink);
        }
    }

    return sink.Levels;
}

internal sealed class Sink : IEventHandler
{
    private readonly BookTracker tracker = new();

    public bool Fold { get; init; }

    public long Levels { get; private set; }

    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        if (typeof(T) == typeof(DepthDiff))
        {
            var diff = (DepthDiff)(object)payload;
            Levels += diff.Bids.Count + diff.Asks.Count;
            if (Fold)
            {
                tracker.Apply(diff);
            }
        }
        else if (typeof(T) == typeof(BookSnapshot) && Fold)
        {
            tracker.Apply((BookSnapshot)(object)payload);
        }
        else if (typeof(T) == typeof(BookCheckpoint) && Fold)
        {
            tracker.Apply((BookCheckpoint)(object)payload);
        }
    }
}
