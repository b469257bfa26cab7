namespace FloodActors.Simulation;

public static partial class RandomSchedule
{
    private static FloodSettings Settings(SeededRandom random, bool roomy, int largest) =>
        Vary(random, roomy, new FloodSettings
    {
        MessageId = random.Chance(0.5) ? MessageIdMode.Content : MessageIdMode.Sequence,
        MaxMessageSize = largest,
    });

    /// <summary>Other settings for some of the nodes, except for those on which all must agree.</summary>
    private static Dictionary<int, FloodSettings> Differing(
        SeededRandom random, int nodes, FloodSettings settings, bool roomy)
    {
        var differing = new Dictionary<int, FloodSettings>();
        for (var node = 0; node < nodes; node++)
        {
            if (!random.Chance(0.6)) continue;
            var largest = random.Chance(0.8)
                ? settings.MaxMessageSize : (int)random.Between(1024, settings.MaxMessageSize);
            differing.Add(node, Vary(random, roomy, settings with { MaxMessageSize = largest }));
        }
        return differing;
    }

    private static Dictionary<int, int> TransportFrames(SeededRandom random, int nodes)
    {
        var limits = new Dictionary<int, int>();
        for (var node = 0; node < nodes; node++)
            if (random.Chance(0.4)) limits.Add(node, (int)random.Between(1024, 9000));
        return limits;
    }

    /// <summary>All settings that nodes are started with.</summary>
    private static IEnumerable<FloodSettings> Told(
        FloodSettings settings, Dictionary<int, FloodSettings> differing, List<SimulatedFault> faults) =>
        [
            settings, .. differing.Values,
            .. faults.OfType<StopFault>().Select(stop => stop.Then).OfType<FloodSettings>(),
        ];

    /// <summary>Whether a window for each round trip is a low rate, whatever the network carries.</summary>
    private static bool IsNarrow(NetworkConditions network, IEnumerable<FloodSettings> told) =>
        told.Min(node => node.Window) < 200_000 * 2 * (network.Latency + network.Jitter).TotalSeconds;

    /// <summary>
    /// Bytes a second that suffice for a frame to arrive within each node's timeout, and pings between frames. A window
    /// may take far longer.
    /// </summary>
    private static long JustEnough(IEnumerable<FloodSettings> told)
    {
        var nodes = told.ToList();
        var frame = nodes.Max(node => node.MaxFrame) + 1000L;
        return Math.Max(10_000, 3 * frame * 1000 / (long)nodes.Min(node => node.PeerTimeout.TotalMilliseconds));
    }

    private static FloodSettings Vary(SeededRandom random, bool roomy, FloodSettings settings)
    {
        var maxFrame = random.Chance(0.5) ? 60_000 : (int)random.Between(1024, 8192);
        var timeout = Ms(random.Pick<long>([1000, 2000, 5000]));
        settings = settings with
        {
            MaxFrame = maxFrame,
            Window = random.Chance(0.4) ? 512 << 10 : (int)random.Between(maxFrame, maxFrame * 6L),
            PeerTimeout = timeout,
            PingInterval = Ms(random.Between(100, (long)timeout.TotalMilliseconds / 2)),
            ResendTimeout = Ms(random.Between(50, 1000)),
            RedialMax = Ms(random.Between(200, 2000)),
            ListenerBatch = (int)random.Between(1, 64),
            OnLag = random.Pick<LagPolicy>([LagPolicy.Skip, LagPolicy.Disconnect, LagPolicy.Wait]),
            LeaveTimeout = Ms(random.Between(0, 4000)),
            Redundancy = random.Pick<int>([0, 0, 0, 1, 2, FloodSettings.EveryRoute]),
            ReassemblyBytes = random.Chance(0.5) ? 64 << 20 : random.Between(48 << 10, 64 << 10),
            MaxPendingLinks = random.Chance(0.7) ? 64 : (int)random.Between(1, 3),
            MaxPeers = random.Chance(0.93) ? 256 : (int)random.Between(1, 4),
            CapacityBytes = 1 << 26,
            MaxLag = 1 << 26,
            Capacity = 1000,
            EventBuffer = 1024,
        };
        if (roomy) return settings;
        return settings with
        {
            Capacity = random.Chance(0.15) ? 1 : (int)random.Between(1, 40),
            CapacityBytes = random.Chance(0.7) ? 1 << 26 : settings.MaxMessageSize + random.Between(0, 12_000),
            MaxLag = random.Chance(0.3) ? 1 << 26 : settings.MaxMessageSize + random.Between(0, 32_000),
            PeerGrace = random.Chance(0.5) ? TimeSpan.FromSeconds(120) : Ms(random.Between(0, 8000)),
            AppendQueue = random.Chance(0.5) ? 8192 : (int)random.Between(1, 20),
            EventBuffer = random.Chance(0.5) ? 1024 : (int)random.Between(16, 64),
            SeenMaxAge = random.Chance(0.7) ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(10),
            SeenMaxOrigins = random.Chance(0.8) ? 1000 : 16,
            SeenMaxIntervals = random.Chance(0.7) ? 1024 : (int)random.Between(2, 6),
        };
    }
}
