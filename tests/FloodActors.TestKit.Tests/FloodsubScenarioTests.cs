using FloodActors.Simulation;

namespace FloodActors.TestKit.Tests;

/// <summary>
/// The scenarios of go-libp2p-pubsub's floodsub_test.go that apply to a flood without topics, told again with real
/// nodes.
/// </summary>
public sealed class FloodsubScenarioTests : Akka.TestKit.Xunit2.TestKit
{
    [Fact]
    public async Task Basic_twenty_nodes_take_a_hundred_messages_from_anywhere_once()
    {
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.RandomRegular(20, 10, seed: 1),
            Roomy);
        for (var i = 0; i < 100; i++) await network[i * 7 % 20].Flood.AppendAsync($"message {i} of the flood");
        await network.AwaitMessagesAsync(100);
    }

    /// <summary>
    /// Beyond floodsub: everyone publishes at once and soon tells most peers ids only; still each message is
    /// everywhere once, and after those its node had seen.
    /// </summary>
    [Fact]
    public async Task Dense_under_load_nodes_tell_ids_in_place_of_messages_and_none_is_missing()
    {
        const int nodes = 5;
        await using var network = await FloodNetwork.OverRemotingAsync(Topology.Complete(nodes), s =>
            s with { Capacity = 100_000 });
        var appended = 0;
        for (var round = 0; round < 400 && !await AllTold(); round++)
        {
            for (var i = 0; i < 25; i++)
            {
                for (var n = 0; n < nodes; n++) Assert.True(
                    await network[n].Flood.AppendAsync($"{n}: {round} {i}") is Appended { IsNew: true });
                appended += nodes;
            }
        }
        Assert.True(await AllTold(), "after 10,000 messages each somebody has told no id");
        await network.AwaitMessagesAsync(appended);
        foreach (var node in network.Nodes)
        {
            var texts = node.Messages.Select(m => m.AsText()).ToList();
            Assert.Equal(appended, texts.Distinct().Count());
            Assert.Equal(appended, texts.Count);
            for (var n = 0; n < nodes; n++)
                Assert.Equal(network[n].Messages.Where(m => m.IsOwn).Select(m => m.AsText()),
                    texts.Where(t => t.StartsWith($"{n}:", StringComparison.Ordinal)));
        }

        async Task<bool> AllTold()
        {
            foreach (var node in network.Nodes)
                if ((await node.Flood.StatsAsync()).IdsTold == 0) return false;
            return true;
        }
    }

    [Fact]
    public async Task Multihop_a_message_crosses_five_links_of_a_line()
    {
        await using var network = await FloodNetwork.OverRemotingAsync(Topology.Line(6));
        await network[0].Flood.AppendAsync("far");
        await network.AwaitMessagesAsync(1);
        Assert.Equal(5, network[5].Received.Single().Hops);
        Assert.Equal("n4", network[5].Received.Single().From);
    }

    [Fact]
    public async Task Reconnects_a_node_that_was_away_gets_what_it_missed_and_what_follows()
    {
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Custom(3, (0, 1), (0, 2)));
        await network[0].Flood.AppendAsync("before");
        await network.AwaitMessagesAsync(1);
        await network.UnlinkAsync(0, 1);
        await network[0].Flood.AppendAsync("meanwhile");
        await network[2].Flood.WhenConnected();
        await network.LinkAsync(0, 1);
        await network[0].Flood.AppendAsync("after");
        await network.AwaitMessagesAsync(3);
        Assert.Equal(["before", "meanwhile", "after"], network[1].Received.Select(m => m.AsText()));
    }

    [Fact]
    public async Task No_connection_nothing_arrives_and_the_append_is_answered_all_the_same()
    {
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Complete(4), link: false);
        Assert.True(await network[2].Flood.AppendAsync("alone") is Appended { IsNew: true });
        foreach (var node in network.Nodes.Where(node => node.Index != 2)) Assert.Empty(
            (await node.Flood.DataAsync()).Messages);
        var missing = Assert.Throws<FloodNotConvergedException>(network.AssertConverged);
        Assert.Equal("n0 misses 1 of 1 messages: 'alone'; n1 misses 1 of 1 messages: 'alone'; n3 misses 1 of 1 "
            + "messages: 'alone'", missing.Message);
    }

    [Fact]
    public async Task Self_receive_a_node_holds_its_own_message_as_its_own_without_any_peer()
    {
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Line(1));
        await network[0].Flood.AppendAsync("mine");
        await network.AwaitMessagesAsync(1);
        Assert.True(network[0].Messages.Single().IsOwn);
        Assert.Empty(network[0].Received);
        Assert.Equal("mine", (await network[0].Flood.DataAsync()).Messages.Single().AsText());
    }

    [Fact]
    public async Task One_to_one_a_message_reaches_the_only_peer()
    {
        await using var network = await FloodNetwork.OverRemotingAsync(Topology.Line(2));
        await network[1].Flood.AppendAsync("hello");
        await network.AwaitMessagesAsync(1);
        Assert.Equal("hello", network[0].Received.Single().AsText());
    }

    [Fact]
    public async Task Tree_nothing_is_sent_twice_where_there_is_one_way_only()
    {
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Tree(10));
        foreach (var index in new[] { 0, 9, 4 }) await network[index].Flood.AppendAsync($"from {index}");
        await network.AwaitMessagesAsync(3);
        foreach (var node in network.Nodes) Assert.Equal(0, (await node.Flood.StatsAsync()).Duplicates);
    }

    [Fact]
    public async Task Disconnect_a_peer_that_leaves_is_noticed_and_the_others_go_on()
    {
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Star(5));
        await network.StopAsync(3);
        await AwaitConditionAsync(async () => (await network[0].Flood.PeersAsync()).Count(p => p.Connected) == 3);
        Assert.Contains(network[0].Events, e => e is PeerDisconnected { Peer: "n3", Cause: LinkEnd.Leaving });
        await network[1].Flood.AppendAsync("without three");
        await network.AwaitMessagesAsync(1);
    }

    [Fact]
    public async Task Message_sender_each_hop_sees_the_peer_it_came_from()
    {
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Line(3));
        await network[0].Flood.AppendAsync("from zero");
        await network[2].Flood.AppendAsync("from two");
        await network.AwaitMessagesAsync(2);
        Assert.Equal(["n0", "n2"], network[1].Received.Select(m => m.From).Order());
        Assert.All(network[0].Received, m => Assert.Equal("n1", m.From));
    }

    [Fact]
    public async Task Large_message_up_to_the_limit_arrives_whole_and_a_larger_one_is_refused_where_it_is_appended()
    {
        await using var network = await FloodNetwork.OverRemotingAsync(Topology.Line(3));
        var large = new byte[4 << 20];
        new Random(5).NextBytes(large);
        await network[0].Flood.AppendAsync(large);
        await network.AwaitMessagesAsync(1);
        Assert.True(network[2].Received.Single().Body.Span.SequenceEqual(large));
        Assert.True(await network[0].Flood.AppendAsync(
            new byte[large.Length + 1]) is Rejected { Rejection.Reason: RejectReason.TooLarge });
    }

    [Fact]
    public async Task Preconnected_nodes_a_node_linked_before_its_peers_are_told_anything_has_all_of_it()
    {
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, Topology.Line(4), link: false);
        await network.LinkAsync(1, 2);
        await network[1].Flood.AppendAsync("early");
        await network.LinkAsync(0, 1);
        await network.LinkAsync(2, 3);
        await network.AwaitMessagesAsync(1);
    }

    [Fact]
    public async Task Duplicate_inbound_links_both_sides_dial_and_one_link_stays()
    {
        await using var network = await FloodNetwork.OverRemotingAsync(Topology.Line(2), link: false);
        await Task.WhenAll(network.LinkAsync(0, 1), network.LinkAsync(1, 0), network.LinkAsync(0, 1));
        for (var i = 0; i < 50; i++) await network[i % 2].Flood.AppendAsync($"{i}");
        await network.AwaitMessagesAsync(50);
        foreach (var node in network.Nodes)
        {
            Assert.Single(await node.Flood.PeersAsync());
            Assert.Equal(0, (await node.Flood.StatsAsync()).Duplicates);
        }
    }

    private static FloodSettings Roomy(FloodSettings settings) => settings with { Capacity = 1000 };
}
