namespace FloodActors.Cluster.Tests;

public sealed class PartitionTests
{
    [Fact]
    public async Task A_partition_shorter_than_any_failure_detector_loses_nothing_and_ends_no_link()
    {
        var nodes = await ClusterNode.StartCluster(3, ClusterNode.Throttled);
        await Eventually.Holds(() => nodes.All(n => n.Links == 2), "everyone is linked");
        await CutOff(nodes[2], nodes, true);
        await AppendOnBothSides(nodes, "during");
        await Eventually.Holds(
            async () => (await nodes[0].Flood.PeersAsync()).Any(p => p.Id == "n2" && p.Behind > 0),
            "something is on its way to the other side");
        await CutOff(nodes[2], nodes, false);
        await AllHave(nodes, 60);
        Assert.All(nodes, n => Assert.Empty(n.Events.OfType<PeerDisconnected>()));
        Assert.All(nodes, n => Assert.Equal(3, n.CountUp));
        await End(nodes);
    }

    [Fact]
    public async Task A_partition_longer_than_every_failure_detector_heals_by_itself_and_loses_nothing()
    {
        var nodes = await ClusterNode.StartCluster(3, ClusterNode.Throttled, configure: s =>
            s with { PeerTimeout = TimeSpan.FromSeconds(1), PingInterval = TimeSpan.FromMilliseconds(200) });
        await Eventually.Holds(() => nodes.All(n => n.Links == 2), "everyone is linked");
        await AppendOnBothSides(nodes, "before");
        await CutOff(nodes[2], nodes, true);
        await AppendOnBothSides(nodes, "during");
        await Eventually.Holds(
            () => nodes[0].SeesUnreachable(nodes[2]) && nodes[2].SeesUnreachable(nodes[0]),
            "the cluster's failure detector has given up");
        await Eventually.Holds(() => nodes[2].Links == 0 && nodes[0].Links == 1, "the links have given up");
        Assert.All(nodes[2].Events.OfType<PeerDisconnected>(), e => Assert.Equal(LinkEnd.Timeout, e.Cause));
        // Unreachable is not gone: it stays a neighbour.
        await Eventually.Holds(
            async () => (await nodes[0].Clustered.ViewAsync()).Unreachable.Contains(nodes[2].Address.ToString()),
            "the flood knows that it is unreachable");
        Assert.Contains(nodes[2].Address.ToString(), (await nodes[0].Clustered.ViewAsync()).Neighbours);
        await AppendOnBothSides(nodes, "after the links");
        await CutOff(nodes[2], nodes, false);
        await Eventually.Holds(() => nodes.All(n => n.Links == 2), "everyone is linked again");
        await AllHave(nodes, 180);
        await End(nodes);
    }

    private static async Task CutOff(ClusterNode node, IEnumerable<ClusterNode> nodes, bool on)
    {
        foreach (var other in nodes)
            if (other != node) await node.Blackhole(other, on);
    }

    private static async Task AppendOnBothSides(List<ClusterNode> nodes, string when)
    {
        for (var i = 0; i < 20; i++)
            foreach (var node in nodes)
                Assert.IsType<Appended>(await node.Flood.AppendAsync($"{when}: {node.Name} {i}"));
    }

    private static async Task AllHave(List<ClusterNode> nodes, int count)
    {
        await Eventually.Holds(() => nodes.All(n => n.Texts.Count >= count), $"everyone has all {count}");
        Assert.All(nodes, n => Assert.Equal(count, n.Texts.Distinct().Count()));
        Assert.All(nodes, n => Assert.Equal(count, n.Texts.Count));
    }

    private static async Task End(IEnumerable<ClusterNode> nodes) =>
        await Task.WhenAll(nodes.Select(n => n.System.Terminate()));
}
