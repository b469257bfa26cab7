using System.Globalization;

namespace FloodActors.Simulation;

/// <summary>
/// Generates a whole simulation from a seed: a small network, settings at the edges of their ranges that differ between
/// nodes, a bad network, bursts of appends, users who do everything that users can do, and every kind of fault. In half
/// of the simulations everything fits into the logs, so that nothing may be missing in the end.
/// </summary>
public static partial class RandomSchedule
{
    /// <summary>The simulation of a seed; always the same one.</summary>
    public static SimulationOptions Create(ulong seed)
    {
        var random = new SeededRandom(seed ^ 0x5C4ED01E);
        // With a separate generator, so that schedules without it do not change.
        var other = new SeededRandom(seed ^ 0x510911);
        if (other.Chance(0.01)) return Slow(seed, other);
        var isQuiet = random.Chance(0.03);
        var options = isQuiet ? Quiet(seed, random) : Busy(seed, random);
        if (!isQuiet) options = WithSteadyTraffic(options, new SeededRandom(seed ^ 0x726F757465));
        options = WithKeys(options, new SeededRandom(seed ^ 0x6B657973));
        return WithValidators(options, new SeededRandom(seed ^ 0x7E2D1C75));
    }

    /// <summary>A one-line description of a schedule.</summary>
    public static string Describe(SimulationOptions options)
    {
        var parts = new List<string>
        {
            $"{options.Topology}; {options.Appends.Count} appends; {Describe(options.Settings)}",
            $"{options.Network}",
            $"{(options.EncodedFrames ? "encoded" : "by reference")}, "
            + $"{(options.BothEndsDial ? "both dial" : "one dials")}",
            $"subscriber delay {options.SubscriberDelay.TotalMilliseconds} ms, tick "
            + $"{options.TickInterval.TotalSeconds} s, seen-set of {options.SeenCount}",
        };
        parts.AddRange(options.NodeSettings.Select(node => $"n{node.Key}: {Describe(node.Value)}"));
        parts.AddRange(options.TransportFrames.Select(node => $"n{node.Key}: transport frame {node.Value}"));
        if (options.Keys.Count > 0) parts.Add($"{options.Keys.Count} values of keys: {Some(options.Keys)}");
        parts.AddRange(options.RejectsOneIn.Select(node => $"n{node.Key}: rejects one in {node.Value}"));
        parts.AddRange(options.RefusesOneIn.Select(node => $"n{node.Key}: refuses one in {node.Value}"));
        parts.AddRange(options.Faults.Select(fault => fault is StopFault { Then: { } then } stop
            ? $"{fault.GetType().Name} of n{stop.Node} at {stop.At} for {stop.For}, then {Describe(then)}"
            : fault.ToString()));
        parts.AddRange(options.Uses.Select(use => use.ToString()));
        return string.Join("; ", parts);
    }

    private static string Some(IReadOnlyList<SimulatedKey> values) =>
        string.Join(", ", values.Take(10).Select(value => $"n{value.Node} {value.Topic}/{value.Name} "
            + $"{value.Size} B at {value.At.TotalSeconds}")) + (values.Count > 10 ? ", ..." : "");

    private static string Describe(FloodSettings settings) => string.Create(
        CultureInfo.InvariantCulture,
        $"capacity {settings.Capacity} ({settings.CapacityBytes} B), max-lag {settings.MaxLag}, on-lag "
        + $"{settings.OnLag}, ids {settings.MessageId}, "
        + $"window {settings.Window}, max-frame {settings.MaxFrame}, max-message-size {settings.MaxMessageSize}, "
        + $"reassembly {settings.ReassemblyBytes}, "
        + $"max-peers {settings.MaxPeers}, append-queue {settings.AppendQueue}, event-buffer {settings.EventBuffer}, "
        + $"redundancy {settings.Redundancy}, keys {settings.KeysMaxCount} ({settings.KeysMaxBytes} B), "
        + $"grace {settings.PeerGrace.TotalSeconds} s, timeout {settings.PeerTimeout.TotalSeconds} s, ping "
        + $"{settings.PingInterval.TotalSeconds} s, "
        + $"leave-timeout {settings.LeaveTimeout.TotalSeconds} s, seen.max-age {settings.SeenMaxAge.TotalSeconds} s");

