[assembly: CollectionBehavior(MaxParallelThreads = 3)]

namespace FloodActors.Host.Tests;

/// <summary>
/// Most tests wait for processes, and do that beside each other, three at a time. Those that load the machine, or
/// measure a time or a node's memory, run one after the other with nothing beside them.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
