namespace FloodActors.Simulation;

/// <summary>The state of a flood after many nodes failed at once.</summary>
/// <param name="Failed">The share of nodes that failed, 0 to 1.</param>
/// <param name="Reached">The share of survivors that a flood from the largest component
/// reached.</param>
/// <param name="Theory">The share of survivors in the giant component of an infinite random regular graph.</param>
public sealed record MassFailureResult(double Failed, double Reached, double Theory);

/// <summary>
/// The experiment of the HyParView paper (Leitao, Pereira, Rodrigues 2007) for a network that does not repair itself: a
/// share of all nodes fails at once, and one of the survivors floods. Beyond a share of 1 - 1/(k-1) only new links
/// help.
/// </summary>
public static class MassFailure
{
    /// <summary>Fails nodes of a random regular graph and floods once.</summary>
    /// <param name="topology">A graph in which every node has the same number of links.</param>
    /// <param name="failed">The share of nodes that fail.</param>
    /// <param name="seed">Which nodes.</param>
    public static MassFailureResult Run(Topology topology, double failed, ulong seed)
    {
        var random = new SeededRandom(seed);
        var order = Enumerable.Range(0, topology.Nodes).ToArray();
        random.Shuffle(order.AsSpan());
        var absent = order.Take((int)Math.Round(topology.Nodes * failed)).ToHashSet();
        var survivors = topology.Nodes - absent.Count;
        var report = Simulator.RunDirect(new SimulationOptions
        {
            Topology = topology,
            Seed = seed,
            Absent = absent,
            Appends = [new SimulatedAppend(TimeSpan.Zero, InLargestPart(topology, absent), 8, 1)],
        }).Verify();
        return new MassFailureResult(failed, (report.Deliveries + 1) / (double)survivors,
            GiantComponent(topology.Degree(0), failed));
    }

    /// <summary>
    /// The share of survivors in the giant component of an infinite random graph with <paramref name="degree"/> links
    /// each.
    /// </summary>
    /// <remarks>
    /// u is the chance that a link leads to no giant component: its end failed, or none of its other links leads there,
    /// u = f + (1-f) u^(k-1). A survivor is outside if all of its links lead nowhere: u^k.
    /// </remarks>
    public static double GiantComponent(int degree, double failed)
    {
        var u = 0.0;
        for (var i = 0; i < 100_000; i++) u = failed + ((1 - failed) * Math.Pow(u, degree - 1));
        return 1 - Math.Pow(u, degree);
    }

    private static int InLargestPart(Topology topology, HashSet<int> absent)
    {
        var seen = new bool[topology.Nodes];
        var stack = new Stack<int>();
        var (best, bestSize) = (0, 0);
        for (var start = 0; start < topology.Nodes; start++)
        {
            if (seen[start] || absent.Contains(start)) continue;
            seen[start] = true;
            stack.Push(start);
            var size = 0;
            while (stack.TryPop(out var node))
            {
                size++;
                foreach (var neighbour in topology.NeighboursOf(node))
                {
                    if (seen[neighbour] || absent.Contains(neighbour)) continue;
                    seen[neighbour] = true;
                    stack.Push(neighbour);
                }
            }
            if (size > bestSize) (best, bestSize) = (start, size);
        }
        return best;
    }
}
