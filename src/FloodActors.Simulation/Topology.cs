namespace FloodActors.Simulation;

/// <summary>A link between two nodes, by their numbers.</summary>
/// <param name="A">The lower number; in a network this node dials.</param>
/// <param name="B">The higher number.</param>
public readonly record struct TopologyLink(int A, int B);

/// <summary>
/// Which nodes are linked: an undirected graph of nodes 0 .. <see cref="Nodes"/>-1 without loops or double links.
/// Immutable.
/// </summary>
public sealed partial class Topology
{
    private readonly int[] _starts; // where a node's neighbours begin; one more at the end
    private readonly int[] _neighbours;
    private int? _diameter;

    private Topology(string name, int nodes, TopologyLink[] links)
    {
        Name = name;
        Nodes = nodes;
        Links = links;
        _starts = new int[nodes + 1];
        foreach (var (a, b) in links)
        {
            _starts[a + 1]++;
            _starts[b + 1]++;
        }
        for (var i = 0; i < nodes; i++) _starts[i + 1] += _starts[i];
        _neighbours = new int[links.Length * 2];
        var next = _starts.AsSpan(0, nodes).ToArray();
        foreach (var (a, b) in links)
        {
            _neighbours[next[a]++] = b;
            _neighbours[next[b]++] = a;
        }
        for (var i = 0; i < nodes; i++) Array.Sort(_neighbours, _starts[i], _starts[i + 1] - _starts[i]);
    }

    /// <summary>
    /// Its name, in the form that <see cref="Parse"/> reads if it can: <c>ring</c>, <c>random:5</c> ...
    /// </summary>
    public string Name { get; }

    /// <summary>N, the number of nodes.</summary>
    public int Nodes { get; }

    /// <summary>The links; their number is E.</summary>
    public IReadOnlyList<TopologyLink> Links { get; }

    /// <summary>How often a message crosses a link when all goes well: 2E - N + 1, the most a flood may send.</summary>
    public long TransmissionsPerMessage => (2L * Links.Count) - Nodes + 1;

    /// <summary>The most links that a node has.</summary>
    public int MaxDegree
    {
        get
        {
            var most = 0;
            for (var i = 0; i < Nodes; i++) most = Math.Max(most, Degree(i));
            return most;
        }
    }

    /// <summary>Whether every node can be reached from every other.</summary>
    public bool IsConnected => Nodes <= 1 || !Distances(0).AsSpan().Contains(-1);

    /// <summary>
    /// The most hops between two nodes; -1 when some cannot be reached. Computed at the first call by a search from
    /// every node: N times E steps. For large graphs ask for <see cref="Eccentricity"/>.
    /// </summary>
    public int Diameter
    {
        get
        {
            if (_diameter is { } known) return known;
            if (!IsConnected) return -1;
            var most = 0;
            for (var i = 0; i < Nodes; i++) most = Math.Max(most, Eccentricity(i));
            _diameter = most;
            return most;
        }
    }

    /// <summary>How many links the node has.</summary>
    public int Degree(int node) => _starts[node + 1] - _starts[node];

    /// <summary>The nodes that this one is linked with, in ascending order.</summary>
    public ReadOnlySpan<int> NeighboursOf(int node) => _neighbours.AsSpan(_starts[node], Degree(node));

    /// <summary>
    /// Hops from the node to the farthest one that it can reach: the hops that a flood from there takes.
    /// </summary>
    public int Eccentricity(int node) => Distances(node).Max();

    /// <summary>Hops from the node to every other; -1 if there is no path.</summary>
    public int[] Distances(int node)
    {
        var distances = new int[Nodes];
        Array.Fill(distances, -1);
        var queue = new int[Nodes];
        var (head, tail) = (0, 0);
        queue[tail++] = node;
        distances[node] = 0;
        while (head < tail)
        {
            var current = queue[head++];
            foreach (var neighbour in NeighboursOf(current))
            {
                if (distances[neighbour] >= 0) continue;
                distances[neighbour] = distances[current] + 1;
                queue[tail++] = neighbour;
            }
        }
        return distances;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Nodes} nodes, {Links.Count} links";

    /// <summary>Where a node's neighbours begin among those of all nodes: the number of its first link end.</summary>
    internal int FirstEnd(int node) => _starts[node];

    /// <summary>The neighbour at a link end.</summary>
    internal int[] Ends => _neighbours;
}
