namespace FloodActors.Simulation;

public static partial class RandomSchedule
{
    /// <summary>
    /// One or two nodes append all the time, so that trees form, ids are always waiting to be told, and faults happen
    /// in mid-traffic.
    /// </summary>
    private static SimulationOptions WithSteadyTraffic(SimulationOptions options, SeededRandom random)
    {
        if (!random.Chance(0.2) || options.Network.BytesPerSecond is > 0 and < 200_000) return options;
        var appends = options.Appends.ToList();
        var topology = options.Topology;
        var begin = random.Between(1000, 4000);
        var interval = random.Between(4, 60);
        int[] authors = [random.Next(topology.Nodes), random.Next(topology.Nodes)];
        var faults = options.Faults.ToList();
        for (var i = random.Next(4); i > 0; i--)
        {
            var at = Ms(begin + random.Between(500, 5000));
            var time = Ms(random.Between(10, random.Chance(0.5) ? 500 : 7000));
            var node = random.Next(topology.Nodes);
            var neighbour = random.Pick<int>(topology.NeighboursOf(node).ToArray());
            faults.Add(random.Next(6) switch
            {
                0 => new BlackholeFault(at, time, node),
                1 => new FreezeFault(at, time, node),
                2 => new SlowLinkFault(at, time, node, neighbour, Ms(random.Between(10, 600))),
                3 => new CrashFault(at, time, node, Restarts: random.Chance(0.5)),
                4 => new LinkFailureFault(at, node, neighbour),
                _ => new CutFault(at, time, node, neighbour, BothWays: random.Chance(0.5)),
            });
        }
        for (var at = begin; at < begin + 6000; at += random.Between(1, 2 * interval))
        {
            var author = authors[random.Chance(0.8) ? 0 : 1];
            var size = (int)random.Between(8, random.Chance(0.05) ? 2000 : 200);
            appends.Add(new SimulatedAppend(Ms(at), author, size, appends.Count));
        }
        return options with
        {
            Appends = appends,
            Faults = faults,
            Settings = random.Chance(0.6) ? options.Settings with { Redundancy = 0 } : options.Settings,
            // If far more messages are in flight than ids are remembered, they circulate for ever.
            SeenCount = 0,
            Limit = TimeSpan.FromMinutes(20),
        };
    }
}
