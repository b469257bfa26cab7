namespace FloodActors.Simulation;

/// <summary>The cost and duration of the deliveries of some messages.</summary>
public sealed record DeliveryFigures
{
    /// <summary>Messages that were new to a node that got them from a peer.</summary>
    public long Deliveries { get; init; }

    /// <summary>Messages handed to links. Ids do not count.</summary>
    public long Payloads { get; init; }

    /// <summary>Payloads for each delivery: 1 is a tree, and 2 is every message twice.</summary>
    public double PayloadsPerDelivery => Deliveries == 0 ? 0 : (double)Payloads / Deliveries;

    /// <summary>
    /// Links crossed beyond those of the shortest path from the author, on average. The plain flood crosses hardly any
    /// more.
    /// </summary>
    public double MeanExtraHops { get; init; }

    /// <summary>The same for the delivery that crossed most.</summary>
    public int MostExtraHops { get; init; }

    /// <summary>The median time from the append to the delivery. Accurate to 1%, like the next one.</summary>
    public TimeSpan MedianDelay { get; init; }

    /// <summary>The time that 99 of 100 deliveries did not exceed.</summary>
    public TimeSpan Delay99 { get; init; }

    /// <summary>The slowest delivery.</summary>
    public TimeSpan LongestDelay { get; init; }
}
