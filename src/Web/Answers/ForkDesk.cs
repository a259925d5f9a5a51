using System.Globalization;
using System.Text.Json;
using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Orders;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Web.Timelines;

namespace EventSourcedMM.Web.Answers;

/// <summary>Runs forks, one at a time: the only thing here that writes, and what it writes is a run like any other.</summary>
internal sealed class ForkDesk(StoreSet stores, CancellationToken stop)
{
    private readonly Dictionary<long, Fork> forks = [];
    private readonly SemaphoreSlim one = new(1);
    private readonly Lock gate = new();
    private long last;

    /// <summary>Why no fork of a run can begin anywhere; null when one can. The same as the command says.</summary>
    public static string? Refusal(RunTimeline run) =>
        ForkRequest.Refusal(run.Run) ?? (run.Damage is not null ? "The run is damaged: a fork would be of something else." : run.Sealed ? null : "The run has not ended yet: fork it when it has.");

    /// <summary>Checks what is asked for and begins.</summary>
    /// <param name="timeline">The parent.</param>
    /// <param name="at">Cursor in it.</param>
    /// <param name="body">set (an object of parameters), queue, feePpm; all may be missing.</param>
    /// <returns>Number to ask the progress by.</returns>
    /// <exception cref="BadQuestionException">It cannot be forked there.</exception>
    /// <exception cref="ConfigurationException">A parameter is not allowed.</exception>
    public long Begin(ViewTimeline timeline, ViewCursor at, JsonElement body)
    {
        var parent = timeline.Run ?? throw new BadQuestionException("A day alone cannot be forked: backtest it first.");
        if (at.Run < 1 || at.Run >= parent.Events)
        {
            throw new BadQuestionException($"A fork must begin within the run: after event 1 and before its last, {parent.Events}.");
        }

        if (Refusal(parent) is { } why)
        {
            throw new BadQuestionException(why);
        }

        var changes = new List<KeyValuePair<string, string>>();
        if (body.TryGetProperty("set", out var set))
        {
            if (set.ValueKind != JsonValueKind.Object)
            {
                throw new BadQuestionException("set is an object of parameters, such as {\"gamma\":\"0.2\"}.");
            }

            foreach (var change in set.EnumerateObject())
            {
                changes.Add(new(change.Name, Plain(change.Value, change.Name)));
            }
        }

        var request = ForkRequest.Of(stores, parent.Run, at.Run, changes);
        if (Find(body, "queue") is { Length: > 0 } model)
        {
            request = request with { Queue = Queue(model) };
        }

        if (Find(body, "feePpm") is { Length: > 0 } ppm)
        {
            request = request with { FeePartsPerMillion = Fee(ppm) };
        }

        // What the engine would refuse at the start is refused before the day is read.
        _ = new StrategyParameters(request.Configuration, timeline.Instrument!);
        var fork = new Fork();
        long number;
        lock (gate)
        {
            number = ++last;
            forks[number] = fork;
        }

        _ = Task.Run(() => RunAsync(parent.Run, request, fork), CancellationToken.None);
        return number;
    }

    /// <summary>A member of a question as text; null when it is not there.</summary>
    /// <exception cref="BadQuestionException">It is neither text nor a number nor true or false.</exception>
    public static string? Find(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? Plain(value, name) : null;

    /// <summary>Writes how far a fork is.</summary>
    /// <exception cref="BadQuestionException">There is no fork of this number.</exception>
    public void Write(Utf8JsonWriter json, long number)
    {
        Fork fork;
        lock (gate)
        {
            fork = forks.GetValueOrDefault(number) ?? throw new BadQuestionException($"There is no fork {number} here; the server was started anew, perhaps.");
        }

        json.WriteNumber("share", fork.Share);
        json.WriteString("stream", fork.Stream);
        json.WriteString("error", fork.Error);
    }

    private async Task RunAsync(StoredRun parent, BacktestRequest request, Fork fork)
    {
        await one.WaitAsync(stop);
        try
        {
            using var recorder = new RunRecorder(stores.Primary);
            var result = new Backtester(request, RunInputs.Of(stores, parent), recorder, (done, all) =>
            {
                stop.ThrowIfCancellationRequested();
                fork.Share = (double)done / Math.Max(1, all);
            }).Run();
            recorder.Finish(RunHeader.EngineVersion, RunNotes.Of(result));
            if (recorder.Difference is { } difference)
            {
                fork.Error = $"Run {result.Started.Run} is stored already and differs from this execution at event {difference.Sequence}: mm verify {result.Started.Run} shows it.";
                return;
            }

            if (stores.Server is { } server)
            {
                // The next command with this store carries it.
                new PendingForwards(stores.Primary, server.Place).Add(recorder.Stream);
            }

            fork.Share = 1;
            fork.Stream = recorder.Stream.Value;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            fork.Error = e.Message;
        }
        finally
        {
            one.Release();
        }
    }

    private static string Plain(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => throw new BadQuestionException($"{name} is {value.GetRawText()}; write it as text, such as \"0.2\"."),
    };

    private static QueueModel Queue(string text) => text switch
    {
        "fifo" => QueueModel.Fifo,
        "optimistic" => QueueModel.Optimistic,
        "pessimistic" => QueueModel.Pessimistic,
        _ => throw new BadQuestionException($"queue '{text}' is not a queue model; it is optimistic, pessimistic or fifo."),
    };

    private static long Fee(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ppm) && ppm <= 100_000
            ? ppm
            : throw new BadQuestionException($"fee '{text}' must be a whole number of millionths from 0 to 100000 (1000 is 0.1 %).");

    private sealed class Fork
    {
        public double Share { get; set; }

        public string? Stream { get; set; }

        public string? Error { get; set; }
    }
}
