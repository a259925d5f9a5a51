using System.Numerics;
using System.Runtime.CompilerServices;
using EventSourcedMM.Domain.Book;
using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Upcasting;
using Npgsql;

namespace EventSourcedMM.Stores.Postgres;

/// <summary>
/// The rows that SQL users read (migration 2), made from events as they are appended and written in the same transaction. Units are
/// the stored ones; the views scale them.
/// </summary>
internal sealed class ReadModels(string schema) : IEventHandler
{
    /// <summary>The types that have rows; the others pass by undecoded.</summary>
    public static readonly IReadOnlyList<EventType> Types =
        [EventType.InstrumentDefined, EventType.OrderFilled, EventType.QuoteDecided, EventType.RunStarted, EventType.Marked, EventType.RunEnded];

    private static readonly EventTypeSet Wanted = new([.. Types]);

    private readonly Dictionary<string, List<object?[]>> tables = new(StringComparer.Ordinal);
    private readonly LevelArena arena = new();
    private readonly Upcaster upcaster = Upcasters.BuiltIn.Start();
    private long stream;
    private string streamName = "";

    /// <summary>True when an event of the batch has a row.</summary>
    public static bool Wants(EventBatch batch)
    {
        foreach (var record in batch)
        {
            if (Wanted.Contains(EventRecord.Read(record, out _).Type))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes an event of a stream.</summary>
    public void Add(long streamId, string name, ReadOnlySpan<byte> record)
    {
        var header = EventRecord.Read(record, out var start);
        if (!Wanted.Contains(header.Type))
        {
            return;
        }

        (stream, streamName) = (streamId, name);
        var payload = upcaster.Upcast(ref header, record[start..]);
        arena.Clear();
        var self = this;
        EventCatalog.Decode(header, payload, arena, ref self);
    }

    /// <summary>Writes the rows taken so far and forgets them.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        foreach (var (table, rows) in tables)
        {
            if (rows.Count == 0)
            {
                continue;
            }

            // An instrument may be defined again in its stream, and by whoever copied a run; and a store takes what the engine
            // would not write, such as a run that starts twice. The first row stays.
            if (table is "instruments" or "run_starts" or "run_ends")
            {
                await WriteFirstAsync(connection, table, rows, ct).ConfigureAwait(false);
            }
            else
            {
                await using var writer = await connection.BeginBinaryImportAsync($"COPY {schema}.{table} FROM STDIN (FORMAT BINARY)", ct).ConfigureAwait(false);
                foreach (var row in rows)
                {
                    await writer.WriteRowAsync(ct, row).ConfigureAwait(false);
                }

                await writer.CompleteAsync(ct).ConfigureAwait(false);
            }

            rows.Clear();
        }
    }

    /// <summary>Forgets the rows of an append that failed.</summary>
    public void Clear()
    {
        foreach (var rows in tables.Values)
        {
            rows.Clear();
        }
    }

    /// <inheritdoc/>
    public void On<T>(in EventHeader header, in T payload)
        where T : struct, IPayload<T>
    {
        ref var value = ref Unsafe.AsRef(in payload);
        if (typeof(T) == typeof(OrderFilled))
        {
            ref var f = ref Unsafe.As<T, OrderFilled>(ref value);
            Row("fill_rows", stream, header.Sequence, header.ReceiveTime, f.OrderId, f.TradeId, Name(f.Side), f.Price, f.Quantity, f.Remaining, f.Commission, Name(f.CommissionAsset), Number(f.CommissionValue), Name(f.Rule), f.QueueAhead, header.Cause == Cause.None ? null : header.Cause.Stream, header.Cause == Cause.None ? null : header.Cause.Sequence);
        }
        else if (typeof(T) == typeof(QuoteDecided))
        {
            ref var q = ref Unsafe.As<T, QuoteDecided>(ref value);
            var (bid, ask) = (Best(q.Bids), Best(q.Asks));
            Row("quote_rows", stream, header.Sequence, header.ReceiveTime, q.Decision, Name(q.Trigger), q.BestBid, q.BestAsk, q.Inventory, q.Mid, q.Variance, q.ReservationPrice, q.Spread, q.InventoryShift, Name(q.BidReason), Name(q.AskReason), bid?.Price, bid?.Quantity, ask?.Price, ask?.Quantity);
        }
        else if (typeof(T) == typeof(Marked))
        {
            ref var m = ref Unsafe.As<T, Marked>(ref value);
            Row("mark_rows", stream, header.Sequence, header.ReceiveTime, m.BestBid, m.BestAsk, m.Position, Number(m.Cash), Number(m.Realised), Number(m.Unrealised), Number(m.Fees), Number(m.Drawdown));
        }
        else if (typeof(T) == typeof(RunStarted))
        {
            ref var r = ref Unsafe.As<T, RunStarted>(ref value);
            Row("run_starts", stream, Text(r.Run), Text(r.Symbol), Text(r.Kind), Text(r.Engine), Text(r.Inputs.Split(' ')[0]), Text(r.Inputs), r.WindowStart, r.WindowEnd, Name(r.Queue), r.FeePartsPerMillion, Text(r.Configuration));
        }
        else if (typeof(T) == typeof(RunEnded))
        {
            ref var r = ref Unsafe.As<T, RunEnded>(ref value);
            Row("run_ends", stream, header.Sequence, header.ReceiveTime, Text(r.Reason), r.Inputs, r.Decisions, r.Fills, Number(r.Realised), Number(r.Unrealised), Number(r.Fees), r.Position, r.State.ToString());
        }
        else if (typeof(T) == typeof(InstrumentDefined))
        {
            ref var i = ref Unsafe.As<T, InstrumentDefined>(ref value);
            AddInstrument(streamName, i);
        }
    }

    /// <summary>The scales of a market stream. Scales that no amount can have are left out: decimals stay null then.</summary>
    public void AddInstrument(string name, in InstrumentDefined i)
    {
        if (IsScale(i.PriceDecimals) && IsScale(i.QuantityDecimals) && IsScale(i.CommissionDecimals))
        {
            Row("instruments", name, Text(i.Symbol), Text(i.BaseAsset), Text(i.QuoteAsset), (int)i.PriceDecimals, (int)i.QuantityDecimals, (int)i.CommissionDecimals);
        }
    }

    private async Task WriteFirstAsync(NpgsqlConnection connection, string table, List<object?[]> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            var values = string.Join(", ", Enumerable.Range(1, row.Length).Select(n => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"${n}")));
            await using var command = new NpgsqlCommand($"INSERT INTO {schema}.{table} VALUES ({values}) ON CONFLICT DO NOTHING", connection);
            foreach (var value in row)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            await command.ExecuteNonQueryAsync(ct).ConfigureAwait(false);
        }
    }

    private void Row(string table, params object?[] values)
    {
        if (!tables.TryGetValue(table, out var rows))
        {
            tables.Add(table, rows = []);
        }

        rows.Add(values);
    }

    private static bool IsScale(long decimals) => decimals is >= 0 and <= 38;

    // PostgreSQL's text takes no NUL.
    private static string Text(string text) => text.Replace('\0', '\uFFFD');

    private static string Name<TEnum>(TEnum code)
        where TEnum : unmanaged, Enum => CodeNames<TEnum>.Name(Convert.ToInt32(code, System.Globalization.CultureInfo.InvariantCulture));

    private static BigInteger Number(Int128 value) => value;

    private static Level? Best(LevelList levels) => levels.Count == 0 ? null : levels.Span[0];
}
