using System.Security.Cryptography;
using Akka.Actor;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Tests.Wire;
using FloodActors.Payloads;
using FloodActors.Wire;
using Xunit.Abstractions;

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

public sealed class HostilePeerTests(NodeUnderAttack attack, ITestOutputHelper output) : IClassFixture<NodeUnderAttack>
{
    private TestNode Node => attack.Node;

    [Fact]
    public async Task Random_bytes_disconnect_whoever_sent_them()
    {
        var random = new RandomInput(output);
        foreach (var manifest in LinkSamples.Golden.Keys.Append("?"))
        {
            var link = await attack.ComeUp("random");
            // Version and session are right, so that they get as far as they can.
            for (var i = 0; i < 20; i++)
                link.SayRaw(
                    manifest, [.. LinkCodec.Encode(new Ping(link.Session, default))[..9], .. random.Bytes(300), 0x80]);
            link.SayRaw(manifest, random.Bytes(8));
            await Eventually.Holds(
                () => Node.Events.OfType<PeerDisconnected>().Any(e => e.Peer == link.Name),
                $"{link.Name} is disconnected over {manifest}");
        }
        await attack.IsUnharmed();
    }

    [Fact]
    public async Task Truncated_link_messages_disconnect_whoever_sent_them()
    {
        foreach (var manifest in LinkSamples.Golden.Keys.Except(["H"]))
        {
            var link = await attack.ComeUp("truncated");
            link.SayRaw(manifest, [.. LinkCodec.Encode(new Ping(link.Session, default))[..9]]);
            await attack.Disconnects(link, LinkEnd.ProtocolError, "damaged");
            await link.Hears<Bye>(bye => bye.Cause == LinkEnd.ProtocolError);
        }
        await attack.IsUnharmed();
    }

    [Theory]
    [InlineData("0301000000000000000001016100FFFFFFFFFFFFFFFFFF01", LinkEnd.MessageTooLarge, "max-message-size")]
    [InlineData("030100000000000000000101610081804000", LinkEnd.MessageTooLarge, "max-message-size")] // one byte above
    [InlineData("1080808008", LinkEnd.ProtocolError, "header")]
    [InlineData("63", LinkEnd.ProtocolError, "header")]
    [InlineData("8301000000000000000000016100070402411B0501630178", LinkEnd.ProtocolError, "control characters")]
    [InlineData("8301000000000000000000016100030601" + "6B0178", LinkEnd.ProtocolError, "no topic")]
    [InlineData("830100000000000000000001610081030178", LinkEnd.ProtocolError, "header")] // 385 bytes of header
    [InlineData("0301", LinkEnd.ProtocolError, "header")]
    public async Task Records_with_lying_sizes_disconnect_whoever_sent_them(string records, LinkEnd cause, string why)
    {
        var link = await attack.ComeUp("liar");
        link.Frame(Convert.FromHexString(records));
        await attack.Disconnects(link, cause, why);
        await link.Hears<Bye>(bye => bye.Cause == cause);
        await attack.IsUnharmed();
    }

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
    public async Task A_peer_that_falls_silent_is_disconnected()
    {
        var link = await attack.ComeUp("silent");
        await attack.Disconnects(link, LinkEnd.Timeout, "flood.peer-timeout");
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

    [Fact]
    public async Task Frames_out_of_order_are_taken_in_order_and_frames_that_come_again_are_taken_once()
    {
        var link = await attack.ComeUp("order");
        var texts = Enumerable.Range(0, 6).Select(i => $"{link.Name} {i}").ToArray();
        foreach (var seq in new[] { 2, 1, 3, 3, 1, 5, 2, 6, 4, 4, 5, 1, 6, 6 })
            link.Frame(seq, HostilePeer.Records(HostilePeer.Text(texts[seq - 1])));
        await Eventually.Holds(() => Node.Received.Contains(texts[1]), "what came in order is delivered");
        await link.Hears<Ack>(ack => ack.Reason == AckReason.Missing);
        Assert.Equal(texts, await Deliveries(link, 6));
        await attack.EndsWell(link);
    }

    [Fact]
    public async Task Frames_from_far_ahead_are_not_kept()
    {
        var link = await attack.ComeUp("ahead");
        var records = HostilePeer.Records(HostilePeer.Text("never delivered"));
        for (var i = 0; i < 2000; i++) link.Frame(1_000_000_000L + i, records);
        await Eventually.Holds(
            () =>
            {
                // Again and again: what does not fit the node's mailbox is lost.
                link.Frame(1, HostilePeer.Records(HostilePeer.Text(link.Name)));
                return Node.Received.Contains(link.Name);
            },
            "the first in order is delivered");
        Assert.DoesNotContain("never delivered", Node.Received);
        await attack.EndsWell(link);
    }

    [Fact]
    public async Task A_storm_of_frames_that_ignores_the_window_costs_no_memory_and_the_honest_link_delivers_on()
    {
        var link = await attack.ComeUp("storm");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var body = new byte[50_000];
        var answers = new List<Task<AppendResult>>();
        for (var i = 1; i <= 600; i++)
        {
            RandomNumberGenerator.Fill(body.AsSpan(0, 16));
            link.Frame(i, HostilePeer.Records(new LinkRecord(LinkSamples.Message(body))));
            if (i % 100 == 0) answers.Add(attack.Honest.Flood.AppendAsync($"{link.Name} {i}"));
        }
        foreach (var answer in answers) Assert.IsType<Appended>(await answer);
        await Eventually.Holds(
            () => Node.Received.Contains($"{link.Name} 600"), "the honest peer's messages arrive during the storm");
        // Taken as fast as it came, or disconnected, or lost like on a bad network and silent since: in each case it
        // ends.
        await Eventually.Holds(
            () => Node.Events.OfType<PeerDisconnected>().Any(e => e.Peer == link.Name), "the storm is over");
        await attack.IsUnharmed();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 40 << 20);
    }

