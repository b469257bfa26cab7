namespace FloodActors.Tests.Core;

/// <summary>Tests that measure the heap run alone: it is one for the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredCollection
{
    public const string Name = "Measured";
}
