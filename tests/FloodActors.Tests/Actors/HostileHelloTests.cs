using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>Hellos of all the wrong kinds, and hellos without end.</summary>
public sealed class HostileHelloTests(NodeUnderAttack attack) : IClassFixture<NodeUnderAttack>
{
    private TestNode Node => attack.Node;

    [Fact]
    public async Task A_hello_of_another_version_is_refused_in_words_on_both_sides_and_reported_once()
    {
        await using var stranger = HostilePeer.Start();
        var link = stranger.Open(Node, "version");
        for (var i = 0; i < 100; i++) link.ToNode(new Hello(link.HelloSession, 9, link.Info));
        await link.Hears<Refused>(refused =>
            refused.Cause == LinkEnd.Version && refused.Reason.Contains("version 9", StringComparison.Ordinal));
        await Eventually.Holds(() => link.Heard.Count() == 100, "every hello is answered");
        Assert.Single(Node.Events.OfType<PeerRefused>(), e => e.Cause == LinkEnd.Version && e.Peer == stranger.Address);
        await attack.IsUnharmed();
    }

    [Theory]
    [InlineData(100_000, 10), InlineData(513, 10), InlineData(10, 100_000), InlineData(0, 10)]
    public async Task A_hello_with_a_name_that_cannot_be_is_refused_in_words(int name, int address)
    {
        await using var stranger = HostilePeer.Start();
        var link = stranger.Open(Node, "name");
        link.ToNode(new Hello(
            link.HelloSession, LinkMessage.Version,
            link.Info with { NodeName = new string('n', name), Address = new string('a', address) }));
        await link.Hears<Refused>(refused =>
            refused.Cause == LinkEnd.ProtocolError && refused.Session == link.HelloSession);
        await Eventually.Holds(
            () =>
                Node.Events.Any(e =>
                    e is PeerRefused { Cause: LinkEnd.ProtocolError } refused && refused.Peer == stranger.Address),
            "it is reported");
        await attack.IsUnharmed();
    }

    [Fact]
    public async Task Hellos_that_claim_to_be_the_node_itself_or_name_messages_otherwise_are_refused()
    {
        var self = attack.Open("self");
        await self.BeWelcomed();
        var incarnation = self.Heard.OfType<Welcome>().First().Node.Incarnation;
        var again = attack.Open("self");
        again.ToNode(new Hello(again.HelloSession, LinkMessage.Version, again.Info with { Incarnation = incarnation }));
        await again.Hears<Refused>(refused => refused.Cause == LinkEnd.Self);

        foreach (var mode in new byte[] { 0, 2, 77 })
        {
            await using var stranger = HostilePeer.Start();
            var other = stranger.Open(Node, $"mode-{mode}");
            other.ToNode(new Hello(other.HelloSession, LinkMessage.Version, other.Info with { IdMode = mode }));
            await other.Hears<Refused>(refused =>
                refused.Cause == LinkEnd.MessageIdMode
                    && refused.Reason.Contains("flood.message-id", StringComparison.Ordinal));
            await attack.Refuses(other.Name, LinkEnd.MessageIdMode);
        }
        await attack.IsUnharmed();
    }

    [Fact]
    public async Task A_hello_that_is_never_confirmed_is_given_up_and_reported()
    {
        await using var stranger = HostilePeer.Start();
        var link = stranger.Open(Node, "half");
        await link.BeWelcomed();
        await attack.Refuses(link.Name, LinkEnd.Timeout);
        Assert.DoesNotContain(Node.Events, e => e is PeerConnected connected && connected.Peer == link.Name);
        await attack.IsUnharmed();
    }

    [Fact]
    public async Task Thousands_of_hellos_make_no_more_actors_than_max_pending_links_and_these_go()
    {
        var link = attack.Open("many");
        var most = 0;
        for (var i = 0; i < 3000; i++)
        {
            link.ToNode(new Hello(
                (ulong)i + 1, LinkMessage.Version,
                link.Info with { NodeName = $"many-{i}", Incarnation = (ulong)i + 1 }));
            if (i % 50 == 0) most = Math.Max(most, NodeUnderAttack.Children(Node));
        }
        await link.Hears<Refused>(refused =>
            refused.Cause == LinkEnd.TooManyPeers
                && refused.Reason.Contains("flood.max-pending-links", StringComparison.Ordinal));
        most = Math.Max(most, NodeUnderAttack.Children(Node));
        await attack.IsUnharmed();
        Assert.InRange(most, 2, 64 + 2);
        // Once for being one too many, once for hellos never confirmed: not three thousand lines in a log.
        Assert.InRange(
            Node.Events.OfType<PeerRefused>().Count(e => e.Peer.StartsWith("many-", StringComparison.Ordinal)), 1, 2);
    }
}