    [Fact]
    public async Task Frames_and_acks_of_no_link_are_ignored()
    {
        var link = attack.Open("noise");
        for (var i = 0; i < 5000; i++)
        {
            link.ToNode(new Ack((ulong)i, new Confirmed(i, i, i), AckReason.Missing));
            link.ToNode(LinkCodec.EncodeFrame([1, 2, 3], (ulong)i, 1, default, push: true, opens: 0));
        }
        await attack.IsUnharmed();
    }

    [Fact]
    public async Task A_stranger_cannot_end_the_link_of_others()
    {
        var link = attack.Open("stranger");
        var child = ((ActorRefWithCell)Node.Flood.Actor).Children.Select(
            c => $"akka.tcp://flood@{Node.Address}{c.Path.ToStringWithoutAddress()}").ToList();
        foreach (var path in child)
        {
            foreach (var manifest in LinkSamples.Golden.Keys)
            {
                link.ToPath(path, new RawLinkMessage(manifest, [0, 1, 2]));
                link.ToPath(path, new RawLinkMessage(manifest, LinkSamples.Bytes(manifest)));
            }
        }
        link.ToNode(new RawLinkMessage("?", [9]));
        link.ToNode(new Hello(link.HelloSession, 9, link.Info));
        await link.Hears<Refused>();
        await attack.IsUnharmed();
    }

    [Fact]
    public async Task Acks_for_frames_never_sent_disconnect_whoever_sent_them()
    {
        var link = await attack.ComeUp("ack");
        link.Say(new Ack(link.Session, new Confirmed(1_000_000, 5, 5), AckReason.Due));
        await attack.Disconnects(link, LinkEnd.ProtocolError, "confirms frame");
        await attack.IsUnharmed();
    }

    [Theory]
    [InlineData(0), InlineData(16), InlineData(16 * 1024)]
    public async Task A_want_of_what_was_never_told_harms_nobody(int length)
    {
        var link = await attack.ComeUp("want");
        await Node.Flood.AppendAsync($"something to offer {length}");
        await link.Hears<Frame>();
        var want = HostilePeer.Records(
            LinkSamples.Control(RecordType.Want, Enumerable.Repeat((byte)0xFF, length).ToArray()));
        for (var i = 0; i < 10; i++) link.Frame(want);
        link.Frame(HostilePeer.Records(HostilePeer.Text(link.Name)));
        await Eventually.Holds(() => Node.Received.Contains(link.Name), "the link goes on");
        await attack.EndsWell(link);
    }

    [Fact]
    public async Task Ids_without_end_cost_no_memory_and_end_the_link()
    {
        var link = await attack.ComeUp("ids");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var ids = new byte[LinkRecord.MaxIds * LinkRecord.ToldSize];
        for (var i = 0; i < 500; i++)
        {
            RandomNumberGenerator.Fill(ids);
            link.Frame(HostilePeer.Records(LinkSamples.Control(RecordType.Ids, ids)));
        }
        await Eventually.Holds(() => Node.Events.OfType<PeerDisconnected>().Any(e => e.Peer == link.Name), "it ends");
        await attack.IsUnharmed();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20 << 20);
    }

    [Fact]
    public async Task A_payload_that_claims_gigabytes_is_undecodable_and_goes_no_further_than_that()
    {
        var link = await attack.ComeUp("bomb");
        var before = GC.GetTotalAllocatedBytes();
        byte[][] bombs = [[9, 0xFF, 0xFF, 0xFF, 0x7F], [7, 255, 0, 0, 0, 0x40], [252, 8, 0, 0, 0, 0x40]];
        foreach (var bomb in bombs)
            link.Frame(HostilePeer.Records(new LinkRecord(LinkSamples.Message(bomb, kind: PayloadKind.Object))));
        link.Frame(HostilePeer.Records(HostilePeer.Text(link.Name)));
        await Eventually.Holds(() => Node.Received.Contains(link.Name), "what comes behind the bombs is delivered");
        Assert.Equal(
            bombs.Length,
            Node.Events.OfType<MessageUndecodable>().Count(e => e.Message.From == link.Name && e.Reason.Length > 0));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 100 << 20);
        await attack.EndsWell(link);
    }

    private async Task<IReadOnlyList<string>> Deliveries(HostileLink link, int count)
    {
        // What was out of order was dropped, so it is sent once more, as an honest sender would.
        for (var seq = 1; seq <= count; seq++)
            link.Frame(seq, HostilePeer.Records(HostilePeer.Text($"{link.Name} {seq - 1}")));
        await Eventually.Holds(
            () => Node.Received.Count(text => text.StartsWith(link.Name, StringComparison.Ordinal)) >= count,
            $"{count} messages are delivered");
        return Node.Received.Where(text => text.StartsWith(link.Name, StringComparison.Ordinal)).ToList();
    }
}
