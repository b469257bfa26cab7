using Akka.Actor;
using FloodActors.Links;
using FloodActors.Tests.Wire;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>What a node believes of what others say of themselves and of each other.</summary>
public sealed class TrustTests
{
    private static FloodSettings Quick(FloodSettings s) => s with
    {
        PeerTimeout = TimeSpan.FromSeconds(1), PingInterval = TimeSpan.FromMilliseconds(250), MaxPeers = 2,
        MaxPendingLinks = 4,
    };

    [Fact]
    public async Task A_hello_with_somebody_elses_address_is_refused()
    {
        await using var node = TestNode.Start("node");
        await using var honest = TestNode.Start("honest");
        await using var hostile = HostilePeer.Start();
        await node.Flood.ConnectAsync(honest.Address);
        string[] addresses =
            [PathOf(honest), PathOf(node), "akka.tcp://flood@127.0.0.1:1/system/flood", "akka://flood/system/flood"];
        foreach (var address in addresses)
        {
            var link = hostile.Open(node, "liar");
            link.ToNode(new Hello(link.HelloSession, LinkMessage.Version, link.Info with { Address = address }));
            await link.Hears<Refused>(refused => refused.Cause == LinkEnd.ProtocolError && refused.Reason.Contains(
                address, StringComparison.Ordinal));
        }
        Assert.Equal(["honest"], (await node.Flood.PeersAsync()).Select(peer => peer.Id));
        await Floods(node, honest);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_bye_from_a_stranger_ends_no_link_and_takes_no_dial_target_away(bool sessionIsGuessed)
    {
        await using var node = TestNode.Start("node");
        var port = FreePort.Next();
        await using var honest = StartAt(port);
        await using var hostile = HostilePeer.Start();
        await node.Flood.ConnectAsync(honest.Address);
        var session = await node.Flood.Look(n => n.Links.Single().Session);
        var child = ((ActorRefWithCell)node.Flood.Actor).Children.Single().Path.ToStringWithoutAddress();
        var link = hostile.Open(node, "stranger");
        // Whoever guesses the session is a stranger; whoever goes by the honest peer's name has to guess.
        var (said, sender) = sessionIsGuessed ? (session + 1, HonestLink(hostile, honest)) : (session, null);
        foreach (var cause in new[] { LinkEnd.Disconnected, LinkEnd.Leaving, LinkEnd.Failure })
        {
            object[] messages = [new Bye(said, cause, "says a stranger"), new Refused(said, cause, "says a stranger")];
            foreach (var message in messages)
            {
                hostile.Find($"akka.tcp://flood@{node.Address}{child}").Tell(message, sender ?? link.Mouth);
                link.ToNode(message, sender);
            }
        }
        // What was said before has been read when this is answered.
        link.ToNode(new Hello(link.HelloSession, 9, link.Info));
        await link.Hears<Refused>(refused => refused.Cause == LinkEnd.Version);

        await Floods(node, honest);
        Assert.DoesNotContain(node.Events.Concat(honest.Events), e => e is PeerDisconnected);
        Assert.True(await node.Flood.Look(n => n.Links.Single(l => l.IsUp).IsDialled));
        await IsDialledOn(node, honest, port);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task Whoever_knows_the_session_of_a_link_and_is_not_its_other_end_is_not_heard(bool nodeDials)
    {
        await using var node = TestNode.Start("node");
        await using var honest = TestNode.Start("honest");
        await using var hostile = HostilePeer.Start();
        if (nodeDials) await node.Flood.ConnectAsync(honest.Address);
        else await honest.Flood.ConnectAsync(node.Address);
        await node.Flood.WhenConnected().Soon();
        await Floods(node, honest);
        var session = await node.Flood.Look(n => n.Links.Single().Session);
        var child = ((ActorRefWithCell)node.Flood.Actor).Children.Single().Path.ToStringWithoutAddress();
        var end = hostile.Find($"akka.tcp://flood@{node.Address}{child}");
        var link = hostile.Open(node, "stranger");
        byte[] start = [.. LinkCodec.Encode(new Ping(session, default))[..9]];
        for (var seq = 1; seq <= 20; seq++)
        {
            var records = HostilePeer.Records(HostilePeer.Text($"forged {seq}"));
            end.Tell(LinkCodec.EncodeFrame(records, session, seq, default, push: true, opens: 0), link.Mouth);
        }
        object[] forged =
        [
            new Ack(session, new Confirmed(1_000_000, 1_000_000, 1_000_000), AckReason.Missing),
            new Ack(session, new Confirmed(1, 1, 1), AckReason.NoRoom),
            new Ping(session, new Confirmed(1_000_000, 5, 5)), new Welcome(session, 77, link.Info),
            new Hello(session, LinkMessage.Version, link.Info), new Refused(session, LinkEnd.Restarted, "forged"),
            new Bye(session, LinkEnd.Disconnected, "forged"),
            .. LinkSamples.Golden.Keys.Select(manifest => new RawLinkMessage(manifest, [.. start, 0xFF])),
        ];
        foreach (var message in forged)
        {
            end.Tell(message, link.Mouth);
            // To the node itself as well, which knows no sessions but those of hellos.
            if (message is not Hello) link.ToNode(message);
        }
        // What was said before has been read when this is answered.
        link.ToNode(new Hello(link.HelloSession, 9, link.Info));
        await link.Hears<Refused>(refused => refused.Cause == LinkEnd.Version);

        await Floods(node, honest, "again");
        Assert.DoesNotContain(node.Events.Concat(honest.Events), e => e is PeerDisconnected);
        Assert.DoesNotContain(node.Received, text => text.StartsWith("forged", StringComparison.Ordinal));
        Assert.Equal(["honest"], (await node.Flood.PeersAsync()).Select(peer => peer.Id));
    }

    [Fact]
    public async Task A_hello_that_was_overheard_is_answered_by_nobody_but_whoever_was_dialled()
    {
        await using var node = TestNode.Start("node");
        await using var hostile = HostilePeer.Start();
        var port = FreePort.Next();
        var connecting = node.Flood.ConnectAsync($"127.0.0.1:{port}");
        var session = await node.Flood.Look(n => n.Links.Single().Session);
        var child = ((ActorRefWithCell)node.Flood.Actor).Children.Single().Path.ToStringWithoutAddress();
        var end = hostile.Find($"akka.tcp://flood@{node.Address}{child}");
        var link = hostile.Open(node, "stranger");
        end.Tell(new Welcome(session, 77, link.Info), link.Mouth);
        foreach (var cause in new[] { LinkEnd.Disconnected, LinkEnd.Self, LinkEnd.Leaving })
        {
            end.Tell(new Refused(session, cause, "forged"), link.Mouth);
            end.Tell(new Bye(session, cause, "forged"), link.Mouth);
        }
        link.ToNode(new Hello(link.HelloSession, 9, link.Info));
        await link.Hears<Refused>(refused => refused.Cause == LinkEnd.Version);

        Assert.Empty(link.Heard.OfType<Ping>());
        await using var real = TestNode.Start("real", $"akka.remote.dot-netty.tcp.port = {port}");
        Assert.Equal(new Connected("real"), await connecting.Soon());
        Assert.Equal(session, await node.Flood.Look(n => n.Links.Single().Session));
    }

    /// <summary>The number of a node's start travels with every message of it.</summary>
    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_peer_that_claims_to_be_another_start_of_a_node_does_not_keep_that_node_out(bool comesUp)
    {
        await using var node = TestNode.Start("node");
        await using var hostile = HostilePeer.Start();
        // The lower incarnation's dial is the one that stays when both dial: so it is tried with both.
        for (var i = 0; i < 4; i++)
        {
            await using var honest = TestNode.Start($"honest-{i}");
            var incarnation = await honest.Flood.Look(n => n.State.Incarnation);
            var liar = hostile.Open(node, $"liar-{i}");
            await liar.BeWelcomed(liar.Info with { Incarnation = incarnation });
            if (comesUp)
            {
                liar.Say(new Ping(liar.Session, default));
                await Eventually.Holds(
                    () => node.Events.OfType<PeerConnected>().Any(e => e.Peer == liar.Name), "it is a peer");
            }
            var connecting = i % 2 == 0
                ? node.Flood.ConnectAsync(honest.Address)
                : honest.Flood.ConnectAsync(node.Address);
            Assert.Equal(new Connected(i % 2 == 0 ? $"honest-{i}" : "node"), await connecting.Soon());
            await Floods(node, honest, $"{i}");
        }
    }

    [Fact]
    public async Task A_peer_whose_links_come_and_go_does_not_push_the_events_of_others_out_of_reach()
    {
        await using var node = TestNode.Start("node", "flood.event-buffer = 256");
        await using var hostile = HostilePeer.Start();
        var refused = 0;
        for (var i = 0; i < 150; i++)
        {
            var link = hostile.Open(node, $"fickle-{i}");
            link.ToNode(new Hello(link.HelloSession, LinkMessage.Version, link.Info));
            await Eventually.Holds(() => link.Heard.Any(m => m is Welcome or Refused), "it is answered");
            if (link.Heard.Any(m => m is Refused))
            {
                refused++;
                continue;
            }
            await link.BeWelcomed();
            link.Say(new Ping(link.Session, default));
            link.Say(new Bye(link.Session, LinkEnd.Leaving, "changed my mind"));
        }
        Assert.InRange(refused, 1, 150 - LinkRate.Burst);
        Assert.Single(node.Events.OfType<PeerRefused>());
        // Others are taken.
        await using var honest = TestNode.Start("honest");
        Assert.Equal(new Connected("node"), await honest.Flood.ConnectAsync(node.Address).Soon());
    }

    [Fact]
    public async Task A_peer_that_says_goodbye_takes_nobody_elses_dial_target_away()
    {
        await using var node = TestNode.Start("node");
        var port = FreePort.Next();
        await using var honest = StartAt(port);
        await using var hostile = HostilePeer.Start();
        await node.Flood.ConnectAsync(honest.Address);
        var link = hostile.Open(node, "peer");
        await link.BeWelcomed();
        link.Say(new Ping(link.Session, default));
        await node.Flood.WhenConnected(2).Soon();
        link.Say(new Bye(link.Session, LinkEnd.Disconnected, "not wanted"));
        await Eventually.Holds(() => node.Events.OfType<PeerDisconnected>().Any(e => e.Peer == "peer"), "it has gone");
        await Floods(node, honest);
        await IsDialledOn(node, honest, port);
    }

    [Theory]
    [InlineData(true, true), InlineData(true, false), InlineData(false, true), InlineData(false, false)]
    public async Task A_hello_under_a_peers_name_from_elsewhere_does_not_replace_its_link(
        bool nodeDials, bool sameIncarnation)
    {
        await using var node = TestNode.Start("node");
        await using var honest = TestNode.Start("honest");
        await using var hostile = HostilePeer.Start();
        if (nodeDials) await node.Flood.ConnectAsync(honest.Address);
        else await honest.Flood.ConnectAsync(node.Address);
        await node.Flood.WhenConnected().Soon();
        var incarnation = await node.Flood.Look(n => n.Links.Single().Node!.Incarnation);
        var link = hostile.Open(node, "honest");
        link.ToNode(new Hello(
            link.HelloSession, LinkMessage.Version,
            link.Info with { Incarnation = sameIncarnation ? incarnation : incarnation + 1 }));
        await link.Hears<Refused>(refused => refused.Cause is LinkEnd.IdTaken or LinkEnd.Duplicate);
        await Floods(node, honest);
        Assert.Single(node.Events.OfType<PeerConnected>());
        Assert.DoesNotContain(node.Events, e => e is PeerDisconnected);
    }

    [Fact]
    public async Task Links_that_are_never_confirmed_have_a_bound_of_their_own_and_take_no_peers_place()
    {
        await using var node = TestNode.Start("node", configure: Quick);
        await using var honest = TestNode.Start("honest");
        await using var caller = TestNode.Start("caller");
        await using var hostile = HostilePeer.Start();
        await Pend(hostile, node, 4);
        var one = hostile.Open(node, "one too many");
        one.ToNode(new Hello(one.HelloSession, LinkMessage.Version, one.Info));
        await one.Hears<Refused>(refused => refused.Cause == LinkEnd.TooManyPeers && refused.Reason.Contains(
            "flood.max-pending-links", StringComparison.Ordinal));

        Assert.Equal(new Connected("honest"), await node.Flood.ConnectAsync(honest.Address).Soon());
        // It dials on, and gets in when one of them has been given up.
        _ = caller.Flood.ConnectAsync(node.Address);
        await node.Flood.WhenConnected(2).Soon();
        Assert.Equal(["caller", "honest"], (await node.Flood.PeersAsync()).Select(peer => peer.Id).Order());
    }

    [Fact]
    public async Task What_is_kept_for_an_absent_peer_is_not_given_up_for_links_that_were_never_admitted()
    {
        await using var node = TestNode.Start("node", configure: Quick);
        await using var hostile = HostilePeer.Start();
        foreach (var name in new[] { "first", "second" })
        {
            await using var absent = TestNode.Start(
                name, "akka.coordinated-shutdown.run-by-actor-system-terminate = off");
            Assert.Equal(new Connected("node"), await absent.Flood.ConnectAsync(node.Address).Soon());
        }
        await Eventually.Holds(() => node.Events.OfType<PeerDisconnected>().Count() == 2, "both are missed");
        await Pend(hostile, node, 4);
        Assert.Equal(["first", "second"], (await node.Flood.PeersAsync()).Select(peer => peer.Id).Order());
        Assert.DoesNotContain(node.Events, e => e is PeerForgotten);
    }

    [Fact]
    public async Task An_id_that_was_given_to_an_address_is_not_taken_by_a_stranger_of_that_name()
    {
        await using var node = TestNode.Start("node");
        await using var hostile = HostilePeer.Start();
        var port = FreePort.Next();
        var connecting = node.Flood.ConnectAsync($"127.0.0.1:{port}", "prices");
        var link = hostile.Open(node, "prices");
        link.ToNode(new Hello(link.HelloSession, LinkMessage.Version, link.Info));
        await link.Hears<Refused>(refused => refused.Cause == LinkEnd.IdTaken);

        await using var real = TestNode.Start("anything", $"akka.remote.dot-netty.tcp.port = {port}");
        Assert.Equal(new Connected("prices"), await connecting.Soon());
        Assert.Equal(real.Address, (await node.Flood.PeersAsync()).Single().Address.Split('@')[1].Split('/')[0]);
    }

    private static TestNode StartAt(int port) =>
        TestNode.Start("honest", $"akka.remote.dot-netty.tcp.port = {port}");

    /// <summary>The peer's address is still a dial target: when it starts again there, it is linked again.</summary>
    private static async Task IsDialledOn(TestNode node, TestNode honest, int port)
    {
        await honest.DisposeAsync();
        await using var again = StartAt(port);
        await Eventually.Holds(
            () => node.Events.OfType<PeerConnected>().Count(e => e is { Peer: "honest", Dialled: true }) == 2,
            "the peer is dialled on");
    }

    private static string PathOf(TestNode node) => $"akka.tcp://flood@{node.Address}{Flood.DefaultPath}";

    /// <summary>The honest peer's end of its link, as a stranger would name it.</summary>
    private static IActorRef HonestLink(HostilePeer hostile, TestNode honest) => hostile.Find(
        $"akka.tcp://flood@{honest.Address}"
        + ((ActorRefWithCell)honest.Flood.Actor).Children.Single().Path.ToStringWithoutAddress());

    private static async Task Floods(TestNode node, TestNode honest, string what = "sent")
    {
        var (there, back) = ($"{what} by the node", $"{what} by the honest peer");
        await node.Flood.AppendAsync(there);
        await honest.Flood.AppendAsync(back);
        await Eventually.Holds(
            () => honest.Received.Contains(there) && node.Received.Contains(back),
            "the honest link delivers both ways");
    }

    /// <summary>So many links wait for their dialler, who does not go on.</summary>
    private static async Task Pend(HostilePeer hostile, TestNode node, int count)
    {
        for (var i = 0; i < count; i++) await hostile.Open(node, $"pending-{i}").BeWelcomed();
        Assert.Equal(count, await node.Flood.Look(n => n.Links.Count(link => link.IsPending)));
    }
}
