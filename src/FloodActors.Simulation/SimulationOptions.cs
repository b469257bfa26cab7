namespace FloodActors.Simulation;

/// <summary>The conditions on the links between nodes.</summary>
public sealed record NetworkConditions
{
    /// <summary>The least time that a link message takes from end to end.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>The most additional time, at random. Messages stay in order, as over TCP.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The share of link messages that are lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>The share that arrive twice.</summary>
    public double Duplication { get; init; }

    /// <summary>The share that are overtaken by later ones.</summary>
    public double Reordering { get; init; }

    /// <summary>Bytes a second in each direction of a link; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>
    /// Bytes of the largest frame that gets through, unknown to the nodes; 0 for no limit. Larger ones are silently
    /// dropped.
    /// </summary>
    public int LargestFrame { get; init; }

    internal bool IsFaulty => Loss > 0 || Duplication > 0 || Reordering > 0 || LargestFrame > 0;
}

/// <summary>A message to append.</summary>
/// <param name="At">When, since the start.</param>
/// <param name="Node">Where. Nothing is appended on a node that is down by then.</param>
/// <param name="Size">Bytes of its body, at least 8.</param>
/// <param name="Content">Its value: appends with the same number and size have the same value.</param>
public sealed record SimulatedAppend(TimeSpan At, int Node, int Size, int Content)
{
    /// <summary>What its body stands for: part of its value.</summary>
    public PayloadKind Kind { get; init; } = PayloadKind.Bytes;

    /// <summary>
    /// Whether the caller waits for the answer; otherwise only the node's events tell of a refusal.
    /// </summary>
    public bool IsAwaited { get; init; }

    /// <summary>
    /// The id of the stream that brings it to the node, if that is open then; null when the node itself appends it.
    /// </summary>
    public string? Stream { get; init; }
}

/// <summary>A value of a key to append.</summary>
/// <param name="At">When, since the start.</param>
/// <param name="Node">Where.</param>
/// <param name="Key">Of which key.</param>
/// <param name="Size">Bytes of its body; 0 to remove the key.</param>
internal sealed record SimulatedKey(TimeSpan At, int Node, int Key, int Size)
{
    /// <summary>Its topic: each topic has its own keys.</summary>
    public string Topic => $"t{Key % 2}";

    public string Name => $"k{Key / 2}";

    public string FullName => $"{Topic}/{Name}";
}

/// <summary>Everything a simulation depends on. The same options give the same run, event by event.</summary>
public sealed record SimulationOptions
{
    /// <summary>Which nodes are linked. For each link the node with the lower number dials.</summary>
    public required Topology Topology { get; init; }

    /// <summary>The settings of all nodes.</summary>
    public FloodSettings Settings { get; init; } = new();

    /// <summary>
    /// The settings of single nodes that differ. Ids and hash must be those of <see cref="Settings"/>.
    /// </summary>
    public IReadOnlyDictionary<int, FloodSettings> NodeSettings { get; init; } = new Dictionary<int, FloodSettings>();

    /// <summary>
    /// Bytes of the largest frame that a node's transport carries, where it has a limit. The node knows it.
    /// </summary>
    public IReadOnlyDictionary<int, int> TransportFrames { get; init; } = new Dictionary<int, int>();

    /// <summary>The source of all randomness.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// The network, until the last fault has ended; after that nothing is lost, repeated or overtaken.
    /// </summary>
    public NetworkConditions Network { get; init; } = new();

    /// <summary>The messages that are appended.</summary>
    public IReadOnlyList<SimulatedAppend> Appends { get; init; } = [];

    /// <summary>The values of keys that are appended.</summary>
    internal IReadOnlyList<SimulatedKey> Keys { get; init; } = [];

    /// <summary>The faults.</summary>
    public IReadOnlyList<SimulatedFault> Faults { get; init; } = [];

    /// <summary>What users do besides appending.</summary>
    public IReadOnlyList<SimulatedUse> Uses { get; init; } = [];

    /// <summary>Nodes that are down from the start to the end.</summary>
    public IReadOnlyCollection<int> Absent { get; init; } = [];

    /// <summary>
    /// Whether frames are encoded to bytes and decoded, as between processes; otherwise messages are passed on
    /// unchanged.
    /// </summary>
    public bool EncodedFrames { get; init; } = true;

    /// <summary>Whether both ends of each link dial.</summary>
    public bool BothEndsDial { get; init; }

    /// <summary>How long each node's subscriber takes for a batch of notices.</summary>
    public TimeSpan SubscriberDelay { get; init; }

    /// <summary>
    /// How often a node's timers fire. Longer makes months of a quiet flood cheap; timeouts then must be longer, too.
    /// </summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Ids that a node remembers, if that is to be fewer than <c>flood.seen.max-count</c> may say; 0: by the settings.
    /// </summary>
    internal int SeenCount { get; init; }

    /// <summary>
    /// Whether the time at which each message came to each node is noted: see <see cref="DeliveryTimes"/>.
    /// </summary>
    internal bool NotesTimes { get; init; }

    /// <summary>Nodes whose validator rejects some messages from peers: one in this number.</summary>
    internal IReadOnlyDictionary<int, int> RejectsOneIn { get; init; } = new Dictionary<int, int>();

    /// <summary>
    /// Nodes whose validator refuses one message in this number, always the same ones, whichever node brings or appends
    /// them.
    /// </summary>
    internal IReadOnlyDictionary<int, int> RefusesOneIn { get; init; } = new Dictionary<int, int>();

    /// <summary>
    /// Virtual time after the last append and the last fault within which all nodes must have caught up.
    /// </summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The nodes that have a part in a fault.</summary>
    internal HashSet<int> NodesAtFault =>
    [
        .. Faults.SelectMany(fault => fault switch
        {
            PartitionFault partition => partition.Nodes,
            BlackholeFault hole => [hole.Node],
            StopFault stop => [stop.Node],
            FreezeFault freeze => [freeze.Node],
            SlowFault slow => [slow.Node],
            _ => [],
        }),
    ];

    /// <summary>The same, and every node sends every message to every peer that is not known to have it.</summary>
    internal SimulationOptions AsPlainFlood()
    {
        static FloodSettings Plain(FloodSettings settings) =>
            settings with { Redundancy = FloodSettings.EveryRoute };
        return this with
        {
            Settings = Plain(Settings),
            NodeSettings = NodeSettings.ToDictionary(node => node.Key, node => Plain(node.Value)),
            Faults =
            [
                .. Faults.Select(fault => fault is StopFault { Then: { } then } stop
                    ? stop with { Then = Plain(then) } : fault),
            ],
        };
    }

    /// <summary>Appends on random nodes, evenly over a time.</summary>
    /// <param name="count">How many, each of its own value.</param>
    /// <param name="size">Bytes of each.</param>
    /// <param name="from">When the first is appended. After a second all links are up.</param>
    /// <param name="interval">Between two.</param>
    public SimulationOptions WithAppends(int count, int size, TimeSpan from, TimeSpan interval)
    {
        var random = new SeededRandom(Seed ^ 0xA99E4D);
        return this with
        {
            Appends = [.. Enumerable.Range(0, count)
                .Select(i => new SimulatedAppend(from + (interval * i), random.Next(Topology.Nodes), size, i))],
        };
    }
}
