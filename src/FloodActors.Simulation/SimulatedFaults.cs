namespace FloodActors.Simulation;

/// <summary>A fault that lasts for a time.</summary>
/// <param name="At">When it begins, since the start.</param>
/// <param name="For">How long it lasts.</param>
public abstract record SimulatedFault(TimeSpan At, TimeSpan For);

/// <summary>Nothing passes between these nodes and the others.</summary>
public sealed record PartitionFault(TimeSpan At, TimeSpan For, params IReadOnlyList<int> Nodes)
    : SimulatedFault(At, For);

/// <summary>Nothing passes from one node to its neighbour; with <paramref name="BothWays"/>, nor back.</summary>
public sealed record CutFault(TimeSpan At, TimeSpan For, int From, int To, bool BothWays) : SimulatedFault(At, For);

/// <summary>Nothing passes between a node and its neighbours, as if its cable were unplugged.</summary>
public sealed record BlackholeFault(TimeSpan At, TimeSpan For, int Node) : SimulatedFault(At, For);

/// <summary>Messages between two neighbours take this much longer, in both directions.</summary>
public sealed record SlowLinkFault(TimeSpan At, TimeSpan For, int Node, int Neighbour, TimeSpan Longer)
    : SimulatedFault(At, For);

/// <summary>A node ends; with <paramref name="Restarts"/> it starts again, empty, as a new incarnation.</summary>
public abstract record StopFault(TimeSpan At, TimeSpan For, int Node, bool Restarts) : SimulatedFault(At, For)
{
    /// <summary>Its settings when it starts again; null: the same as before.</summary>
    public FloodSettings? Then { get; init; }
}

/// <summary>The process dies.</summary>
public sealed record CrashFault(TimeSpan At, TimeSpan For, int Node, bool Restarts)
    : StopFault(At, For, Node, Restarts);

/// <summary>The actor fails. Its process lives, and every caller that waits for the node is told.</summary>
public sealed record FailFault(TimeSpan At, TimeSpan For, int Node, bool Restarts) : StopFault(At, For, Node, Restarts);

/// <summary>The node leaves the flood gracefully.</summary>
public sealed record LeaveFault(TimeSpan At, TimeSpan For, int Node, bool Restarts)
    : StopFault(At, For, Node, Restarts);

/// <summary>A node freezes, like a process that is stopped or paging; messages that arrive meanwhile wait.</summary>
public sealed record FreezeFault(TimeSpan At, TimeSpan For, int Node) : SimulatedFault(At, For);

/// <summary>A node's flood takes this long for each of its messages.</summary>
public sealed record SlowFault(TimeSpan At, TimeSpan For, int Node, TimeSpan EachMessage) : SimulatedFault(At, For);

/// <summary>A node's wall clock is set, forwards or back.</summary>
public sealed record ClockFault(TimeSpan At, int Node, TimeSpan By) : SimulatedFault(At, TimeSpan.Zero);

/// <summary>The actor behind one end of a link fails; the other end is not told.</summary>
public sealed record LinkFailureFault(TimeSpan At, int Node, int Neighbour) : SimulatedFault(At, TimeSpan.Zero);

/// <summary>A user disconnects a peer for good, and connects it again later.</summary>
/// <param name="At">When, since the start.</param>
/// <param name="For">After how long it is connected again.</param>
/// <param name="Node">The node whose user does it.</param>
/// <param name="Neighbour">The peer.</param>
/// <param name="ByAddress">Whether it is named by its address, not by its id.</param>
public sealed record UnlinkFault(TimeSpan At, TimeSpan For, int Node, int Neighbour, bool ByAddress = false)
    : SimulatedFault(At, For);

/// <summary>
/// An impostor at one node repeatedly sends hellos in the name of another node, and follows the protocol otherwise.
/// With <paramref name="Begins"/> the hello is in its own name, and it begins a message of this many bytes that it
/// never finishes.
/// </summary>
public sealed record ImpostorFault(TimeSpan At, TimeSpan For, int Node, int Victim, int Pretends, int Begins = 0)
    : SimulatedFault(At, For);
