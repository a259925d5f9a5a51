using EventSourcedMM.Domain.Events;

namespace EventSourcedMM.Projections;

/// <summary>Where a run stands between two turns.</summary>
/// <param name="Sequence">Last event that the run wrote.</param>
/// <param name="Last">Last market event that was stepped, as causes name it: input stream from 1, and sequence there.</param>
/// <param name="NextTimer">When the next timer is due, in nanoseconds since the epoch; 0 where timers are recorded.</param>
/// <param name="Phase">Which of the run's configurations is in force: 0, and more in a fork.</param>
public readonly record struct RunPosition(long Sequence, Cause Last, long NextTimer, int Phase);
