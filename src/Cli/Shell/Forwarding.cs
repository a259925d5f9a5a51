using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Replay.Backtest;
using EventSourcedMM.Replay.Days;
using EventSourcedMM.Stores;
using EventSourcedMM.Stores.Copying;
using EventSourcedMM.Stores.Postgres;

namespace EventSourcedMM.Cli.Shell;

/// <summary>Carries what a command wrote into the journal to the server that --store names.</summary>
public static class Forwarding
{
    // A command waits for a server that is being restarted, not for one that is gone.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Forwards streams; nothing when the store is the journal itself.</summary>
    /// <exception cref="StoreUnreachableException">The server stayed away; the message says how to carry the streams later.</exception>
    public static void Run(StoreSet stores, IReadOnlyList<StreamName> streams, Terminal terminal, CancellationToken ct = default)
    {
        if (stores.Server is not { } server)
        {
            return;
        }

        var options = new ForwarderOptions
        {
            GiveUpAfter = Patience,
            Progress = p => terminal.Progress(p.Away > TimeSpan.Zero ? $"waiting for {server.Place}" : "forward", p.Server, p.Journal),
        };
        var forwarder = new JournalForwarder(stores.Primary, server, WallClock.Timers, options);
        var events = 0L;
        foreach (var stream in streams)
        {
            try
            {
                events += forwarder.ForwardAsync(stream, follow: false, ct).GetAwaiter().GetResult().Server;
            }
            catch (StoreUnreachableException e)
            {
                throw new StoreUnreachableException(server.Place, $"{e.Reason} Everything is stored in {stores.Primary.Root}; carry it later with: mm store copy --from {stores.Primary.Root} --to … --stream {stream}", e);
            }
        }

        terminal.Note(FormattableString.Invariant($"forwarded to {server.Place}: {events:N0} events"));
    }

    /// <summary>Tells the server the scales of a run's inputs, which need not be stored there.</summary>
    public static void NoteInputs(StoreSet stores, IEnumerable<InputStream> inputs)
    {
        if (stores.Server is not PostgresStore server)
        {
            return;
        }

        foreach (var input in inputs)
        {
            var instrument = new FirstInstrument();
            using var source = input.Open();
            var arena = new LevelArena();
            while (instrument.Value is null && source.Read(out var header, out var payload))
            {
                if (header.Type == EventType.InstrumentDefined)
                {
                    EventCatalog.Decode(header, payload, arena, ref instrument);
                }
            }

            if (instrument.Value is { } found)
            {
                server.NoteInstrumentAsync(input.Name, found).GetAwaiter().GetResult();
            }
        }
    }

    private struct FirstInstrument : IEventHandler
    {
        public InstrumentDefined? Value { get; private set; }

        public void On<T>(in EventHeader header, in T payload)
            where T : struct, IPayload<T>
        {
            if (typeof(T) == typeof(InstrumentDefined))
            {
                Value = (InstrumentDefined)(object)payload;
            }
        }
    }
}
