using System.Globalization;

namespace FloodActors.Simulation;

/// <summary>The shapes.</summary>
public sealed partial class Topology
{
    /// <summary>0 - 1 - 2 - ... : the longest path.</summary>
    public static Topology Line(int nodes) =>
        Create("line", AtLeast(nodes, 1), Enumerable.Range(1, nodes - 1).Select(i => (i - 1, i)));

    /// <summary>A line whose ends are linked.</summary>
    public static Topology Ring(int nodes) =>
        Create("ring", AtLeast(nodes, 3), Enumerable.Range(0, nodes).Select(i => (i, (i + 1) % nodes)));

    /// <summary>Node 0 is linked with all others.</summary>
    public static Topology Star(int nodes) =>
        Create("star", AtLeast(nodes, 2), Enumerable.Range(1, nodes - 1).Select(i => (0, i)));

    /// <summary>The parent of node i is node (i-1)/<paramref name="branches"/>: nothing is sent twice.</summary>
    public static Topology Tree(int nodes, int branches = 2) =>
        Create($"tree:{AtLeast(branches, 1)}", AtLeast(nodes, 1), Enumerable.Range(1, nodes - 1)
            .Select(i => ((i - 1) / branches, i)));

    /// <summary>Rows and columns, each node linked with those beside, above and below it.</summary>
    public static Topology Grid(int width, int height)
    {
        var links = new List<(int, int)>();
        for (var y = 0; y < AtLeast(height, 1); y++)
        {
            for (var x = 0; x < AtLeast(width, 1); x++)
            {
                if (x + 1 < width) links.Add(((y * width) + x, (y * width) + x + 1));
                if (y + 1 < height) links.Add(((y * width) + x, ((y + 1) * width) + x));
            }
        }
        return Create($"grid:{width}", width * height, links);
    }

    /// <summary>Every node is linked with every other.</summary>
    public static Topology Complete(int nodes) =>
        Create("complete", AtLeast(nodes, 2),
            Enumerable.Range(0, nodes).SelectMany(a => Enumerable.Range(a + 1, nodes - a - 1).Select(b => (a, b))));

    /// <summary>
    /// A random connected graph in which every node has <paramref name="degree"/> links: link ends are paired at
    /// random, and pairs that would create loops or double links are exchanged with others.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such graph: nodes times degree is odd, or the degree is below 2
    /// or not below the number of nodes.</exception>
    public static Topology RandomRegular(int nodes, int degree, ulong seed)
    {
        if (degree < 2 || degree >= nodes || (long)nodes * degree % 2 != 0)
            throw new ArgumentException(
                $"There is no connected graph of {nodes} nodes with {degree} links each: the degree must be 2 to "
                + "nodes - 1, and nodes times degree even.", nameof(degree));
        var random = new SeededRandom(seed);
        while (true)
        {
            // A dense graph is created as the complement of a sparse one: there is no room for exchanging pairs in it.
            var dense = degree > (nodes - 1) / 2;
            if (PairUp(nodes, dense ? nodes - 1 - degree : degree, random) is not { } links) continue;
            var topology = new Topology($"random:{degree}", nodes,
                Ordered(dense ? [.. Complete(nodes).Links.Except(links)] : links));
            if (topology.IsConnected) return topology;
        }
    }

    /// <summary>
    /// A random tree and <paramref name="extraLinks"/> more random links, or as many as possible.
    /// </summary>
    public static Topology RandomConnected(int nodes, int extraLinks, ulong seed)
    {
        var random = new SeededRandom(seed);
        var links = new HashSet<(int, int)>();
        for (var i = 1; i < AtLeast(nodes, 1); i++) links.Add((random.Next(i), i));
        var most = Math.Min(links.Count + (long)extraLinks, (long)nodes * (nodes - 1) / 2);
        while (links.Count < most)
        {
            var (a, b) = (random.Next(nodes), random.Next(nodes));
            if (a != b) links.Add((Math.Min(a, b), Math.Max(a, b)));
        }
        return Create("connected", nodes, links);
    }

    /// <summary>
    /// A ring in which each node is linked with its <paramref name="degree"/> nearest, and each link is rewired
    /// to a random node with the <paramref name="rewired"/> probability (Watts and Strogatz 1998); links of the ring
    /// itself stay, so that it is connected.
    /// </summary>
    public static Topology SmallWorld(int nodes, int degree, double rewired, ulong seed)
    {
        if (degree < 2 || degree % 2 != 0
            || degree >= nodes) throw new ArgumentException(
                $"The degree must be even, at least 2 and below the {nodes} nodes, not {degree}.", nameof(degree));
        var random = new SeededRandom(seed);
        var links = new HashSet<(int, int)>();
        for (var i = 0; i < nodes; i++) links.Add(Pair(i, (i + 1) % nodes));
        for (var distance = 2; distance <= degree / 2; distance++)
        {
            for (var i = 0; i < nodes; i++)
            {
                var link = Pair(i, (i + distance) % nodes);
                for (var tries = 0; tries < nodes && random.Chance(rewired); tries++)
                {
                    var bent = Pair(i, random.Next(nodes));
                    if (bent.Item1 == bent.Item2 || links.Contains(bent)) continue;
                    link = bent;
                    break;
                }
                links.Add(link);
            }
        }
        return Create($"small-world:{degree}", nodes, links);
    }

