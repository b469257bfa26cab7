using Akka.Configuration;
using FloodActors.Simulation;
using Xunit.Abstractions;

namespace FloodActors.TestKit.Tests;

public sealed class FloodNetworkTests(ITestOutputHelper output) : Akka.TestKit.Xunit2.TestKit(OneThread)
{
    /// <summary>A dispatcher whose only thread a test can hold up.</summary>
    private static readonly Config OneThread = ConfigurationFactory.ParseString(
        "one-thread { type = ForkJoinDispatcher, throughput = 1, dedicated-thread-pool { thread-count = 1 } }");

    [Fact]
    public async Task In_one_process_a_message_goes_the_short_ways_and_does_not_walk_through_all_nodes()
    {
        var topology = Topology.RandomRegular(100, 4, seed: 3);
        Assert.InRange(topology.Diameter, 4, 6);
        await using var network = await FloodNetwork.InOneSystemAsync(Sys, topology);
        const int Messages = 20;
        var shortest = 0.0;
        for (var i = 0; i < Messages; i++)
        {
            await network[i * 5].Flood.AppendAsync($"message {i}");
            await network.AwaitMessagesAsync(i + 1);
            shortest += topology.Distances(i * 5).Sum() / (double)(topology.Nodes - 1);
        }
        shortest /= Messages;
        var hops = network.Nodes.SelectMany(node => node.Received).Average(message => message.Hops);
        output.WriteLine($"mean distance {shortest:F2}, mean hops {hops:F2}");
        Assert.InRange(hops, shortest, 2 * shortest);
    }

    [Fact]
    public async Task It_has_not_converged_while_nodes_have_told_nothing_yet()
    {
        using var release = new ManualResetEventSlim();
        await using var network = await FloodNetwork.InOneSystemAsync(
            Sys, Topology.Line(3), s => s with { ListenerDispatcher = "one-thread" });
        Sys.Dispatchers.Lookup("one-thread").Schedule(release.Wait);
        Assert.Null(network[0].Flood.Append("not told yet"));
        var converged = network.AwaitConvergenceAsync();
        var all = network.AwaitMessagesAsync(1);
        await AwaitConditionAsync(async () => (await network[2].Flood.StatsAsync()).Delivered == 1);
        Assert.False(converged.IsCompleted);
        Assert.False(all.IsCompleted);
        release.Set();
        await converged;
        await all;
        Assert.All(network.Nodes, node => Assert.Single(node.Messages));
    }
}
