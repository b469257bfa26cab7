using FloodActors.Benchmarks.Systems;
using FloodActors.Simulation;

namespace FloodActors.Benchmarks.Scale;

/// <summary>What to simulate: random senders, with and without faults.</summary>
internal sealed record RoutesOptions
{
    public static IReadOnlyList<string> FaultNames { get; } = ["kill", "freeze", "blackhole", "slow-link"];

    public IReadOnlyList<string> Topologies { get; init; } =
        ["ring", "grid", "random:6", "complete", "clusters:2", "overlay:3"];

    public IReadOnlyList<int> Nodes { get; init; } = [12, 100, 1000];

    /// <summary>Messages a second, of all nodes together.</summary>
    public IReadOnlyList<int> Rates { get; init; } = [1, 60, 240, 1000, 10_000];

    public IReadOnlyList<string> Faults { get; init; } = FaultNames;

    /// <summary>Messages a second while something fails.</summary>
    public int FaultRate { get; init; } = 240;

    /// <summary>Faults of each kind: each at another node and moment.</summary>
    public int Seeds { get; init; } = 5;

    /// <summary>Seconds that a freeze, a blackhole or a slow link lasts.</summary>
    public double FaultSeconds { get; init; } = 3;

    /// <summary>Messages of each sender. Half of them are the start, in which trees grow.</summary>
    public int PerSender { get; init; } = 40;

    /// <summary>
    /// What the plain flood may send in one run: where it would be more, fewer messages are sent, by fewer nodes.
    /// </summary>
    public long MostPayloads { get; init; } = 1_000_000;

    /// <summary>Milliseconds one way of each link, and up to so many more.</summary>
    public double Latency { get; init; } = 1;

    /// <summary>Whether this topology is simulated with so many nodes.</summary>
    public static bool Has(string topology, int nodes) => topology switch
    {
        "complete" => nodes <= 32,
        _ => !topology.StartsWith("clusters", StringComparison.Ordinal) || nodes <= 100,
    };

    /// <summary>The graph. The overlay is the one that clusters and discovery make.</summary>
    public static Topology Graph(string topology, int nodes)
    {
        var name = topology == "grid" ? $"grid:{WidthOf(nodes)}" : topology;
        return Topology.Custom(nodes, [.. new Contestant(name, Contestant.Flood, name).Links(nodes)]);
    }

    public SimulationOptions Simulation(Topology graph, int rate, double leastSeconds, ulong seed)
    {
        var most = MostPayloads / graph.TransmissionsPerMessage;
        var messages = (int)Math.Min(most, Math.Max((long)PerSender * graph.Nodes, (long)(leastSeconds * rate)));
        var random = new Random((int)seed);
        var all = Enumerable.Range(0, graph.Nodes).ToArray();
        random.Shuffle(all);
        var senders = all[..Math.Clamp(messages / PerSender, 1, graph.Nodes)];
        return new SimulationOptions
        {
            Topology = graph,
            Seed = seed,
            Network = new NetworkConditions
            {
                Latency = TimeSpan.FromMilliseconds(Latency),
                Jitter = TimeSpan.FromMilliseconds(Latency),
            },
            Settings = new FloodSettings
            {
                Capacity = Math.Max(1000, messages),
                MaxPeers = Math.Max(256, graph.MaxDegree),
            },
            Appends =
            [
                .. Enumerable.Range(0, messages).Select(i => new SimulatedAppend(
                    TimeSpan.FromSeconds(2 + ((i + (random.NextDouble() / 2)) / rate)),
                    senders[random.Next(senders.Length)], 200, i)),
            ],
            EncodedFrames = false,
        };
    }

    private static int WidthOf(int nodes)
    {
        var width = (int)Math.Sqrt(nodes);
        while (nodes % width != 0) width--;
        return width;
    }
}
