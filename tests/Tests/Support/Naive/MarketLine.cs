using System.Collections.Immutable;
using EventSourcedMM.Domain.Book;

namespace EventSourcedMM.Tests.Support.Naive;

/// <summary>A line of a recorder's file as docs/model.md §2 sees it: a receive stamp and what the message says.</summary>
/// <param name="Stamp">Receive stamp in nanoseconds since the epoch.</param>
public abstract record MarketLine(long Stamp);

/// <summary>A book from the REST endpoint.</summary>
public sealed record SnapshotLine(long Stamp, long Id, ImmutableArray<Level> Bids, ImmutableArray<Level> Asks) : MarketLine(Stamp);

/// <summary>Changed levels; First is U, Final is u.</summary>
public sealed record DiffLine(long Stamp, long First, long Final, ImmutableArray<Level> Bids, ImmutableArray<Level> Asks) : MarketLine(Stamp);

/// <summary>The best levels alone.</summary>
public sealed record PartialLine(long Stamp, long Id, ImmutableArray<Level> Bids, ImmutableArray<Level> Asks) : MarketLine(Stamp);

/// <summary>One trade; BuyerIsMaker when a seller hit the bids.</summary>
public sealed record TradeLine(long Stamp, long Price, long Quantity, bool BuyerIsMaker) : MarketLine(Stamp);

/// <summary>An aggregate trade: the prints of a recording without trades.</summary>
public sealed record AggregateLine(long Stamp, long Price, long Quantity, bool BuyerIsMaker) : MarketLine(Stamp);

/// <summary>A best quote: moves the clock and the last market time.</summary>
public sealed record QuoteLine(long Stamp, long Id) : MarketLine(Stamp);

/// <summary>A message that means nothing to the model: moves the clock.</summary>
public sealed record OtherLine(long Stamp) : MarketLine(Stamp);
