using System.Globalization;

namespace FloodActors.Benchmarks.Systems;

/// <summary>Who plays: see <see cref="Kinds"/>.</summary>
/// <param name="Name">As it stands in tables.</param>
/// <param name="Kind">flood, pubsub, nats, control, or one that carries records.</param>
/// <param name="Topology">
/// Of the flood's links; pubsub and control always send from the publisher to each receiver, and nats by its server.
/// </param>
internal sealed record Contestant(string Name, string Kind, string Topology)
{
    public const string Flood = "flood";
    public const string PubSub = "pubsub";
    public const string Control = "control";
    public const string Nats = "nats";
    public const string TypedFlood = "typed-flood";
    public const string TypedPubSub = "typed-pubsub";

    private const string Overlay = "overlay:";

    public static IReadOnlyList<Contestant> Kinds { get; } =
    [
        new("flood-star", Flood, "star"),
        new("flood-line", Flood, "line"),
        new("flood-ring", Flood, "ring"),
        new("flood-complete", Flood, "complete"),
        new("pubsub", PubSub, "star"),
        new("control", Control, "star"),
    ];

    /// <summary>Those that carry records instead of bytes.</summary>
    public static IReadOnlyList<Contestant> Typed { get; } =
        [new("flood", TypedFlood, "star"), new("pubsub", TypedPubSub, "star")];

    /// <summary>
    /// Links as pairs (dialler, dialled); node 0 publishes. Who is nearer to it dials, as the publisher does under
    /// <see cref="ControlSystem"/>: Akka.Remote reads what comes over a connection it dialled into fresh arrays, and
    /// what comes over one it accepted into pooled ones, which is faster.
    /// </summary>
    public IEnumerable<(int From, int To)> Links(int nodes) => Topology.StartsWith(Overlay, StringComparison.Ordinal)
        ? OverlayLinks(nodes, int.Parse(Topology[Overlay.Length..], CultureInfo.InvariantCulture))
        : Simulation.Topology.Parse(nodes < 3 ? "line" : Topology, nodes, seed: 1).Links
            .Select(link => (link.A, link.B));

    /// <summary>With two nodes all topologies are the same link.</summary>
    public bool IsDistinctWith(int nodes) =>
        Kind != Flood || nodes > 3 || Topology is "star" || (nodes == 3 && Topology is "line" or "ring");

    /// <summary>The links that members of a cluster make, with so many rings; some rings share links.</summary>
    private static IEnumerable<(int From, int To)> OverlayLinks(int nodes, int rings)
    {
        var names = Enumerable.Range(0, nodes).Select(i => $"n{i}").ToArray();
        return
            from a in Enumerable.Range(0, nodes)
            from neighbour in Overlays.Overlay.Neighbours(names[a], names, completeUpTo: 0, rings)
            let b = Array.IndexOf(names, neighbour)
            where a < b
            select (a, b);
    }
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

    /// <summary>Settings of the actor system besides those that all have.</summary>
    public string Hocon { get; init; } = "";

    /// <summary>Where the server is that the nodes share, if there is one.</summary>
    public string Server { get; init; } = "";

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
