namespace FloodActors.Simulation;

/// <summary>Something that a user of a node does. Nothing happens when the node is down by then.</summary>
/// <param name="At">When, since the start.</param>
/// <param name="For">How long it lasts; a caller that still waits then gives up.</param>
/// <param name="Node">Where.</param>
public abstract record SimulatedUse(TimeSpan At, TimeSpan For, int Node);

/// <summary>Waits until every peer has everything.</summary>
public sealed record FlushUse(TimeSpan At, TimeSpan For, int Node) : SimulatedUse(At, For, Node);

/// <summary>Waits until this many peers are connected.</summary>
public sealed record AwaitPeersUse(TimeSpan At, TimeSpan For, int Node, int Count) : SimulatedUse(At, For, Node);

/// <summary>Connects all neighbours at once, and waits for each.</summary>
public sealed record ConnectUse(TimeSpan At, TimeSpan For, int Node) : SimulatedUse(At, For, Node);

/// <summary>Subscribes, and unsubscribes in the end.</summary>
public sealed record SubscribeUse(TimeSpan At, TimeSpan For, int Node, bool Drops, bool Replay, TimeSpan Delay)
    : SimulatedUse(At, For, Node)
{
    /// <summary>The topic to subscribe to; null for everything.</summary>
    internal string? Topic { get; init; }
}

/// <summary>A stream of values is a peer for a time.</summary>
public sealed record StreamUse(TimeSpan At, TimeSpan For, int Node, string Id) : SimulatedUse(At, For, Node)
{
    /// <inheritdoc cref="StreamPeer.Kinds"/>
    public PayloadKinds Kinds { get; init; } = PayloadKinds.All;

    /// <inheritdoc cref="StreamPeer.CatchUp"/>
    public bool CatchUp { get; init; } = true;

    /// <inheritdoc cref="StreamPeer.Remember"/>
    public bool Remember { get; init; }

    /// <summary>The most time that it takes for a batch that it is given.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>It cannot take values whose length is divisible by this; 0: it takes all.</summary>
    public int CannotTakeEvery { get; init; }

    /// <summary>Whether it breaks in the end instead of completing.</summary>
    public bool Breaks { get; init; }
}
