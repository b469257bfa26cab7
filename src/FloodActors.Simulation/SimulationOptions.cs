namespace FloodActors.Simulation;

/// <summary>What the links between nodes do to what they carry.</summary>
public sealed record NetworkConditions
{
    /// <summary>The way of a link message from end to end, at least.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Up to so much longer, at random. Order stays, as over TCP.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The share of link messages that are lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>The share that arrive twice.</summary>
    public double Duplication { get; init; }

    /// <summary>The share that are overtaken by later ones.</summary>
    public double Reordering { get; init; }

    /// <summary>Bytes a second in each direction of a link; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    internal bool IsFaulty => Loss > 0 || Duplication > 0 || Reordering > 0;
}

/// <summary>A message to append.</summary>
/// <param name="At">When, since the start.</param>
/// <param name="Node">Where. Nothing is appended on a node that is down by then.</param>
/// <param name="Size">Bytes of its body, at least 8.</param>
/// <param name="Content">Its value: appends of the same number and size are of the same value.</param>
public sealed record SimulatedAppend(TimeSpan At, int Node, int Size, int Content);

/// <summary>Something that goes wrong for a time.</summary>
/// <param name="At">When it begins, since the start.</param>
/// <param name="For">How long it lasts. It ends at the latest when the last one has.</param>
public abstract record SimulatedFault(TimeSpan At, TimeSpan For);

/// <summary>Nothing passes between these nodes and the others.</summary>
public sealed record PartitionFault(TimeSpan At, TimeSpan For, params IReadOnlyList<int> Nodes) : SimulatedFault(At, For);

/// <summary>Nothing passes from one node to its neighbour; with <paramref name="BothWays"/>, nor back.</summary>
public sealed record CutFault(TimeSpan At, TimeSpan For, int From, int To, bool BothWays) : SimulatedFault(At, For);

/// <summary>A node dies and loses everything; with <paramref name="Restarts"/> it starts again, empty, as a new incarnation.</summary>
public sealed record CrashFault(TimeSpan At, TimeSpan For, int Node, bool Restarts) : SimulatedFault(At, For);

/// <summary>A node stands still, as a process that is stopped or pages; what arrives meanwhile waits.</summary>
public sealed record FreezeFault(TimeSpan At, TimeSpan For, int Node) : SimulatedFault(At, For);

/// <summary>A node's flood takes so long for each of its messages.</summary>
public sealed record SlowFault(TimeSpan At, TimeSpan For, int Node, TimeSpan EachMessage) : SimulatedFault(At, For);

/// <summary>A node's wall clock is set, forwards or back.</summary>
public sealed record ClockFault(TimeSpan At, int Node, TimeSpan By) : SimulatedFault(At, TimeSpan.Zero);

/// <summary>The actor behind one end of a link fails; the other end is not told.</summary>
public sealed record LinkFailureFault(TimeSpan At, int Node, int Neighbour) : SimulatedFault(At, TimeSpan.Zero);

/// <summary>A user disconnects a peer for good, and connects it again later.</summary>
public sealed record UnlinkFault(TimeSpan At, TimeSpan For, int Node, int Neighbour) : SimulatedFault(At, For);

/// <summary>Everything a simulation depends on. The same options give the same run, event by event.</summary>
public sealed record SimulationOptions
{
    /// <summary>Who is linked with whom. For each link the node with the lower number dials.</summary>
    public required Topology Topology { get; init; }

    /// <summary>What all nodes are told.</summary>
    public FloodSettings Settings { get; init; } = new();

    /// <summary>Where everything random comes from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The network, until the last fault has ended; from then on nothing is lost, repeated or overtaken.</summary>
    public NetworkConditions Network { get; init; } = new();

    /// <summary>What is appended.</summary>
    public IReadOnlyList<SimulatedAppend> Appends { get; init; } = [];

    /// <summary>What goes wrong.</summary>
    public IReadOnlyList<SimulatedFault> Faults { get; init; } = [];

    /// <summary>Nodes that are down from the start to the end.</summary>
    public IReadOnlyCollection<int> Absent { get; init; } = [];

    /// <summary>Whether frames are encoded to bytes and decoded, as between processes; otherwise messages are handed over as they are.</summary>
    public bool EncodedFrames { get; init; } = true;

    /// <summary>Whether both ends of each link dial.</summary>
    public bool BothEndsDial { get; init; }

    /// <summary>How long each node's subscriber takes for a batch of notices.</summary>
    public TimeSpan SubscriberDelay { get; init; }

    /// <summary>Virtual time after the last append and the last fault within which all must be level again.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Appends on random nodes, evenly over a time.</summary>
    /// <param name="count">How many, each of its own value.</param>
    /// <param name="size">Bytes of each.</param>
    /// <param name="from">When the first is made. A second suffices for all links to be up before it.</param>
    /// <param name="interval">Between two.</param>
    public SimulationOptions WithAppends(int count, int size, TimeSpan from, TimeSpan interval)
    {
        var random = new SeededRandom(Seed ^ 0xA99E4D);
        return this with
        {
            Appends = [.. Enumerable.Range(0, count).Select(i => new SimulatedAppend(from + (interval * i), random.Next(Topology.Nodes), size, i))],
        };
    }
}