    private static SimulationOptions Busy(ulong seed, SeededRandom random)
    {
        var topology = Shape(random);
        var largest = random.Chance(0.9) ? 8192 : 32_768;
        var appends = Appends(random, topology.Nodes, largest);
        var roomy = random.Chance(0.5);
        var settings = Settings(random, roomy, largest);
        var faults = Faults(random, topology);
        if (random.Chance(0.15)) faults.AddRange(RollingRestart(random, topology, settings, roomy));
        var uses = Uses(random, topology.Nodes, settings.MessageId == MessageIdMode.Content);
        foreach (var leave in faults.OfType<LeaveFault>().Where(_ => random.Chance(0.3)))
            uses.Add(new AwaitPeersUse(leave.At / 2, leave.At + leave.For, leave.Node, random.Next(8) + 1));
        var differing = random.Chance(0.35)
            ? Differing(random, topology.Nodes, settings, roomy)
            : new Dictionary<int, FloodSettings>();
        var usual = appends.Count;
        if (random.Chance(0.05)) Rush(random, topology.Nodes, settings, appends, faults, differing);
        if (random.Chance(0.05)) Lag(random, topology, settings, appends, faults, uses, differing);
        var network = Network(random);
        if (random.Chance(0.06))
        {
            var rate = JustEnough(Told(settings, differing, faults)) * random.Between(10, 40) / 10;
            network = network with { BytesPerSecond = rate };
            Burst(random, topology.Nodes, largest, appends);
        }
        var isSlow = network.BytesPerSecond is > 0 and < 50_000;
        var isNarrow = IsNarrow(network, Told(settings, differing, faults));
        return new SimulationOptions
        {
            Topology = topology,
            Seed = seed,
            Settings = settings,
            NodeSettings = differing,
            TransportFrames = random.Chance(0.2) ? TransportFrames(random, topology.Nodes) : new Dictionary<int, int>(),
            // If far more messages are in flight than ids are remembered, they circulate for ever.
            SeenCount = settings.MessageId == MessageIdMode.Content && appends.Count == usual && random.Chance(0.15)
                && random.Between(1, 30) is var few && network.BytesPerSecond == 0 && !isNarrow ? (int)few : 0,
            Network = network,
            Limit = TimeSpan.FromMinutes(isSlow || isNarrow || appends.Count > 500 ? 20 : 2),
            Appends = WithStreams(random, appends, uses),
            Faults = faults,
            Uses = uses,
            // Within a process nothing is slow, and a frame may be as large as a message.
            EncodedFrames = isSlow || random.Chance(0.85),
            BothEndsDial = random.Chance(0.4),
            SubscriberDelay = random.Chance(0.5) ? TimeSpan.Zero : Ms(random.Between(1, 400)),
        };
    }

    /// <summary>Weeks with hardly any traffic: the seen-sets age.</summary>
    private static SimulationOptions Quiet(ulong seed, SeededRandom random)
    {
        var topology = Topology.RandomConnected(random.Next(3) + 2, random.Next(2), random.NextULong());
        var settings = Settings(random, roomy: false, largest: 8192);
        settings = settings with
        {
            Capacity = (int)random.Between(1, 12),
            PeerTimeout = TimeSpan.FromMinutes(10),
            PingInterval = TimeSpan.FromMinutes(5),
            PeerGrace = TimeSpan.FromMinutes(random.Between(0, 600)),
            SeenMaxAge = TimeSpan.FromSeconds(random.Pick<long>([10, 600, 3600, 86_400])),
        };
        var appends = new List<SimulatedAppend>();
        var at = TimeSpan.Zero;
        var end = TimeSpan.FromDays(random.Between(2, 20));
        var interval = random.Between(5, 600);
        while (at < end && appends.Count < 1000)
        {
            at += TimeSpan.FromMinutes(random.Between(1, 2 * interval));
            var content = appends.Count > 0 && random.Chance(0.1) ? random.Next(appends.Count) : appends.Count;
            appends.Add(new SimulatedAppend(at, random.Next(topology.Nodes), 100, content));
        }
        var faults = new List<SimulatedFault>();
        for (var i = random.Next(4); i > 0; i--)
        {
            var fault = Fault(random, topology, longest: 60_000);
            faults.Add(fault with { At = at * random.NextDouble(), For = fault.For * random.Between(1, 200) });
        }
        return new SimulationOptions
        {
            Topology = topology,
            Seed = seed,
            Settings = settings,
            Network = Network(random) with { Loss = 0 },
            Appends = appends,
            Faults = faults,
            TickInterval = TimeSpan.FromMinutes(1),
            Limit = TimeSpan.FromHours(2),
        };
    }

