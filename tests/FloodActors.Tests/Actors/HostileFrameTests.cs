using System.Security.Cryptography;
using Akka.Actor;
using FloodActors.Links;
using FloodActors.Tests.Wire;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>Frames and acknowledgements that do not keep to the protocol, and those of strangers.</summary>
public sealed class HostileFrameTests(NodeUnderAttack attack) : IClassFixture<NodeUnderAttack>
{
    private TestNode Node => attack.Node;

    [Fact]
    public async Task A_peer_that_falls_silent_is_disconnected()
    {
        var link = await attack.ComeUp("silent");
        await attack.Disconnects(link, LinkEnd.Timeout, "flood.peer-timeout");
        await attack.IsUnharmed();
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
