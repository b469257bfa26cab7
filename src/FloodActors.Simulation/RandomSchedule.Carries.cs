namespace FloodActors.Simulation;

public static partial class RandomSchedule
{
    private static SimulationOptions WithKeys(SimulationOptions options, SeededRandom random)
    {
        if (!random.Chance(0.3)) return options;
        var values = new List<SimulatedKey>();
        var keys = (int)random.Between(1, 30);
        var at = random.Between(0, 5000);
        for (var i = random.Between(5, 200); i > 0; i--)
        {
            var size = random.Chance(0.1) ? 0 : (int)random.Between(1, random.Chance(0.1) ? 800 : 60);
            values.Add(new SimulatedKey(Ms(at), random.Next(options.Topology.Nodes), random.Next(keys), size));
            at += random.Chance(0.6) ? 0 : random.Between(0, 300);
        }
        return options with { Keys = values };
    }

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
