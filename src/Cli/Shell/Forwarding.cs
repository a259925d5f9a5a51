using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Replay.Runs;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Journal;
using EventSourcedMM.Stores.Postgres;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Carries what a command wrote into the journal to the server that --store names.</summary>
public static class Forwarding
{
    // A command waits for a server that is being restarted, not for one that is gone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Forwards streams, and before them what earlier commands left; nothing when the store is the journal itself. A server that
    /// stays away is no error, since everything is in the journal: it is said what is left, and the next command carries it.
    /// </summary>
    /// <returns>False when the server is away.</returns>
    public static bool Run(StoreSet stores, IReadOnlyList<StreamName> streams, Terminal terminal, CancellationToken ct = default)
    {
        if (stores.Server is not { } server)
        {
            return true;
        }

        var pending = new PendingForwards(stores.Primary, server.Place);
        foreach (var stream in streams)
        {
            pending.Add(stream);
        }

        // A server that was away when the command began is asked once more, and not waited for.
        var options = new ForwarderOptions
        {
            GiveUpAfter = stores.Away is null ? Patience : TimeSpan.Zero,
            Progress = p => terminal.Progress(p.Away > TimeSpan.Zero ? $"waiting for {server.Place}" : "forward", p.Server, p.Journal),
        };
        var forwarder = new JournalForwarder(stores.Primary, server, WallClock.Timers, options);
        var events = 0L;
        foreach (var stream in pending.List())
        {
            try
            {
                events += forwarder.ForwardAsync(stream, follow: false, ct).GetAwaiter().GetResult().Server;
                NoteScales(stores.Primary, server, stream);

                // What still grows, in a capture's hands, stays on the list until it is sealed.
                if (stores.Primary.ReadManifest(stream) is not null)
                {
                    pending.Remove(stream);
                }
            }
            catch (StoreUnreachableException e)
            {
                terminal.EndProgress();
                var why = (e.InnerException as StoreUnreachableException ?? e).Reason;
                Left($"{server.Place} is out of reach ({why.TrimEnd('.')})", pending.List(), stores.Primary, terminal);
                return false;
            }
            catch (Exception e) when (!streams.Contains(stream) && e is StreamConflictException or StreamSealedException or StreamNotFoundException)
            {
                // An earlier command's: what this one wrote is carried all the same.
                terminal.EndProgress();
                terminal.Warn($"{stream} stays behind: {e.Message}");
                pending.Remove(stream);
            }
            catch (Exception e) when (!streams.Contains(stream) && e is StreamDamagedException or TornTailException or InvalidDataException or IOException)
            {
                // It can be repaired, or brought back from a copy, or is in the hands of a writer whose disk failed: the next command tries it again.
                terminal.EndProgress();
                terminal.Warn($"{stream} is not forwarded: {e.Message}");
            }
        }

        terminal.Note(FormattableString.Invariant($"forwarded to {server.Place}: {events:N0} events"));
        return true;
    }

    /// <summary>Says what is still to be carried, and how.</summary>
    /// <param name="why">Where it cannot be carried to, and why.</param>
    /// <param name="left">The streams, at least one.</param>
    /// <param name="journal">Where they are.</param>
    /// <param name="terminal">Told.</param>
    internal static void Left(string why, IReadOnlyList<StreamName> left, JournalStore journal, Terminal terminal)
    {
        var one = left.Count == 1;
        var only = one ? $" --stream {left[0]}" : "";
        terminal.Warn(FormattableString.Invariant($"{why}. Nothing is lost: {left.Count} {(one ? "stream is" : "streams are")} whole in {journal.Root} and still to be forwarded. The next mm backtest, import, capture or live with this store carries {(one ? "it" : "them")}, or now, with STORE as in --store: mm store copy --from {journal.Root} --to STORE{only}"));
    }

    // A run states its scales, and its input need not be stored there: the server is told, for SQL.
    private static void NoteScales(JournalStore journal, IEventStore server, StreamName stream)
    {
        if (server is not PostgresStore postgres || stream.Family != "run")
        {
            return;
        }

        var started = RunFinder.ReadStart(journal, stream);
        if (RunInstrument.Of(started) is { } instrument)
        {
            foreach (var line in started.Inputs.Split('\n').Where(ToldInput.IsMarket))
            {
                postgres.NoteInstrumentAsync(StreamName.Parse(line.Split(' ')[0]), instrument.ToEvent()).GetAwaiter().GetResult();
            }
        }
    }
}
