namespace EventSourcedMM.Tests.Support;

/// <summary>Tests that measure the whole process (memory): they run one after the other, while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}
