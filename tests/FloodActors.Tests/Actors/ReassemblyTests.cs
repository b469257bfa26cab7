using FloodActors.Links;
using FloodActors.Tests.Wire;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>Messages that are larger than a frame, over many links, by peers that do not finish them.</summary>
public sealed class ReassemblyTests
{
    private const int Large = 4 << 20;
    private const int Budget = 8 << 20;
    private const int Hogs = 40;

    [Fact]
    public async Task Unfinished_messages_stay_within_the_budget_and_whoever_keeps_others_waiting_is_ended()
    {
        await using var node = TestNode.Start("node", configure: s => s with
        {
            // How long a hog may keep others waiting depends on its windows: here there is one.
            ReassemblyBytes = Budget, Window = Large, PeerTimeout = TimeSpan.FromSeconds(4),
            PingInterval = TimeSpan.FromMilliseconds(250), ResendTimeout = TimeSpan.FromMilliseconds(250),
        });
        await using var honest = TestNode.Start("honest");
        await using var hostile = HostilePeer.Start();
        using var heartbeat = new Heartbeat();
        await node.Flood.ConnectAsync(honest.Address);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        List<HostileLink> hogs = [];
        for (var i = 0; i < Hogs; i++) hogs.Add(await Begin(hostile, node, heartbeat, i));
        var most = 0L;
        await Eventually.HoldsAsync(
            async () =>
            {
                most = Math.Max(most, await node.Flood.Look(n => n.Memory.Reserved));
                return hogs.Count(hog => hog.Heard.OfType<Ack>().Any(ack => ack.Reason == AckReason.NoRoom)) >= Hogs - (
                    Budget / Large);
            },
            "all but those who have the room are told that there is none");
        Assert.Equal(Budget, most);
        // Without a budget it would be 160 MiB; other tests of this process take memory, too.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, Budget + (64 << 20));

        // An honest one waits until a hog is ended, and then arrives whole.
        var bytes = new byte[Large];
        new Random(1).NextBytes(bytes);
        Assert.IsType<Appended>(await honest.Flood.AppendAsync(bytes));
        await Eventually.HoldsAsync(
            async () =>
            {
                most = Math.Max(most, await node.Flood.Look(n => n.Memory.Reserved));
                return node.Events.OfType<MessageReceived>().Any(e => e.Message.Body.Span.SequenceEqual(bytes));
            },
            "the honest message arrives",
            seconds: 60);
        Assert.InRange(most, 1, Budget);
        var ended = node.Events.OfType<PeerDisconnected>().Where(e => e.Cause == LinkEnd.Unfinished).ToList();
        Assert.Contains(ended, e => e.Reason.Contains("flood.reassembly-bytes", StringComparison.Ordinal));
        Assert.DoesNotContain(node.Events, e => e is PeerDisconnected { Peer: "honest" });

        await hostile.DisposeAsync();
        await Eventually.HoldsAsync(
            () => node.Flood.Look(n => n.Links.Count == 1 && n.Memory.Reserved == 0),
            "what died gives back what it held");
    }

    /// <summary>A link that has sent the first frame of a large message and sends no other.</summary>
    private static async Task<HostileLink> Begin(
        HostilePeer hostile, TestNode node, Heartbeat heartbeat, int number)
    {
        var link = hostile.Open(node, $"hog-{number}");
        await link.BeWelcomed();
        link.Say(new Ping(link.Session, default));
        heartbeat.Add(link);
        var body = new byte[Large];
        body[0] = (byte)number;
        var first = new RecordWriter(sequenceIds: false).Frames([new LinkRecord(LinkSamples.Message(body))]).First();
        link.Frame(1, first.Records().ToArray(), first.Opens);
        return link;
    }
}
