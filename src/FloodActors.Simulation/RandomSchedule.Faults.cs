namespace FloodActors.Simulation;

public static partial class RandomSchedule
{
    private static List<SimulatedFault> Faults(SeededRandom random, Topology topology)
    {
        var faults = new List<SimulatedFault>();
        for (var i = random.Next(8); i > 0; i--) faults.Add(Fault(random, topology, longest: 12_000));
        return faults;
    }

    private static SimulatedFault Fault(SeededRandom random, Topology topology, long longest)
    {
        var at = Ms(random.Between(0, 14_000));
        var time = Ms(random.Chance(0.5) ? random.Between(10, 2000) : random.Between(1000, longest));
        var node = random.Next(topology.Nodes);
        var neighbour = random.Pick<int>(topology.NeighboursOf(node).ToArray());
        var restarts = random.Chance(0.8);
        return random.Next(13) switch
        {
            0 or 1 => new PartitionFault(at, time,
                [.. Enumerable.Range(0, topology.Nodes).Where(_ => random.Chance(0.4))]),
            2 => new CutFault(at, time, node, neighbour, BothWays: random.Chance(0.5)),
            3 => new CrashFault(at, time, node, restarts),
            4 => new FreezeFault(at, time, node),
            5 => new SlowFault(at, time, node, Ms(random.Between(1, 60))),
            6 => new ClockFault(at, node, Ms(random.Between(-10_000_000, 10_000_000))),
            7 => new LinkFailureFault(at, node, neighbour),
            8 => new UnlinkFault(at, time, node, neighbour, ByAddress: random.Chance(0.5)),
            9 => new FailFault(at, time, node, restarts),
            10 or 11 => new LeaveFault(at, time, node, restarts),
            _ => Impostor(random, topology, at, time, node, neighbour),
        };
    }

    /// <summary>In the name of its own node it could not be distinguished from that node after a restart.</summary>
    private static ImpostorFault Impostor(
        SeededRandom random, Topology topology, TimeSpan at, TimeSpan time, int node, int victim)
    {
        var pretends = (node + 1 + random.Next(topology.Nodes - 1)) % topology.Nodes;
        var begins = random.Chance(0.5) ? 0 : (int)random.Between(2000, 8192);
        return new ImpostorFault(at, time, node, victim, pretends, begins);
    }

    /// <summary>All nodes get other settings, one after the other.</summary>
    private static IEnumerable<SimulatedFault> RollingRestart(
        SeededRandom random, Topology topology, FloodSettings settings, bool roomy)
    {
        var then = Vary(random, roomy, settings);
        var at = random.Between(1000, 3000);
        var pause = random.Between(300, 1500);
        for (var node = 0; node < topology.Nodes; node++)
        {
            var down = random.Between(10, pause);
            yield return random.Chance(0.7)
                ? new LeaveFault(Ms(at), Ms(down), node, Restarts: true) { Then = then }
                : new CrashFault(Ms(at), Ms(down), node, Restarts: true) { Then = then };
            at += pause;
        }
    }

    /// <summary>
    /// Far more appends at one node than it can take, all at once, and mostly while it is busy.
    /// </summary>
    private static void Rush(
        SeededRandom random, int nodes, FloodSettings settings, List<SimulatedAppend> appends,
        List<SimulatedFault> faults, Dictionary<int, FloodSettings> differing)
    {
        var (at, node) = (random.Between(1000, 10_000), random.Next(nodes));
        var told = differing.GetValueOrDefault(node, settings);
        differing[node] = told with { AppendQueue = (int)random.Between(1, 40) };
        if (random.Chance(0.7))
            faults.Add(new SlowFault(Ms(at - 500), Ms(random.Between(1000, 5000)), node, Ms(random.Between(20, 300))));
        var isAwaited = random.Chance(0.3);
        for (var i = random.Between(300, 2500); i > 0; i--)
        {
            if (random.Chance(0.02)) at++;
            appends.Add(new SimulatedAppend(Ms(at), node, 8, appends.Count) { IsAwaited = isAwaited });
        }
    }

