namespace FloodActors.Benchmarks.Systems;

/// <summary>Who plays: see <see cref="Kinds"/>.</summary>
/// <param name="Name">As it stands in tables.</param>
/// <param name="Kind">flood, pubsub or control.</param>
/// <param name="Topology">
/// Of the flood's links; pubsub and control always send from the publisher to each receiver.
/// </param>
internal sealed record Contestant(string Name, string Kind, string Topology)
{
    public const string Flood = "flood";
    public const string PubSub = "pubsub";
    public const string Control = "control";

    public static IReadOnlyList<Contestant> Kinds { get; } =
    [
        new("flood-star", Flood, "star"),
        new("flood-line", Flood, "line"),
        new("flood-ring", Flood, "ring"),
        new("flood-complete", Flood, "complete"),
        new("pubsub", PubSub, "star"),
        new("control", Control, "star"),
    ];

    /// <summary>
    /// Links as pairs (dialler, dialled); node 0 publishes. Who is nearer to it dials, as the publisher does under
    /// <see cref="ControlSystem"/>: Akka.Remote reads what comes over a connection it dialled into fresh arrays, and
    /// what comes over one it accepted into pooled ones, which is faster.
    /// </summary>
    public IEnumerable<(int From, int To)> Links(int nodes) =>
        Simulation.Topology.Parse(nodes < 3 ? "line" : Topology, nodes, seed: 1).Links.Select(link => (link.A, link.B));

    /// <summary>With two nodes all topologies are the same link.</summary>
    public bool IsDistinctWith(int nodes) =>
        Kind != Flood || nodes > 3 || Topology is "star" || (nodes == 3 && Topology is "line" or "ring");
}

/// <summary>What a worker process is told. Everything but <see cref="Index"/> is the same for all of a run.</summary>
internal sealed record Setup
{
    public required Contestant Contestant { get; init; }

    /// <summary>Which node this is; 0 publishes.</summary>
    public int Index { get; init; }

    public int Nodes { get; init; }

    /// <summary>Bytes of a message.</summary>
    public int Size { get; init; }

    /// <summary>Messages that the publisher may be ahead of the slowest receiver.</summary>
    public int Outstanding { get; init; }

    /// <summary>A receiver reports each time it has so many more.</summary>
    public int ReportEvery { get; init; }

    /// <summary>content or sequence; for the flood.</summary>
    public string MessageId { get; init; } = "content";

    public double WarmUpSeconds { get; init; }

    public double Seconds { get; init; }

    /// <summary>The measured messages; 0: as many as fit <see cref="Seconds"/>.</summary>
    public long Messages { get; init; }

    /// <summary>Messages a second; 0: as many as the outstanding limit lets through.</summary>
    public double Rate { get; init; }

    /// <summary>
    /// Each node passes messages on to the next only: latency over several hops, for pubsub. The flood does that by its
    /// links.
    /// </summary>
    public bool Relay { get; init; }

    /// <summary>Receivers note how long each message took.</summary>
    public bool Latency { get; init; }

    /// <summary>Of each node, once all are known.</summary>
    public string[] Addresses { get; init; } = [];

    /// <summary>Where receivers report to.</summary>
    public int ProgressPort { get; init; }
}
