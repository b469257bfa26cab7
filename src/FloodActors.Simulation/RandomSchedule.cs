namespace FloodActors.Simulation;

/// <summary>
/// Makes up a whole simulation from a seed: a small network, settings at the edges of what is allowed, a bad network, bursts of appends,
/// and everything that can go wrong. In half of them everything fits into the logs, so that nothing at all may be missing in the end.
/// </summary>
public static class RandomSchedule
{
    /// <summary>The simulation of a seed; always the same one.</summary>
    public static SimulationOptions Create(ulong seed)
    {
        var random = new SeededRandom(seed ^ 0x5C4ED01E);
        var topology = Shape(random);
        var appends = Appends(random, topology.Nodes);
        var roomy = random.Chance(0.5);
        return new SimulationOptions
        {
            Topology = topology,
            Seed = seed,
            // In every second one, a link on which a duplicate arrives asks for announcements.
            Settings = Settings(random, roomy) with { AnnounceAbove = seed % 2 == 0 ? 1 : 1000 },
            Network = Network(random),
            Appends = appends,
            Faults = Faults(random, topology),
            EncodedFrames = random.Chance(0.8),
            BothEndsDial = random.Chance(0.4),
            SubscriberDelay = random.Chance(0.5) ? TimeSpan.Zero : Ms(random.Between(1, 400)),
        };
    }

    /// <summary>One line that says what a schedule is like.</summary>
    public static string Describe(SimulationOptions options)
    {
        var settings = options.Settings;
        return $"{options.Topology}; {options.Appends.Count} appends; capacity {settings.Capacity}, max-lag {settings.MaxLag}, on-lag {settings.OnLag}, ids {settings.MessageId}, "
            + $"window {settings.Window}, max-frame {settings.MaxFrame}, announce-above {settings.AnnounceAbove}, grace {settings.PeerGrace.TotalSeconds} s, timeout {settings.PeerTimeout.TotalSeconds} s; {options.Network}; "
            + $"{(options.EncodedFrames ? "encoded" : "by reference")}, {(options.BothEndsDial ? "both dial" : "one dials")}, subscriber delay {options.SubscriberDelay.TotalMilliseconds} ms; "
            + string.Join("; ", options.Faults);
    }

    private static Topology Shape(SeededRandom random)
    {
        var nodes = random.Next(8) + 3;
        return random.Next(7) switch
        {
            0 => Topology.Line(nodes),
            1 => Topology.Ring(nodes),
            2 => Topology.Star(nodes),
            3 => Topology.Complete(Math.Min(nodes, 6)),
            4 => Topology.TwoClusters(Math.Max(nodes, 4)),
            _ => Topology.RandomConnected(nodes, random.Next(nodes + 2), random.NextULong()),
        };
    }

    private static FloodSettings Settings(SeededRandom random, bool roomy)
    {
        var maxFrame = random.Chance(0.5) ? 60_000 : (int)random.Between(1024, 8192);
        var timeout = Ms(random.Pick<long>([1000, 2000, 5000]));
        var settings = new FloodSettings
        {
            MessageId = random.Chance(0.5) ? MessageIdMode.Content : MessageIdMode.Sequence,
            MaxFrame = maxFrame,
            Window = random.Chance(0.4) ? 512 << 10 : (int)random.Between(maxFrame, maxFrame * 6L),
            PeerTimeout = timeout,
            PingInterval = Ms(random.Between(100, (long)timeout.TotalMilliseconds / 2)),
            ResendTimeout = Ms(random.Between(50, 1000)),
            RedialMax = Ms(random.Between(200, 2000)),
            ListenerBatch = (int)random.Between(1, 64),
            OnLag = random.Pick<LagPolicy>([LagPolicy.Skip, LagPolicy.Disconnect, LagPolicy.Wait]),
            MaxMessageSize = 8192,
            CapacityBytes = 1 << 26,
            MaxLag = 1 << 26,
            Capacity = 1000,
            EventBuffer = 1024,
        };
        if (roomy) return settings;
        return settings with
        {
            Capacity = (int)random.Between(1, 40),
            CapacityBytes = random.Chance(0.7) ? 1 << 26 : random.Between(8192, 20_000),
            MaxLag = random.Chance(0.3) ? 1 << 26 : random.Between(8192, 40_000),
            PeerGrace = random.Chance(0.5) ? TimeSpan.FromSeconds(120) : Ms(random.Between(0, 8000)),
        };
    }

    private static NetworkConditions Network(SeededRandom random) => new()
    {
        Latency = Ms(random.Between(0, random.Chance(0.3) ? 200 : 10)),
        Jitter = Ms(random.Chance(0.5) ? 0 : random.Between(1, 100)),
        Loss = random.Chance(0.4) ? 0 : random.NextDouble() * (random.Chance(0.2) ? 0.4 : 0.05),
        Duplication = random.Chance(0.5) ? 0 : random.NextDouble() * 0.1,
        Reordering = random.Chance(0.5) ? 0 : random.NextDouble() * 0.1,
        BytesPerSecond = random.Chance(0.7) ? 0 : random.Between(50_000, 2_000_000),
    };

    private static List<SimulatedAppend> Appends(SeededRandom random, int nodes)
    {
        var appends = new List<SimulatedAppend>();
        var bursts = random.Next(12) + 1;
        for (var burst = 0; burst < bursts; burst++)
        {
            var at = random.Between(0, 12_000);
            var node = random.Next(nodes);
            var length = random.Chance(0.3) ? random.Between(10, 60) : random.Between(1, 6);
            for (var i = 0; i < length; i++)
            {
                if (random.Chance(0.2)) node = random.Next(nodes);
                // Now and then a value that was appended before, there or elsewhere.
                var content = appends.Count > 0 && random.Chance(0.1) ? random.Next(appends.Count) : appends.Count;
                var size = content < appends.Count ? appends[content].Size : (int)random.Between(8, random.Chance(0.1) ? 8192 : 200);
                appends.Add(new SimulatedAppend(Ms(at), node, size, content));
                at += random.Chance(0.7) ? 0 : random.Between(0, 500);
            }
        }
        return appends;
    }

    private static List<SimulatedFault> Faults(SeededRandom random, Topology topology)
    {
        var faults = new List<SimulatedFault>();
        var count = random.Next(8);
        for (var i = 0; i < count; i++)
        {
            var at = Ms(random.Between(0, 14_000));
            var time = Ms(random.Chance(0.5) ? random.Between(10, 2000) : random.Between(1000, 12_000));
            var node = random.Next(topology.Nodes);
            var neighbour = random.Pick<int>(topology.NeighboursOf(node).ToArray());
            SimulatedFault fault = random.Next(9) switch
            {
                0 or 1 => new PartitionFault(at, time, [.. Enumerable.Range(0, topology.Nodes).Where(_ => random.Chance(0.4))]),
                2 => new CutFault(at, time, node, neighbour, BothWays: random.Chance(0.5)),
                3 => new CrashFault(at, time, node, Restarts: random.Chance(0.8)),
                4 => new FreezeFault(at, time, node),
                5 => new SlowFault(at, time, node, Ms(random.Between(1, 60))),
                6 => new ClockFault(at, node, Ms(random.Between(-10_000_000, 10_000_000))),
                7 => new LinkFailureFault(at, node, neighbour),
                _ => new UnlinkFault(at, time, node, neighbour),
            };
            faults.Add(fault);
        }
        return faults;
    }

    private static TimeSpan Ms(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
