using EventSourcedMM.Domain.Events;
using EventSourcedMM.Projections;
using EventSourcedMM.Projections.Metrics;

namespace EventSourcedMM.Live.Trading;

/// <summary>A symbol of a live run that has ended.</summary>
/// <param name="Started">The run's first event.</param>
/// <param name="State">The engine's last state.</param>
/// <param name="Metrics">The metrics.</param>
public sealed record FinishedSymbol(RunStarted Started, EngineState State, RunMetrics Metrics);
