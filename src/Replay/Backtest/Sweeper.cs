using System.Runtime.ExceptionServices;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Venue;
using EventSourcedMM.Stores;

namespace EventSourcedMM.Replay.Backtest;

/// <summary>
/// One window under many configurations: read and decoded once, the book folded once a thread, every configuration's engine
/// and venue over it. Each comes out as it would alone, to the last bit, whatever the number of threads: they share the
/// market, which none of them changes, and nothing else.
/// </summary>
/// <param name="requests">What to run: the same window each, another configuration.</param>
/// <param name="inputs">Stored days in order.</param>
/// <param name="progress">Told events read and in all, now and then; null for nobody.</param>
public sealed class Sweeper(IReadOnlyList<BacktestRequest> requests, IReadOnlyList<InputStream> inputs, Action<long, long>? progress = null)
{
    private const int BeforeFold = 0;
    private const int Folding = 1;
    private const int AfterFold = 2;
    private static readonly Int128 Stopped = -1;
    private static readonly Int128 Unread = Int128.MaxValue;

    private readonly PrintSource prints = InputStream.PrintsOf(inputs);
    private readonly BacktestResult?[] results = new BacktestResult?[requests.Count];
    private readonly ReadProgress told = new(inputs, progress);

    private readonly List<Failure> failures = [];

    /// <summary>Threads that run configurations; one more reads ahead of them when there is more than one.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Where a configuration's events go; without it they are counted and forgotten.</summary>
    public Func<int, IStartableLog> Log { get; init; } = _ => new CountingLog();

    /// <summary>Runs them all; results in the order of the requests.</summary>
    /// <exception cref="SweepException">A set's configuration does not fit, or its run broke an invariant; names it.</exception>
    /// <exception cref="EmptyWindowException">The window has no event.</exception>
    public IReadOnlyList<BacktestResult> Run()
    {
        var workers = Math.Clamp(Threads, 1, Math.Max(1, requests.Count));
        var feed = new BlockFeed(inputs);
        if (Threads <= 1)
        {
            using (feed)
            {
                RunAlone(feed);
            }
        }
        else
        {
            using var pipe = new BlockPipe(feed, workers);
            RunTogether(pipe, workers);
        }

        ThrowFirst();
        return [.. results.Select(r => r!)];
    }

    private void RunAlone(BlockFeed feed)
    {
        var group = new Group(this, 0, 1);
        var block = new EventBlock();
        while (feed.Read(block) && group.Play(block))
        {
            told.Add(block.Count);
        }

        group.End();
    }

    private void RunTogether(BlockPipe pipe, int workers)
    {
        var others = new Thread[workers - 1];
        for (var w = 1; w < workers; w++)
        {
            var who = w;
            others[w - 1] = new Thread(() => Work(pipe, who, workers)) { IsBackground = true, Name = $"sweep {who}" };
            others[w - 1].Start();
        }

        try
        {
            Work(pipe, 0, workers);
        }
        finally
        {
            foreach (var other in others)
            {
                other.Join();
            }
        }
    }

    private void Work(BlockPipe pipe, int who, int workers)
    {
        try
        {
            var group = new Group(this, who, workers);
            for (var block = pipe.Next(who); block is not null && group.Play(block); block = pipe.Next(who))
            {
                if (who == 0)
                {
                    told.Add(block.Count);
                }
            }

            group.End();
        }
        catch (Exception e)
        {
            // No set's fault: a damaged record, which each thread comes to in its place, or a stop, which ends it for all.
            Add(new Failure(e is OperationCanceledException ? Stopped : Unread, 0, -1, e));
            if (e is OperationCanceledException)
            {
                pipe.Close();
            }
        }
        finally
        {
            pipe.Leave(who);
        }
    }

    // The configurations of one thread, over one market.
    private sealed class Group
    {
        private readonly Sweeper owner;
        private readonly MarketState market = new();
        private readonly LevelArena arena = new();
        private readonly List<(int Set, RunDriver Driver)> runs = [];
        private bool failed;

        public Group(Sweeper owner, int first, int step)
        {
            this.owner = owner;
            for (var i = first; i < owner.SetCount; i += step)
            {
                runs.Add((i, owner.Drive(i, market)));
            }
        }

        public bool Play(EventBlock block)
        {
            var feeder = new Feeder(this, block.Stream);
            block.Play(ref feeder, arena);
            return !failed && !runs[0].Driver.Over;
        }

        public void End()
        {
            for (var i = 0; !failed && i < runs.Count; i++)
            {
                owner.results[runs[i].Set] = runs[i].Driver.End();
            }
        }

        private void On<T>(int stream, in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (failed)
            {
                return;
            }

            var at = 0;
            var phase = BeforeFold;
            try
            {
                // All windows are one: either every run wants the event or none does, and each notes that its window is over.
                var wanted = true;
                for (; at < runs.Count; at++)
                {
                    wanted &= runs[at].Driver.Before(header, payload);
                }

                if (!wanted)
                {
                    return;
                }

                phase = Folding;
                Engine.Fold(market, header, payload);
                phase = AfterFold;
                for (at = 0; at < runs.Count; at++)
                {
                    runs[at].Driver.After(stream, header, payload);
                }
            }
            catch (Exception e)
            {
                failed = true;
                owner.Add(new Failure(Place(stream, header.Sequence), phase, phase == Folding ? -1 : runs[at].Set, e));
            }
        }

        private readonly struct Feeder(Group group, int stream) : IEventHandler
        {
            public void On<T>(in EventHeader header, in T payload)
                where T : struct, IPayload<T>
            {
                if (!group.runs[0].Driver.Over)
                {
                    group.On(stream, header, payload);
                }
            }
        }
    }

    private int SetCount => requests.Count;

    private static Int128 Place(int stream, long sequence) => ((Int128)stream << 64) + sequence;

    // Other threads go on until they come to the same event: of several failures the one that a single thread would have met.
    private void ThrowFirst()
    {
        if (failures.Count == 0)
        {
            return;
        }

        var first = failures.OrderBy(f => f.Place).ThenBy(f => f.Phase).ThenBy(f => f.Set).First();
        if (first.Set >= 0 && first.What is ConfigurationException or InvariantBrokenException or OverflowException)
        {
            throw new SweepException(first.Set, first.What);
        }

        ExceptionDispatchInfo.Throw(first.What);
    }

    private void Add(Failure failure)
    {
        lock (failures)
        {
            failures.Add(failure);
        }
    }

    // Where it happened: the event, whether before, while or after it was folded, and the set; −1 for no single one.
    private readonly record struct Failure(Int128 Place, int Phase, int Set, Exception What);

    private RunDriver Drive(int set, MarketState market) => new(requests[set], inputs, prints, new EngineState(market), Log(set), null);
}
