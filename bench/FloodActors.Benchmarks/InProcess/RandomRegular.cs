namespace FloodActors.Benchmarks.InProcess;

internal static class RandomRegular
{
    /// <summary>
    /// A connected graph in which every node has the same number of neighbours, from a seed: a ring with chords,
    /// shuffled by swapping the ends of pairs of edges, many times over. Swaps keep every degree; those that would make
    /// a loop or a double edge are left out.
    /// </summary>
    public static List<(int From, int To)> Create(int nodes, int degree, int seed)
    {
        if (nodes <= degree || nodes * degree % 2 != 0)
            throw new ArgumentException($"no graph of {nodes} nodes has {degree} neighbours at each");
        var random = new Random(seed);
        while (true)
        {
            var edges = new List<(int From, int To)>();
            for (var i = 0; i < nodes; i++)
            {
                for (var k = 1; k <= degree / 2; k++) edges.Add((i, (i + k) % nodes));
                if (degree % 2 == 1 && i < nodes / 2) edges.Add((i, i + (nodes / 2)));
            }
            var known = edges.Select(Key).ToHashSet();
            for (var swap = 0; swap < edges.Count * 20; swap++)
            {
                var (a, b) = (random.Next(edges.Count), random.Next(edges.Count));
                var (first, second) = ((edges[a].From, edges[b].To), (edges[b].From, edges[a].To));
                if (first.From == first.To || second.From == second.To || Key(first) == Key(second)
                    || known.Contains(Key(first)) || known.Contains(Key(second)))
                    continue;
                known.Remove(Key(edges[a]));
                known.Remove(Key(edges[b]));
                known.Add(Key(first));
                known.Add(Key(second));
                (edges[a], edges[b]) = (first, second);
            }
            if (IsConnected(nodes, edges)) return edges;
        }
    }

    private static (int, int) Key((int From, int To) edge) =>
        edge.From < edge.To ? (edge.From, edge.To) : (edge.To, edge.From);

    private static bool IsConnected(int nodes, List<(int From, int To)> edges)
    {
        var neighbours = edges.Concat(edges.Select(e => (From: e.To, To: e.From))).ToLookup(e => e.From, e => e.To);
        var seen = new HashSet<int> { 0 };
        var next = new Stack<int>(seen);
        while (next.TryPop(out var node))
            foreach (var neighbour in neighbours[node])
                if (seen.Add(neighbour)) next.Push(neighbour);
        return seen.Count == nodes;
    }
}
