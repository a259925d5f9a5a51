using System.Diagnostics;
using System.Globalization;
using System.Text;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Import;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Memory;
using EventSourcedMM.Stores.Postgres;
using EventSourcedMM.Tests.Stores.Postgres;

namespace EventSourcedMM.Stores.Bench;

/// <summary>Every candidate does the same work in every round, one after the other; ratios are medians of the rounds' own.</summary>
internal static class StoreBench
{
    private static readonly StreamName Stream = StreamName.Parse("market/NEXOUSDT/2024-07-24/bench");

    /// <summary>Measures.</summary>
    /// <param name="rounds">Rounds that count; one before them does not.</param>
    /// <param name="sizes">Events a batch, and how many of the recording's events at most.</param>
    /// <returns>The report, in Markdown.</returns>
    public static string Run(int rounds, IReadOnlyList<(int Size, int Limit)> sizes)
    {
        var folder = Directory.CreateTempSubdirectory("mm-bench-").FullName;
        using var server = new PostgresServer();
        try
        {
            var text = new StringBuilder();
            text.Append("# Stores: append and read\n\n");
            text.Append(CultureInfo.InvariantCulture, $"`./build.sh bench` (bench/Stores) on {Cpu()}, {Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription},\n");
            text.Append("PostgreSQL on the same machine over a Unix socket, fsync on, every batch committed. The bundled NEXOUSDT recording's events.\n");
            text.Append(CultureInfo.InvariantCulture, $"Events a second of wall time, median of {rounds} rounds; ratios are medians of the rounds' own, since the machine is shared.\nSmall batches take part of the recording, since each waits for the disk.\n");
#if OFFICIAL_STORES
            text.Append("Marten 9.29 stores an event as a document; the bare session is Marten's own, with the same JSON in a class of its user's and the append mode that is its default.\n");
#else
            text.Append("Marten is measured in a build with `-p:OfficialStores=true`.\n");
#endif
            text.Append("EventStoreDB is not in the table: its client was compiled and its suite run against a stand-in (DECISIONS.md), but there was no server to measure.\n");
            foreach (var (size, limit) in sizes)
            {
                var batches = Load(size, limit);
                var results = new Dictionary<string, List<double>>();
                for (var round = 0; round <= rounds; round++)
                {
                    // The first round compiles the code and warms the server.
                    Round(batches, folder, server, round == 0 ? new Dictionary<string, List<double>>() : results).GetAwaiter().GetResult();
                }

                Write(text, size, batches, results);
            }

            return text.ToString();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Round(List<EventBatch> batches, string folder, PostgresServer server, Dictionary<string, List<double>> results)
    {
        var events = batches.Sum(b => b.Count);
        var path = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        await using var memory = new MemoryStore();
        await using var journal = new JournalStore(path, TimeProvider.System);
        await using var flushed = new JournalStore(path + "f", TimeProvider.System);
        await using var postgres = new PostgresStore(server.NewSchema(), "bench", TimeProvider.System);
        await postgres.FindAsync(Stream);
        await using var bare = new BareClient(server.NewSchema());
        await bare.CreateAsync();
        await Time("append journal", () => Append(journal, batches, Durability.OnClose));
        await Time("append journal, flush each batch", () => Append(flushed, batches, Durability.EveryAppend));
        await Time("append memory", () => Append(memory, batches, Durability.OnClose));
        await Time("append PostgreSQL", () => Append(postgres, batches, Durability.EveryAppend));
#if OFFICIAL_STORES
        await using var marten = new Marten.MartenEventStore(server.NewSchema(), "bench", TimeProvider.System);
        await marten.FindAsync(Stream);
        await using var bareMarten = new BareMarten(server.ConnectionString, "bare" + Guid.NewGuid().ToString("N")[..8]);
        await bareMarten.CreateAsync();
        await Time("append Marten", () => Append(marten, batches, Durability.EveryAppend));
        await Time("append bare Marten session", () => bareMarten.AppendAsync("a", batches));
#endif
        await Time("append bare COPY, bytes encoded as ours", () => bare.CopyRawAsync("a", batches));
        await Time("append bare COPY, the client's row writer", () => bare.CopyRowsAsync("b", batches));
        await Time("append bare INSERT of arrays", () => bare.InsertAsync("c", batches));
        await Time("read journal", () => Task.FromResult(Pull(journal)));
        await Time("read memory", () => Task.FromResult(Pull(memory)));
        await Time("read PostgreSQL", () => Task.FromResult(Pull(postgres)));
#if OFFICIAL_STORES
        await Time("read Marten", () => Task.FromResult(Pull(marten)));
        await Time("read bare Marten session", () => bareMarten.ReadAsync("a"));
#endif
        await Time("read bare SELECT", () => bare.ReadAsync("a"));

        async Task Time(string name, Func<Task<long>> work)
        {
            var clock = Stopwatch.StartNew();
            var done = await work();
            if (done != events)
            {
                throw new InvalidOperationException($"{name}: {done} of {events} events");
            }

            if (!results.TryGetValue(name, out var list))
            {
                results.Add(name, list = []);
            }

            list.Add(events / clock.Elapsed.TotalSeconds);
        }
    }

    private static async Task<long> Append(IEventStore store, List<EventBatch> batches, Durability durability)
    {
        var version = 0L;
        foreach (var batch in batches)
        {
            version = (await store.AppendAsync(Stream, version, batch, durability)).Version;
        }

        return version;
    }

    private static long Pull(IEventStore store)
    {
        using var source = store.OpenSource(Stream);
        var count = 0L;
        while (source.Read(out _, out _))
        {
            count++;
        }

        return count;
    }

    private static void Write(StringBuilder text, int size, List<EventBatch> batches, Dictionary<string, List<double>> results)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## Batches of {size} events\n\n{batches.Sum(b => b.Count):N0} events, {batches.Sum(b => (long)b.Bytes.Length) / 1e6:0.0} MB of records.\n\n| | events/s | of the journal | of the fastest bare client |\n|---|---|---|---|\n");
        foreach (var (name, rates) in results)
        {
            var reads = name.StartsWith("read", StringComparison.Ordinal);
            var journal = Ratio(rates, results[reads ? "read journal" : "append journal"]);

            // Bare is whichever way of the bare client is the fastest at this size, not the one that is most like ours.
            var bare = name is "append PostgreSQL" ? Ratio(rates, results.Where(r => r.Key.StartsWith("append bare", StringComparison.Ordinal) && !r.Key.Contains("Marten", StringComparison.Ordinal)).MaxBy(r => Median(r.Value)).Value).ToString("0 %", CultureInfo.InvariantCulture)
                : name is "append Marten" or "read Marten" ? Ratio(rates, results[name.Replace("Marten", "bare Marten session", StringComparison.Ordinal)]).ToString("0 %", CultureInfo.InvariantCulture)
                : name is "read PostgreSQL" ? Ratio(rates, results["read bare SELECT"]).ToString("0 %", CultureInfo.InvariantCulture) : "";
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {Median(rates):N0} | {journal:0.000} | {bare} |\n");
        }
    }

    private static double Ratio(List<double> ours, List<double> theirs) => Median([.. ours.Zip(theirs, (a, b) => a / b)]);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static List<EventBatch> Load(int size, int limit)
    {
        var samples = new JournalStore(SampleStore.Ensure() ?? throw new InvalidOperationException("data/sample is missing"), TimeProvider.System);
        var batches = new List<EventBatch>();
        var sequence = 0L;
        foreach (var name in samples.ListAsync("market/NEXOUSDT/").ToBlockingEnumerable())
        {
            using var source = samples.OpenSource(name);
            while (sequence < limit && source.Read(out var header, out var payload))
            {
                if (batches.Count == 0 || batches[^1].Count == size)
                {
                    batches.Add(new EventBatch());
                }

                batches[^1].Add(header with { Sequence = ++sequence }, payload);
            }
        }

        return batches;
    }

    private static string Cpu() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "an unnamed processor"
        : "an unnamed processor";
}
