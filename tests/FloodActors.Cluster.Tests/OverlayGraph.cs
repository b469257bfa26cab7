namespace FloodActors.Cluster.Tests;

/// <summary>
/// The whole overlay at once, by sorting each ring, and what can be computed of it. Members are numbers here.
/// </summary>
internal sealed class OverlayGraph
{
    private readonly HashSet<int>[] _links;

    public OverlayGraph(int members) => _links = Enumerable.Range(0, members).Select(_ => new HashSet<int>()).ToArray();

    public int Members => _links.Length;

    public IReadOnlySet<int> this[int member] => _links[member];

    public int MaxDegree => _links.Max(l => l.Count);

    public void Link(int a, int b)
    {
        if (a == b) return;
        _links[a].Add(b);
        _links[b].Add(a);
    }

    /// <summary>The ring links of every member that is in <paramref name="view"/>.</summary>
    public static OverlayGraph OfRings(string[] addresses, int cycles, Func<int, bool>? view = null)
    {
        var graph = new OverlayGraph(addresses.Length);
        graph.AddRings(addresses, cycles, view ?? (_ => true), (_, _) => true);
        return graph;
    }

    /// <summary>Adds the ring links of a view, if <paramref name="made"/> says that (from, to) is made.</summary>
    public void AddRings(string[] addresses, int cycles, Func<int, bool> view, Func<int, int, bool> made)
    {
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var places = new List<((ulong Hash, string Address) Place, int Member)>();
            for (var i = 0; i < addresses.Length; i++)
                if (view(i)) places.Add((Overlay.Place(cycle, addresses[i]), i));
            places.Sort((a, b) => Overlay.Compare(a.Place, b.Place));
            for (var i = 0; i < places.Count; i++)
            {
                var (a, b) = (places[i].Member, places[(i + 1) % places.Count].Member);
                if (made(a, b) || made(b, a)) Link(a, b);
            }
        }
    }

    /// <summary>Every distance from a member; -1: not reached.</summary>
    public int[] Distances(int from)
    {
        var distances = new int[Members];
        Array.Fill(distances, -1);
        distances[from] = 0;
        var queue = new Queue<int>([from]);
        while (queue.TryDequeue(out var next))
        {
            foreach (var other in _links[next])
            {
                if (distances[other] >= 0) continue;
                distances[other] = distances[next] + 1;
                queue.Enqueue(other);
            }
        }
        return distances;
    }

    public bool IsConnected => !Distances(0).Contains(-1);

    /// <summary>The longest distance from any of so many members.</summary>
    public int Eccentricity(int members) =>
        Enumerable.Range(0, Math.Min(members, Members)).Max(member => Distances(member).Max());

    public HashSet<(int, int)> Links() =>
        [.. Enumerable.Range(0, Members).SelectMany(a => _links[a].Where(b => a < b).Select(b => (a, b)))];
}
