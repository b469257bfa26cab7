namespace FloodActors.Simulation.Tests;

public sealed class TopologyTests
{
    public static TheoryData<Topology, int, int, int, int> Shapes => new()
    {
        // topology, N, E, diameter, largest degree
        { Topology.Line(5), 5, 4, 4, 2 },
        { Topology.Ring(6), 6, 6, 3, 2 },
        { Topology.Star(7), 7, 6, 2, 6 },
        { Topology.Tree(7), 7, 6, 4, 3 },
        { Topology.Grid(4, 3), 12, 17, 5, 4 },
        { Topology.Complete(6), 6, 15, 1, 5 },
        { Topology.TwoClusters(8), 8, 13, 3, 4 },
        { Topology.Custom(4, (0, 1), (2, 1), (1, 2), (3, 2)), 4, 3, 3, 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_shape_has_its_nodes_links_diameter_and_degree(Topology topology, int nodes, int links, int diameter,
        int degree)
    {
        Assert.Equal((nodes, links, diameter, degree),
            (topology.Nodes, topology.Links.Count, topology.Diameter, topology.MaxDegree));
        Assert.Equal((2 * links) - nodes + 1, topology.TransmissionsPerMessage);
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(8, 7)]
    [InlineData(9, 2)]
    [InlineData(1000, 5)]
    [InlineData(1000, 8)]
    public void A_random_regular_graph_is_connected_and_every_node_has_its_degree(int nodes, int degree)
    {
        var topology = Topology.RandomRegular(nodes, degree, seed: 3);
        Assert.True(topology.IsConnected);
        for (var i = 0; i < nodes; i++) Assert.Equal(degree, topology.Degree(i));
        Assert.Equal(topology.Links.Distinct().Count(), topology.Links.Count);
    }

    [Fact]
    public void The_same_seed_gives_the_same_graph_and_another_seed_another()
    {
        Assert.Equal(Topology.RandomRegular(100, 4, 1).Links, Topology.RandomRegular(100, 4, 1).Links);
        Assert.NotEqual(Topology.RandomRegular(100, 4, 1).Links, Topology.RandomRegular(100, 4, 2).Links);
        Assert.Equal(Topology.SmallWorld(100, 4, 0.2, 1).Links, Topology.SmallWorld(100, 4, 0.2, 1).Links);
    }

    [Fact]
    public void Small_worlds_and_random_graphs_are_connected_and_shortcuts_shorten_the_ways()
    {
        var ordered = Topology.SmallWorld(200, 4, 0, 1);
        var small = Topology.SmallWorld(200, 4, 0.3, 1);
        Assert.True(small.IsConnected);
        Assert.True(small.Diameter < ordered.Diameter, $"{small.Diameter} < {ordered.Diameter}");
        for (ulong seed = 0; seed < 50; seed++) Assert.True(Topology.RandomConnected(30, (int)seed, seed).IsConnected);
    }

    [Fact]
    public void What_cannot_be_is_refused_in_words()
    {
        Assert.Contains("even", Assert.Throws<ArgumentException>(() => Topology.RandomRegular(5, 3, 1)).Message);
        Assert.Contains("0 to 2", Assert.Throws<ArgumentException>(() => Topology.Custom(3, (0, 3))).Message);
        Assert.Contains("small-world", Assert.Throws<FormatException>(() => Topology.Parse("web", 3, 1)).Message);
    }

    [Theory]
    [InlineData("line")]
    [InlineData("ring")]
    [InlineData("star")]
    [InlineData("complete")]
    [InlineData("tree:3")]
    [InlineData("grid:4")]
    [InlineData("random:3")]
    [InlineData("small-world:4")]
    [InlineData("clusters:2")]
    public void A_name_is_read_back(string text)
    {
        var topology = Topology.Parse(text, 12, 1);
        Assert.Equal((12, text), (topology.Nodes, topology.Name));
        Assert.True(topology.IsConnected);
    }
}
