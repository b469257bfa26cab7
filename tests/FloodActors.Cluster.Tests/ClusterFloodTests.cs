using Akka.Actor;
using Akka.Configuration;
using Xunit.Abstractions;

namespace FloodActors.Cluster.Tests;

public sealed class ClusterFloodTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Members_are_linked_with_everyone_and_a_message_reaches_each_once(int count)
    {
        var nodes = await ClusterNode.StartCluster(count);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Eventually.Holds(() => nodes.All(n => n.Links == count - 1), "everyone is linked with everyone");
        output.WriteLine(
            $"{count} members: everyone is linked {clock.Elapsed.TotalSeconds:F2} s after everyone sees the last one "
            + "up");
        for (var i = 0; i < 50; i++)
            foreach (var node in nodes)
                Assert.True(await node.Flood.AppendAsync($"{node.Name}: {i}") is Appended { IsNew: true });
        await Eventually.Holds(() => nodes.All(n => n.Texts.Count >= 50 * count), "everyone has everything");
        foreach (var node in nodes)
        {
            Assert.Equal(50 * count, node.Texts.Count);
            foreach (var other in nodes)
                Assert.Equal(
                    Enumerable.Range(0, 50).Select(i => $"{other.Name}: {i}"),
                    node.Texts.Where(t => t.StartsWith(other.Name + ":", StringComparison.Ordinal)));
        }
        await End(nodes);
    }

    [Fact]
    public async Task Above_the_limit_the_links_are_those_of_the_rings()
    {
        var nodes = await ClusterNode.StartCluster(7, cluster: s =>
            s with { CompleteUpTo = 2, Cycles = 2, Patience = TimeSpan.FromMilliseconds(500) });
        var addresses = nodes.Select(n => n.Address.ToString()).ToList();
        foreach (var node in nodes)
        {
            var wanted = Overlay.Neighbours(node.Address.ToString(), addresses, 2, 2);
            await Eventually.Holds(
                async () =>
                    (await node.Flood.PeersAsync()).Where(p => p.Connected).Select(p =>
                        p.Address.Replace("/system/flood", "", StringComparison.Ordinal)).ToHashSet().SetEquals(wanted),
                $"{node.Name} is linked with its neighbours and nobody else");
            // Others may have dialled it before it has heard of them itself.
            await Eventually.Holds(
                async () => wanted.SetEquals((await node.Clustered.ViewAsync()).Neighbours),
                $"{node.Name} wants the neighbours that it has");
        }
        await nodes[0].Flood.AppendAsync("around");
        await Eventually.Holds(() => nodes.All(n => n.Texts.Contains("around")), "it went around");
        await End(nodes);
    }

    [Fact]
    public async Task After_leaving_no_question_hangs_and_a_flood_can_be_started_again()
    {
        var nodes = await ClusterNode.StartCluster(2);
        await nodes[0].Flood.LeaveAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() =>
            nodes[0].Clustered.ViewAsync().WaitAsync(TimeSpan.FromSeconds(20)));

        var again = ClusterFlood.Get(nodes[0].System);
        Assert.NotSame(nodes[0].Clustered, again);
        await again.Flood.WhenConnected().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.NotEmpty((await again.ViewAsync()).Neighbours);
        await End(nodes);
    }

    [Fact]
    public async Task A_member_that_leaves_says_goodbye_and_one_that_comes_catches_up()
    {
        var nodes = await ClusterNode.StartCluster(3);
        await Eventually.Holds(() => nodes.All(n => n.Links == 2), "everyone is linked");
        for (var i = 0; i < 20; i++) await nodes[2].Flood.AppendAsync($"{i}");
        await CoordinatedShutdown.Get(nodes[2].System).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await Eventually.Holds(() => nodes.Take(2).All(n => n.Links == 1 && n.CountUp == 2), "two are left");
        Assert.All(nodes.Take(2), n =>
            Assert.Equal(LinkEnd.Leaving, n.Events.OfType<PeerDisconnected>().Single(e => e.Peer == "n2").Cause));
        Assert.All(nodes.Take(2), n => Assert.Equal(20, n.Texts.Count));

        await using var late = ClusterNode.Start("late");
        late.Cluster.Join(nodes[0].Address);
        await Eventually.Holds(
            () => late.Texts.Count == 20 && late.Links == 2, "the newcomer is linked and has what it missed");
        await End(nodes);
    }

    [Fact]
    public async Task An_unreachable_member_stays_a_peer_until_it_is_downed()
    {
        // The downed one stays, so that it is the others who let it go.
        var nodes = await ClusterNode.StartCluster(3, "akka.cluster.run-coordinated-shutdown-when-down = off");
        await Eventually.Holds(() => nodes.All(n => n.Links == 2), "everyone is linked");
        // Stopping the heartbeat receiver leaves everything else of the system alive.
        var beats = await nodes[2].System.ActorSelection("/system/cluster/heartbeatReceiver")
            .ResolveOne(TimeSpan.FromSeconds(3));
        ((IInternalActorRef)beats).Stop();

        await Eventually.Holds(
            () => nodes[0].Cluster.State.Unreachable.Any(m => m.Address == nodes[2].Address), "it is unreachable");
        await Eventually.Holds(
            async () => (await nodes[0].Clustered.ViewAsync()).Unreachable.Contains(nodes[2].Address.ToString()),
            "the flood knows that it is");
        await nodes[2].Flood.AppendAsync("still here");
        await Eventually.Holds(() => nodes[0].Texts.Contains("still here"), "it is still linked");
        Assert.Equal(2, nodes[0].Links);

        nodes[0].Cluster.Down(nodes[2].Address);
        await Eventually.Holds(() => nodes[0].Links == 1 && nodes[1].Links == 1, "the downed member is let go");
        Assert.Equal(LinkEnd.Disconnected, nodes[0].Events.OfType<PeerDisconnected>().Single().Cause);
        await End(nodes);
    }

    [Fact]
    public async Task Only_members_of_the_role_are_peers_and_floods_of_other_names_are_apart()
    {
        await using var a = ClusterNode.Start(
            "a", "akka.cluster.roles = [front]", cluster: s => s with { Role = "front" }, flood: "prices");
        await using var b = ClusterNode.Start(
            "b", "akka.cluster.roles = [front]", cluster: s => s with { Role = "front" }, flood: "prices");
        await using var c = ClusterNode.Start(
            "c", "akka.cluster.roles = [back]", cluster: s => s with { Role = "front" }, flood: "prices");
        foreach (var node in new[] { a, b, c }) node.Cluster.Join(a.Address);
        var everywhere = new[] { a, b, c }.Select(n => ClusterFlood.Get(n.System)).ToList();
        await Eventually.Holds(() => a.Links == 1 && b.Links == 1, "the two of the role are linked");
        foreach (var flood in everywhere) await flood.Flood.WhenConnected(2).WaitAsync(TimeSpan.FromSeconds(20));
        await a.Flood.AppendAsync("price");
        await everywhere[2].Flood.AppendAsync("news");
        await Eventually.Holds(() => b.Texts.Contains("price"), "b has the price");
        await Eventually.Holds(
            async () => (await everywhere[1].Flood.DataAsync()).Messages.Any(m => m.AsText() == "news"),
            "b has the news");
        Assert.Equal(["price"], b.Texts);
        Assert.Empty(c.Texts);
        Assert.Equal(0, c.Links);
    }

    [Fact]
    public async Task Named_in_akka_extensions_it_starts_with_the_system_and_reads_flood_cluster()
    {
        var config = ConfigurationFactory.ParseString(
            """
            akka { loglevel = WARNING, stdout-loglevel = OFF, actor.provider = cluster }
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.extensions = ["FloodActors.Cluster.ClusterFloodProvider, FloodActors.Cluster"]
            flood.capacity = 7
            flood.cluster.cycles = 4
            flood.cluster.start = [default, prices]
            flood.instances.prices { capacity = 9, cluster.role = front }
            """);
        var system = ActorSystem.Create("clustered", config);
        // Both are there already: starting them again is refused.
        Assert.Throws<InvalidOperationException>(() => ClusterFlood.Start(system));
        Assert.Throws<InvalidOperationException>(() => ClusterFlood.Start(system, name: "prices"));
        Assert.Equal(
            (7, 4, ""),
            (Flood.Get(system).Settings.Capacity, ClusterFlood.Get(system).Settings.Cycles, ClusterFlood.Get(
                system).Settings.Role));
        var prices = ClusterFlood.Get(system, "prices");
        Assert.Equal((9, 4, "front"), (prices.Flood.Settings.Capacity, prices.Settings.Cycles, prices.Settings.Role));
        await system.Terminate();
    }

    [Theory]
    [InlineData("flood.cluster.cycle = 3", "flood.cluster.cycle is no setting")]
    [InlineData("flood.cluster.cycles = 1", "flood.cluster.cycles = 1 is out of range: allowed is 2 to 16")]
    [InlineData("flood.cluster.cycles = many", "flood.cluster.cycles = many is wrong: it must be a whole number")]
    [InlineData("flood.cluster.patience = 1h", "out of range")]
    [InlineData("akka.actor.provider = remote", "is not clustered: set akka.actor.provider = cluster")]
    public async Task A_wrong_setting_is_named(string hocon, string expected)
    {
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(
            """
            akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = cluster }
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            """));
        var system = ActorSystem.Create("clustered", config);
        var thrown = Assert.Throws<FloodConfigurationException>(() => ClusterFlood.Get(system));
        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    private static async Task End(IEnumerable<ClusterNode> nodes) =>
        await Task.WhenAll(nodes.Select(n => n.System.Terminate()));
}