    /// <summary>Links that take minutes for all the traffic, and seconds for a frame.</summary>
    private static SimulationOptions Slow(ulong seed, SeededRandom random)
    {
        var nodes = random.Next(2) + 2;
        var bothWays = random.Chance(0.3);
        var bytesPerSecond = random.Between(18_000, 40_000);
        // As the settings say: no more than the link carries in half a minute.
        var window = Math.Min(random.Between(512 << 10, 4 << 20), 30 * bytesPerSecond);
        return new SimulationOptions
        {
            Topology = Topology.Line(nodes),
            Seed = seed,
            Settings = new FloodSettings { Capacity = 2000, Window = (int)window },
            Network = new NetworkConditions
            {
                Latency = Ms(random.Between(0, 100)),
                Loss = random.Chance(0.5) ? 0 : 0.02,
                BytesPerSecond = bytesPerSecond,
            },
            Appends =
            [
                .. Enumerable.Range(0, (int)random.Between(200, 1000)).Select(i => new SimulatedAppend(
                    Ms(2000 + i), bothWays ? random.Next(nodes) : 0, (int)random.Between(1000, 12_000), i)),
            ],
            Limit = TimeSpan.FromHours(1),
        };
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

    private static NetworkConditions Network(SeededRandom random) => new()
    {
        Latency = Ms(random.Between(0, random.Chance(0.3) ? 200 : 10)),
        Jitter = Ms(random.Chance(0.5) ? 0 : random.Between(1, 100)),
        Loss = random.Chance(0.4) ? 0 : random.NextDouble() * (random.Chance(0.2) ? 0.4 : 0.05),
        Duplication = random.Chance(0.5) ? 0 : random.NextDouble() * 0.1,
        Reordering = random.Chance(0.5) ? 0 : random.NextDouble() * 0.1,
        BytesPerSecond = random.Chance(0.7) ? 0 : random.Between(50_000, 2_000_000),
        LargestFrame = random.Chance(0.95) ? 0 : (int)random.Between(1100, 20_000),
    };

    private static List<SimulatedAppend> Appends(SeededRandom random, int nodes, int largest)
    {
        var appends = new List<SimulatedAppend>();
        var bursts = random.Next(12) + 1;
        var awaited = random.NextDouble();
        for (var burst = 0; burst < bursts; burst++)
        {
            var at = random.Between(0, 12_000);
            var node = random.Next(nodes);
            var length = random.Chance(0.3) ? random.Between(10, 60) : random.Between(1, 6);
            for (var i = 0; i < length; i++)
            {
                if (random.Chance(0.2)) node = random.Next(nodes);
                // Occasionally a value that was appended before, there or elsewhere.
                var content = appends.Count > 0 && random.Chance(0.1) ? random.Next(appends.Count) : appends.Count;
                var size = content < appends.Count
                    ? appends[content].Size
                    : (int)random.Between(8, random.Chance(0.1) ? largest : 200);
                appends.Add(new SimulatedAppend(Ms(at), node, size, content) { IsAwaited = random.Chance(awaited) });
                at += random.Chance(0.7) ? 0 : random.Between(0, 500);
            }
        }
        return appends;
    }

    /// <summary>More than a slow link carries for a while.</summary>
    private static void Burst(SeededRandom random, int nodes, int largest, List<SimulatedAppend> appends)
    {
        var (at, node) = (random.Between(6000, 12_000), random.Next(nodes));
        for (var i = random.Between(20, 80); i > 0; i--)
            appends.Add(new SimulatedAppend(Ms(at), node, (int)random.Between(1000, largest), appends.Count));
    }

    private static TimeSpan Ms(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
