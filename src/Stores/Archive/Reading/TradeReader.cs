using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Stores.Parquet;

namespace EventSourcedMM.Stores.Archive;

/// <summary>
/// trades.parquet: what <see cref="FieldReader{T}"/> would read of it, without a visitor that asks every field what it is;
/// three quarters of a liquid day's events are trades.
/// </summary>
internal sealed class TradeReader : TableReader
{
    private readonly LongCursor tradeId;
    private readonly LongCursor price;
    private readonly LongCursor quantity;
    private readonly LongCursor tradeTime;
    private readonly ValueCursor<bool> buyerIsMaker;

    public TradeReader(ParquetReader file, string path, ArchiveDecimals decimals)
        : base(file, path, false)
    {
        tradeId = Integers(Column(nameof(Trade.TradeId)));
        price = Own(LongCursor.Decimals(file, Find(Column(nameof(Trade.Price))), decimals.Price));
        quantity = Own(LongCursor.Decimals(file, Find(Column(nameof(Trade.Quantity))), decimals.Quantity));
        tradeTime = Own(LongCursor.Stamps(file, Find(Column(nameof(Trade.TradeTime)))));
        buyerIsMaker = Own(new ValueCursor<bool>(file, Find(Column(nameof(Trade.BuyerIsMaker)))));
    }

    protected override bool GivesValues => true;

    protected override (EventType Type, int Version) ReadPayload(int rows, long number, ByteBuffer payload)
    {
        EventRecord.WritePayload(payload, Read(rows));
        return (EventType.Trade, Trade.Version);
    }

    protected override void ReadValue(in Envelope envelope, EventBlock block) =>
        block.Add(new EventHeader(Next, EventType.Trade, Trade.Version, envelope.Venue, envelope.Received, envelope.Cause), Read(envelope.Rows));

    private static string Column(string field) => ArchiveLayout.ColumnName(char.ToLowerInvariant(field[0]) + field[1..]);

    private Trade Read(int rows)
    {
        if (rows != 1)
        {
            throw new InvalidDataException($"{Path}: event {Next} has {rows} rows; there must be one an event.");
        }

        return new Trade
        {
            TradeId = tradeId.Next(),
            Price = price.Next(),
            Quantity = quantity.Next(),
            TradeTime = tradeTime.Next(),
            BuyerIsMaker = buyerIsMaker.Next(),
        };
    }
}
