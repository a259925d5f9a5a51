using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections.Books;
using EventSourcedMM.Stores.Upcasting;
using EventSourcedMM.Tests.Live.Capturing;

namespace EventSourcedMM.Tests.Simulation;

/// <summary>What a bundled recording says, to hold a venue that plays it to.</summary>
internal static class Recorded
{
    /// <summary>Every event of a type, in order, with its receive stamp. Of what has levels only the numbers are good: levels live until the next event.</summary>
    public static List<(long Received, T Payload)> All<T>(string symbol)
        where T : struct, IPayload<T>
    {
        var all = new Events<T>();
        foreach (var day in CaptureBench.BundledDays(symbol))
        {
            CaptureBench.Walk(CaptureBench.BundledStore, day, all);
        }

        return all.List;
    }

    /// <summary>The book at an update id; null where no diff ends there.</summary>
    public static OrderBook? BookAt(string symbol, long updateId)
    {
        var fold = new BookFold();
        foreach (var day in CaptureBench.BundledDays(symbol))
        {
            using var source = new UpcastSource(CaptureBench.BundledStore.OpenSource(StreamName.Parse(day)));
            var arena = new LevelArena();
            while (source.Read(out var header, out var payload))
            {
                arena.Clear();
                EventCatalog.Decode(header, payload, arena, ref fold);
                if (fold.Tracker.LastUpdateId >= updateId)
                {
                    return fold.Tracker.LastUpdateId == updateId ? fold.Tracker.Book : null;
                }
            }
        }

        return null;
    }

    private sealed class Events<TWanted> : IEventHandler
        where TWanted : struct, IPayload<TWanted>
    {
        public List<(long Received, TWanted Payload)> List { get; } = [];

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (payload is TWanted wanted)
            {
                List.Add((header.ReceiveTime, wanted));
            }
        }
    }
}
