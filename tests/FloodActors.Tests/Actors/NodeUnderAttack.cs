using Akka.Actor;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>
/// A node under attack, and a link of it to an honest peer that must not notice. Shared by all attacks: one must not
/// weaken it for the next.
/// </summary>
public sealed class NodeUnderAttack : IAsyncLifetime
{
    private int _number;

    internal TestNode Node { get; } = TestNode.Start("node", configure: s => s with
    {
        PeerTimeout = TimeSpan.FromSeconds(3), PingInterval = TimeSpan.FromMilliseconds(300),
        PeerGrace = TimeSpan.FromMilliseconds(300), MaxPeers = 16, MaxMessageSize = 1 << 20, CapacityBytes = 2 << 20,
        MaxLag = 2 << 20,
    });

    internal TestNode Honest { get; } = TestNode.Start("honest");

    internal HostilePeer Hostile { get; } = HostilePeer.Start();

    public async Task InitializeAsync() =>
        Assert.Equal(new Connected("honest"), await Node.Flood.ConnectAsync(Honest.Address));

    public async Task DisposeAsync()
    {
        await Hostile.DisposeAsync();
        await Honest.DisposeAsync();
        await Node.DisposeAsync();
    }

    internal HostileLink Open(string name) => Hostile.Open(Node, $"{name}-{Interlocked.Increment(ref _number)}");

    /// <summary>A link that is up on both sides.</summary>
    internal async Task<HostileLink> ComeUp(string name)
    {
        var link = Open(name);
        await link.BeWelcomed();
        link.Say(new Ping(link.Session, default));
        await Eventually.Holds(
            () => Node.Events.OfType<PeerConnected>().Any(e => e.Peer == link.Name), $"{link.Name} is connected");
        return link;
    }

    /// <summary>
    /// The node lives, the honest link never broke and delivers both ways, and nothing is left of anyone else.
    /// </summary>
    internal async Task IsUnharmed()
    {
        var text = $"still here {Interlocked.Increment(ref _number)}";
        Assert.IsType<Appended>(await Honest.Flood.AppendAsync(text));
        await Eventually.Holds(() => Node.Received.Contains(text), "the honest peer's message arrives");
        Assert.IsType<Appended>(await Node.Flood.AppendAsync(text + " too"));
        await Eventually.Holds(() => Honest.Received.Contains(text + " too"), "the honest peer hears us");
        Assert.DoesNotContain(Node.Events, e => e is PeerDisconnected { Peer: "honest" });
        Assert.DoesNotContain(Honest.Events, e => e is PeerDisconnected);

        // One link and one subscriber; one cursor; what the log holds is within its limits.
        await Eventually.Holds(() => Children(Node) == 1, "no actor is left of a peer that has gone");
        await Eventually.HoldsAsync(
            async () => (await Node.Flood.PeersAsync()).Select(p => p.Id).SequenceEqual(["honest"]),
            "no cursor is left of a peer that has gone");
        var stats = await Node.Flood.StatsAsync();
        Assert.Equal(1, stats.Peers);
        Assert.InRange(stats.LogCount, 1, 100);
        Assert.InRange(stats.LogBytes + stats.RetainedBytes, 0, 4 << 20);
    }

    internal Task Disconnects(HostileLink link, LinkEnd cause, string why) =>
        Eventually.Holds(
            () =>
                Node.Events.OfType<PeerDisconnected>().Any(e =>
                    e.Peer == link.Name && e.Cause == cause && e.Reason.Contains(why, StringComparison.Ordinal)),
            $"{link.Name} is disconnected for {cause} ({why})");

    /// <summary>The hostile peer says goodbye: the link was up until then, and the node is as it was.</summary>
    internal async Task EndsWell(HostileLink link)
    {
        link.Say(new Bye(link.Session, LinkEnd.Leaving, "enough"));
        await Disconnects(link, LinkEnd.Leaving, "enough");
        await IsUnharmed();
    }

    internal Task Refuses(string peer, LinkEnd cause) =>
        Eventually.Holds(
            () => Node.Events.OfType<PeerRefused>().Any(e => e.Peer == peer && e.Cause == cause && e.Reason.Length > 0),
            $"{peer} is refused for {cause}");

    internal static int Children(TestNode node) => ((ActorRefWithCell)node.Flood.Actor).Children.Count();
}
