using System.CommandLine;
using EventSourcedMM.Cli.Shell;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Live.Trading;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Schemas;
using EventSourcedMM.Stores.Upcasting;

namespace EventSourcedMM.Cli.Commands;

/// <summary><c>mm kill</c>: pulls the kill switch of a live run, and waits until it has ended.</summary>
public static class KillCommand
{
    /// <summary>Longer than the longest end of a run (<see cref="LiveOptions.LongestEnd"/>): what has not ended then hangs.</summary>
    internal const string UsualWait = "180s";

    /// <summary>The command with its options; docs/cli.md documents them.</summary>
    public static Command Create()
    {
        var command = new Command("kill", "Pull the kill switch of a live run: everything is cancelled, then the run ends.");
        var run = new Argument<string?>("RUN") { Description = "Name of the run, or a part of it that only one unfinished live run has.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Every live run of the store." };
        var flatten = new Option<bool>("--flatten") { Description = "Close the position when everything is cancelled: orders that take, within 0.5 % of the mid." };
        var cancelOnly = new Option<bool>("--cancel-only") { Description = "Keep the position, also where the run was started with --on-kill flatten." };
        var wait = new Option<string>("--wait") { Description = "How long to wait for the end; 180s unless given.", HelpName = "DURATION" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        command.Arguments.Add(run);
        foreach (var option in (Option[])[all, flatten, cancelOnly, wait, json])
        {
            command.Options.Add(option);
        }

        var store = new StoreOptions();
        store.AddTo(command);
        command.SetGuardedAction((parsed, terminal) =>
        {
            if ((parsed.GetValue(run) is null) != parsed.GetValue(all))
            {
                throw new UsageException(parsed.GetValue(all) ? "Name a run or --all, not both." : "Name a run, or --all.");
            }

            if (parsed.GetValue(flatten) && parsed.GetValue(cancelOnly))
            {
                throw new UsageException("--flatten and --cancel-only contradict each other.");
            }

            var order = parsed.GetValue(flatten) ? KillOrder.Flatten : parsed.GetValue(cancelOnly) ? KillOrder.Cancel : KillOrder.AsConfigured;
            var patience = Durations.Parse(parsed.GetValue(wait) ?? UsualWait, "--wait");
            var journal = store.OpenJournal(parsed);
            string[] running = [.. RunMarker.Running(journal)];
            string[] known = [.. running.Union(Unfinished(journal).Select(n => n.Parts[1])).Order(StringComparer.Ordinal)];
            var wanted = parsed.GetValue(run) is { } text ? Match(known, text) : [.. known];
            if (wanted.Count == 0)
            {
                terminal.Note("no live run is unfinished here: there is nothing to kill");
            }

            // All switches first: one run's end is not waited for before the next one's switch is pulled.
            foreach (var name in wanted.Where(running.Contains))
            {
                KillFile.Pull(journal, name, order);
            }

            var began = WallClock.Timers.GetTimestamp();
            var ended = wanted.Select(name =>
            {
                var gone = running.Contains(name) && WaitFor(journal, name, began, patience);
                StreamName[] streams = [.. Streams(journal, name)];
                return (Name: name, Streams: streams, Running: running.Contains(name), Ended: gone && Array.TrueForAll(streams, s => journal.ReadManifest(s) is not null));
            }).ToArray();
            if (parsed.GetValue(json) || ended.Length > 0)
            {
                terminal.Output.WriteLine(parsed.GetValue(json) ? Json(journal, ended) : Text(journal, ended));
            }

            return ended.Length > 0 && Array.TrueForAll(ended, e => e.Ended) ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    private static List<StreamName> Unfinished(JournalStore store) =>
        [.. store.ListAsync("run/").ToBlockingEnumerable().Where(n => LiveModes.Names.Any(m => n.Parts[1].StartsWith(m + "-", StringComparison.Ordinal)) && store.ReadManifest(n) is null)];

    private static List<string> Match(IEnumerable<string> names, string text)
    {
        List<string> matches = [.. names.Where(n => n == text)];
        matches = matches.Count > 0 ? matches : [.. names.Where(n => n.Contains(text, StringComparison.Ordinal))];
        return matches.Count == 1 ? matches : throw new UsageException(matches.Count == 0
            ? $"No unfinished live run is called {text}. {(names.Any() ? "There are: " + string.Join(", ", names) : "There is none at all.")}"
            : $"{text} names {matches.Count} runs: {string.Join(", ", matches)}");
    }

    private static IEnumerable<StreamName> Streams(JournalStore store, string run) => store.ListAsync($"run/{run}/").ToBlockingEnumerable();

    private static bool WaitFor(JournalStore store, string run, long began, TimeSpan patience)
    {
        while (RunMarker.IsHeld(store, run))
        {
            if (WallClock.Timers.GetElapsedTime(began) > patience)
            {
                return false;
            }

            Task.Delay(TimeSpan.FromMilliseconds(100), WallClock.Timers).GetAwaiter().GetResult();
        }

        return true;
    }

    private static string Text(JournalStore store, (string Name, StreamName[] Streams, bool Running, bool Ended)[] runs) =>
        string.Join('\n', runs.SelectMany(r => r.Streams.Length == 0 ? [$"{r.Name}: {(r.Ended ? "ended before anything was traded" : "has not ended within the time; its process still has the order to end")}"] : Lines(store, r)));

    private static IEnumerable<string> Lines(JournalStore store, (string Name, StreamName[] Streams, bool Running, bool Ended) run) =>
        run.Streams.Select(s => (r: run, s)).Select(x => x.r.Ended && End(store, x.s) is { } end
            ? $"{x.s}: ended, {end.Reason}"
            : x.r.Running ? $"{x.s}: has not ended within the time; its process still has the order to end"
            : $"{x.s}: no process runs it. mm live goes on with it; if it traded at a venue, its orders may rest there.");

    private static string Json(JournalStore store, (string Name, StreamName[] Streams, bool Running, bool Ended)[] runs) => JsonText.Object(json =>
    {
        json.WriteStartArray("runs");
        foreach (var run in runs)
        {
            json.WriteStartObject();
            json.WriteString("run", run.Name);
            json.WriteBoolean("running", run.Running);
            json.WriteBoolean("ended", run.Ended);
            json.WriteStartArray("streams");
            foreach (var stream in run.Streams)
            {
                json.WriteStartObject();
                json.WriteString("stream", stream.Value);
                json.WriteString("reason", run.Ended ? End(store, stream)?.Reason : null);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static RunEnded? End(JournalStore store, StreamName name)
    {
        using var source = new UpcastSource(store.OpenSource(name, Math.Max(1, store.ReadManifest(name)!.Events)));
        return source.Read(out var header, out var payload) && header.Type == EventType.RunEnded ? PayloadBytes.Read<RunEnded>(payload, new LevelArena()) : null;
    }
}
