namespace FloodActors.Host.Tests;

/// <summary>Tests that start processes run one after the other: they share two cores and the machine's ports.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Processes
{
    public const string Name = "processes";
}
