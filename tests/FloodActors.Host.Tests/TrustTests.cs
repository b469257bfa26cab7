using Akka.Actor;

namespace FloodActors.Host.Tests;

/// <summary>What strangers and wrong peers can do to the program.</summary>
public sealed class TrustTests
{
    [Fact]
    public async Task A_node_goes_on_whatever_a_stranger_sends()
    {
        await using var node = await NodeProcess.Start("node");
        await using var stranger = Stranger.Start();
        var flood = stranger.Find(node.Address, Stranger.Paths[0]);
        // A frame of Akka.Remote takes 128,000 bytes: thousands of selections, one in the other.
        stranger.Tell(node.Address, Stranger.Paths[0], Harm.NestedSelections(100_000));
        foreach (var message in Harm.All(flood)) stranger.Select(node.Address, Stranger.Paths[0], message);
        Assert.Equal(new Connected("node"), await stranger.Link(node.Address, "stranger"));

        await using var peer = await NodeProcess.Start("peer", "--peer", node.Address);
        await peer.Connected("node");
        await peer.Type("hello");
        await node.Until("it has the message", () => node.Received.Contains("hello"));
    }

    [Fact]
    public async Task A_node_whose_flood_ends_ends_with_a_reason_and_exit_code_1()
    {
        // In a cluster Akka's own messages have to be read.
        await using var node = await NodeProcess.Start("node", "--cluster");
        await using var stranger = Stranger.Start();
        stranger.Tell(node.Address, Stranger.Paths[0], Kill.Instance);
        Assert.Equal(1, await node.Ended());
        Assert.Contains("flood: its flood has ended", node.Errors, StringComparison.Ordinal);
    }
}