    /// <summary>Two complete halves and <paramref name="bridges"/> links between them.</summary>
    public static Topology TwoClusters(int nodes, int bridges = 1)
    {
        var half = AtLeast(nodes, 4) / 2;
        var links = new List<(int, int)>();
        for (var a = 0; a < half; a++)
            for (var b = a + 1; b < half; b++) links.Add((a, b));
        for (var a = half; a < nodes; a++)
            for (var b = a + 1; b < nodes; b++) links.Add((a, b));
        for (var i = 0; i < Math.Min(AtLeast(bridges, 1), half); i++) links.Add((i, half + i));
        return Create($"clusters:{bridges}", nodes, links);
    }

    /// <summary>Links of your own, in either direction; a link given twice counts once.</summary>
    /// <exception cref="ArgumentException">A link names a node that does not exist, or links a node
    /// with itself.</exception>
    public static Topology Custom(int nodes, params (int A, int B)[] links) =>
        Create("custom", AtLeast(nodes, 1), links);

    /// <summary>
    /// Reads <c>line</c>, <c>ring</c>, <c>star</c>, <c>complete</c>, <c>tree[:BRANCHES]</c>, <c>grid[:WIDTH]</c>,
    /// <c>random[:DEGREE]</c> (5),
    /// <c>small-world[:DEGREE]</c> (4, a tenth rewired) or <c>clusters[:BRIDGES]</c>.
    /// </summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    /// <exception cref="ArgumentException">There is no such graph of that size.</exception>
    public static Topology Parse(string text, int nodes, ulong seed)
    {
        var colon = text.IndexOf(':');
        var name = colon < 0 ? text : text[..colon];
        int? number = null;
        if (colon >= 0)
        {
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture,
                out var parsed)) throw Unknown(text);
            number = parsed;
        }
        return (name, number) switch
        {
            ("line", null) => Line(nodes),
            ("ring", null) => Ring(nodes),
            ("star", null) => Star(nodes),
            ("complete", null) => Complete(nodes),
            ("tree", _) => Tree(nodes, number ?? 2),
            ("grid", _) => GridOf(nodes, number ?? (int)Math.Sqrt(nodes)),
            ("random", _) => RandomRegular(nodes, number ?? 5, seed),
            ("small-world", _) => SmallWorld(nodes, number ?? 4, 0.1, seed),
            ("clusters", _) => TwoClusters(nodes, number ?? 1),
            _ => throw Unknown(text),
        };
    }

    private static FormatException Unknown(string text) => new(
        $"'{text}' is no topology; there are line, ring, star, complete, tree[:BRANCHES], grid[:WIDTH], "
        + "random[:DEGREE], small-world[:DEGREE] and clusters[:BRIDGES].");

    private static Topology GridOf(int nodes, int width) => width > 0 && nodes % width == 0
        ? Grid(width, nodes / width)
        : throw new ArgumentException($"{nodes} nodes make no grid of width {width}.", nameof(width));

    private static Topology Create(string name, int nodes, IEnumerable<(int A, int B)> links)
    {
        var distinct = new HashSet<TopologyLink>();
        foreach (var (a, b) in links)
        {
            if (a == b || Math.Min(a, b) < 0
                || Math.Max(a,
                    b) >= nodes) throw new ArgumentException(
                        $"A link from {a} to {b}: links join two different nodes of 0 to {nodes - 1}.", nameof(links));
            distinct.Add(new TopologyLink(Math.Min(a, b), Math.Max(a, b)));
        }
        return new Topology(name, nodes, Ordered([.. distinct]));
    }

    private static TopologyLink[] Ordered(TopologyLink[] links)
    {
        Array.Sort(links, static (x, y) => x.A != y.A ? x.A.CompareTo(y.A) : x.B.CompareTo(y.B));
        return links;
    }

    private static (int, int) Pair(int a, int b) => (Math.Min(a, b), Math.Max(a, b));

    private static int AtLeast(int value, int least) =>
        value >= least
            ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"At least {least} is needed.");

    /// <summary>Returns null when exchanging did not succeed.</summary>
    private static TopologyLink[]? PairUp(int nodes, int degree, SeededRandom random)
    {
        var ends = new int[(long)nodes * degree];
        for (var i = 0; i < ends.Length; i++) ends[i] = i / degree;
        random.Shuffle(ends.AsSpan());
        var links = new TopologyLink[ends.Length / 2];
        var present = new HashSet<TopologyLink>(links.Length);
        var wrong = new Queue<int>();
        var good = new bool[links.Length];
        for (var i = 0; i < links.Length; i++)
        {
            links[i] = Link(ends[2 * i], ends[(2 * i) + 1]);
            good[i] = links[i].A != links[i].B && present.Add(links[i]);
            if (!good[i]) wrong.Enqueue(i);
        }
        for (var tries = 100L * (wrong.Count + 10); wrong.TryDequeue(out var i); tries--)
        {
            if (tries == 0) return null;
            var j = random.Next(links.Length);
            var (x, y) = random.Chance(0.5)
                ? (Link(links[i].A, links[j].A), Link(links[i].B, links[j].B))
                    : (Link(links[i].A, links[j].B), Link(links[i].B, links[j].A));
            if (!good[j] || x == y || x.A == x.B || y.A == y.B || present.Contains(x) || present.Contains(y))
            {
                wrong.Enqueue(i);
                continue;
            }
            present.Remove(links[j]);
            present.Add(x);
            present.Add(y);
            (links[i], links[j]) = (x, y);
            good[i] = true;
        }
        return links;
    }

    private static TopologyLink Link(int a, int b) => new(Math.Min(a, b), Math.Max(a, b));
}
