namespace FloodActors.Simulation;

public static partial class RandomSchedule
{
    private static SimulationOptions WithValidators(SimulationOptions options, SeededRandom random)
    {
        if (!random.Chance(0.2)) return options;
        var nodes = new Dictionary<int, int>();
        for (var node = 0; node < options.Topology.Nodes; node++)
            if (random.Chance(0.4)) nodes.Add(node, (int)random.Between(2, 12));
        var mostRejected = random.Chance(0.7) ? int.MaxValue / 4 : (int)random.Between(0, 6);
        return options with
        {
            RejectsOneIn = nodes,
            Settings = options.Settings with { MaxRejected = mostRejected },
            NodeSettings = options.NodeSettings.ToDictionary(
                node => node.Key, node => node.Value with { MaxRejected = mostRejected }),
        };
    }
}
