namespace FloodActors.Simulation;

public static partial class RandomSchedule
{
    /// <summary>Values of keys among the messages, with little room for them on some nodes.</summary>
    private static SimulationOptions WithKeys(SimulationOptions options, SeededRandom random)
    {
        if (!random.Chance(0.4)) return options;
        var keys = (int)random.Between(1, 30);
        var largest = options.Settings.MaxMessageSize;
        // Each node gets its own bound, or all get the same, or there is room for all keys.
        var bounds = random.Next(4);
        var (count, bytes) = KeyBounds(random, keys, largest);
        options = ForAll(options, settings =>
        {
            if (bounds == 0) (count, bytes) = KeyBounds(random, keys, largest);
            return bounds > 1 ? settings : settings with { KeysMaxCount = count, KeysMaxBytes = bytes };
        });
        return options with
        {
            Keys = KeyValues(random, options.Topology.Nodes, keys, largest),
            Uses = [.. options.Uses, .. TopicSubscribers(random, options.Topology.Nodes)],
        };
    }

    private static (int Count, long Bytes) KeyBounds(SeededRandom random, int keys, int largest) =>
        (random.Chance(0.7) ? (int)random.Between(1, keys + 1) : 10_000,
            random.Chance(0.5) ? 64 << 20 : largest + random.Between(0, 12_000));

    private static List<SimulatedKey> KeyValues(SeededRandom random, int nodes, int keys, int largest)
    {
        var values = new List<SimulatedKey>();
        var at = random.Between(0, 5000);
        var removed = random.Pick<double>([0, 0.1, 0.4]);
        for (var i = random.Between(5, 200); i > 0; i--)
        {
            var size = random.Chance(removed) ? 0
                : (int)random.Between(1, random.Chance(0.1) ? random.Pick<int>([800, largest]) : 60);
            var value = new SimulatedKey(Ms(at), random.Next(nodes), random.Next(keys), size);
            values.Add(value);
            // At the same time elsewhere: the versions are equal.
            if (random.Chance(0.1))
                values.Add(value with { Node = random.Next(nodes), Size = random.Chance(0.2) ? 0 : 10 });
            at += random.Chance(0.6) ? 0 : random.Between(0, 300);
        }
        return values;
    }

    private static IEnumerable<SubscribeUse> TopicSubscribers(SeededRandom random, int nodes)
    {
        for (var i = random.Next(5); i > 0; i--)
        {
            yield return new SubscribeUse(
                Ms(random.Between(0, 8000)), Ms(random.Between(500, 20_000)), random.Next(nodes), Drops: false,
                random.Chance(0.5), Delay(random))
            {
                Topic = random.Chance(0.8) ? $"t{random.Next(2)}" : null,
            };
        }
    }

    private static SimulationOptions WithValidators(SimulationOptions options, SeededRandom random)
    {
        var kind = random.Next(10);
        if (kind > 3) return options;
        var nodes = new Dictionary<int, int>();
        var oneIn = (int)random.Between(2, 12);
        var all = random.Chance(0.3);
        for (var node = 0; node < options.Topology.Nodes; node++)
        {
            if (all || random.Chance(0.4))
                nodes.Add(node, kind < 2 ? (int)random.Between(2, 12) : oneIn);
        }
        options = kind < 2 ? options with { RejectsOneIn = nodes } : options with { RefusesOneIn = nodes };
        // Each new link brings a refused value of a key again: with few rejections allowed it might never end.
        var mostRejected = options.Keys.Count > 0 || random.Chance(0.7)
            ? int.MaxValue / 4 : (int)random.Between(0, 6);
        return ForAll(options, settings => settings with { MaxRejected = mostRejected });
    }

    /// <summary>Changes the settings of the nodes, those that restart with other settings included.</summary>
    private static SimulationOptions ForAll(
        SimulationOptions options, Func<FloodSettings, FloodSettings> change) => options with
    {
        Settings = change(options.Settings),
        NodeSettings = options.NodeSettings.ToDictionary(node => node.Key, node => change(node.Value)),
        Faults =
        [
            .. options.Faults.Select(fault => fault is StopFault { Then: { } then } stop
                ? stop with { Then = change(then) } : fault),
        ],
    };
}
