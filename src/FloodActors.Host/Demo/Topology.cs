namespace FloodActors.Host.Demo;

/// <summary>The shapes that nodes can be linked in.</summary>
internal enum TopologyKind
{
    Ring,
    Line,
    Star,
    Complete,
    Random,
}

/// <summary>Which nodes are linked with which.</summary>
internal static class Topology
{
    /// <summary>The links, each once, the lower node first. Always connected; a random one has about four links at each node.</summary>
    public static IReadOnlyList<(int From, int To)> Links(TopologyKind kind, int nodes, int seed)
    {
        var links = new SortedSet<(int From, int To)>();
        for (var i = 1; i < nodes; i++)
        {
            switch (kind)
            {
                case TopologyKind.Star:
                    links.Add((0, i));
                    break;
                case TopologyKind.Complete:
                    for (var j = 0; j < i; j++) links.Add((j, i));
                    break;
                case TopologyKind.Random:
                    break;
                default:
                    links.Add((i - 1, i));
                    break;
            }
        }
        if (kind == TopologyKind.Ring && nodes > 2) links.Add((0, nodes - 1));
        if (kind == TopologyKind.Random) AddRandom(links, nodes, new Random(seed));
        return [.. links];
    }

    private static void AddRandom(SortedSet<(int From, int To)> links, int nodes, Random random)
    {
        for (var i = 1; i < nodes; i++) links.Add((random.Next(i), i));
        var target = Math.Min(nodes * (nodes - 1) / 2, nodes * 2);
        while (links.Count < target)
        {
            var (a, b) = (random.Next(nodes), random.Next(nodes));
            if (a != b) links.Add((Math.Min(a, b), Math.Max(a, b)));
        }
    }
}