    /// <summary>
    /// One node has little memory, a slow neighbour and much to send, and its user flushes.
    /// </summary>
    private static void Lag(
        SeededRandom random, Topology topology, FloodSettings settings, List<SimulatedAppend> appends,
        List<SimulatedFault> faults, List<SimulatedUse> uses, Dictionary<int, FloodSettings> differing)
    {
        var (at, node) = (random.Between(1000, 8000), random.Next(topology.Nodes));
        var told = differing.GetValueOrDefault(node, settings);
        var frame = (int)random.Between(1024, 2048);
        differing[node] = told with
        {
            Capacity = (int)random.Between(1, 5),
            MaxLag = told.MaxMessageSize + random.Between(0, 8000),
            OnLag = random.Chance(0.5) ? LagPolicy.Skip : LagPolicy.Wait,
            MaxFrame = frame,
            Window = (int)random.Between(frame, frame * 4L),
            AppendQueue = random.Chance(0.5) ? told.AppendQueue : (int)random.Between(1, 20),
        };
        var slow = random.Pick<int>(topology.NeighboursOf(node).ToArray());
        faults.Add(new SlowFault(Ms(at), Ms(random.Between(2000, 6000)), slow, Ms(random.Between(20, 300))));
        for (var i = random.Between(50, 150); i > 0; i--)
        {
            at += random.Between(0, 20);
            appends.Add(new SimulatedAppend(Ms(at), node, (int)random.Between(8, 800), appends.Count));
            if (random.Chance(0.02)) uses.Add(new FlushUse(Ms(at), Ms(random.Between(3000, 12_000)), node));
        }
    }

    private static List<SimulatedUse> Uses(SeededRandom random, int nodes, bool withStreams)
    {
        var uses = new List<SimulatedUse>();
        for (var i = random.Next(10); i > 0; i--)
        {
            var at = Ms(random.Between(0, 13_000));
            var time = Ms(random.Between(1, random.Chance(0.5) ? 300 : 8000));
            var node = random.Next(nodes);
            uses.Add(random.Next(withStreams ? 7 : 6) switch
            {
                0 or 1 => new FlushUse(at, time, node),
                2 => new AwaitPeersUse(at, time, node, random.Next(5) + 1),
                3 => new ConnectUse(at, time, node),
                4 or 5 => new SubscribeUse(at, time, node, random.Chance(0.5), random.Chance(0.5), Delay(random)),
                _ => new StreamUse(at, time, node, $"s{random.Next(2)}")
                {
                    Kinds = random.Chance(0.5) ? PayloadKinds.All : PayloadKinds.Text | PayloadKinds.Json,
                    CatchUp = random.Chance(0.7),
                    Remember = random.Chance(0.5),
                    Delay = Delay(random),
                    CannotTakeEvery = random.Chance(0.7) ? 0 : 7,
                    Breaks = random.Chance(0.3),
                },
            });
        }
        return uses;
    }

    private static TimeSpan Delay(SeededRandom random) =>
        random.Chance(0.5) ? TimeSpan.Zero : Ms(random.Between(1, 1000));

    /// <summary>If there are streams, some values are text, and some come by a stream.</summary>
    private static List<SimulatedAppend> WithStreams(
        SeededRandom random, List<SimulatedAppend> appends, List<SimulatedUse> uses)
    {
        var streams = uses.OfType<StreamUse>().ToList();
        if (streams.Count == 0) return appends;
        var kinds = new Dictionary<int, PayloadKind>();
        return appends.ConvertAll(append =>
        {
            if (!kinds.TryGetValue(append.Content, out var kind))
                kinds.Add(append.Content, kind = random.Chance(0.6) ? PayloadKind.Text : PayloadKind.Bytes);
            append = append with { Kind = kind };
            if (!random.Chance(0.2)) return append;
            var stream = random.Pick(streams);
            var at = stream.At + (stream.For * random.NextDouble());
            return append with { Node = stream.Node, Stream = stream.Id, At = at };
        });
    }
}
