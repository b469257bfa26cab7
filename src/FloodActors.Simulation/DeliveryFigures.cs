namespace FloodActors.Simulation;

/// <summary>What the deliveries of some messages cost, and how long they took.</summary>
public sealed record DeliveryFigures
{
    /// <summary>Messages that were new to a node that got them from a peer.</summary>
    public long Deliveries { get; init; }

    /// <summary>Messages handed to links. An id that was told is none.</summary>
    public long Payloads { get; init; }

    /// <summary>Payloads for each delivery: 1 is a tree, and 2 is every message twice.</summary>
    public double PayloadsPerDelivery => Deliveries == 0 ? 0 : (double)Payloads / Deliveries;

    /// <summary>
    /// Links crossed beyond those of the shortest way from the author, on average. The plain flood crosses hardly more.
    /// </summary>
    public double MeanExtraHops { get; init; }

    /// <summary>The same of the delivery that crossed most.</summary>
    public int MostExtraHops { get; init; }

    /// <summary>From the append to the delivery: the median. Accurate to 1%, as is the next one.</summary>
    public TimeSpan MedianDelay { get; init; }

    /// <summary>What 99 of 100 deliveries did not exceed.</summary>
    public TimeSpan Delay99 { get; init; }

    /// <summary>The slowest delivery.</summary>
    public TimeSpan LongestDelay { get; init; }
}
