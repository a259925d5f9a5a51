using EventSourcedMM.Domain.Canonical;
using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Web.Timelines;

/// <summary>One event of a run's log, as far as finding it takes.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Time">Its engine time.</param>
/// <param name="Root">The market event of its turn.</param>
internal readonly record struct RunPoint(EventType Type, long Time, Cause Root);

/// <summary>Our best resting prices from an event on; 0 for none.</summary>
internal readonly record struct QuotePoint(long Sequence, long Time, long Bid, long Ask);

/// <summary>What was held from an event on, in money and quantity units.</summary>
internal readonly record struct HoldingPoint(long Sequence, long Time, Int128 Cash, long Position);

/// <summary>The log's own figures at a sampling step, in money; the mid doubled, 0 for none.</summary>
internal readonly record struct MarkSample(long Time, long MidTwice, Int128 Equity, Int128 Drawdown);

/// <summary>What a decision saw and wanted.</summary>
internal readonly record struct DecisionPoint(long Sequence, long Time, double Sigma, double Reservation);

/// <summary>A fill, with what was held after it.</summary>
internal readonly record struct FillPoint(long Sequence, long Time, Cause Root, OrderFilled Fill, long Position);

/// <summary>A stop, a halt, a resumption or the kill switch.</summary>
internal readonly record struct StopPoint(long Sequence, long Time, EventType Type, string Reason);
