using EventSourcedMM.Domain.Configuration;
using EventSourcedMM.Domain.Events;
using EventSourcedMM.Domain.Instruments;

namespace EventSourcedMM.Web.Answers;

/// <summary>What a run's first event says, in the units of its instrument.</summary>
internal static class RunFacts
{
    /// <summary>Parameters of the run.</summary>
    public static StrategyParameters Parameters(in RunStarted started, Instrument instrument) =>
        new(StrategyConfiguration.FromJson(started.Configuration), instrument);

    /// <summary>Inventory that q is measured from, in quantity units.</summary>
    public static long Target(in RunStarted started, Instrument instrument) => Parameters(started, instrument).InventoryTarget;
}
