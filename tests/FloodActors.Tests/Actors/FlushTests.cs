using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>What a flush says of each peer.</summary>
public sealed class FlushTests
{
    private static FloodSettings Small(FloodSettings settings) => settings with
    {
        Capacity = 10, MaxMessageSize = 1024, MaxLag = 16 << 10, Window = 8 << 10, MaxFrame = 1 << 10,
        PeerTimeout = TimeSpan.FromMinutes(1),
    };

    [Fact]
    public async Task A_peer_that_has_everything_has_taken_it()
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b");
        await a.Flood.ConnectAsync(b.Address);
        var texts = Enumerable.Range(0, 3000).Select(i => $"m{i}").ToList();
        foreach (var text in texts) Assert.Null(a.Flood.Append(text));
        var flushed = await a.Flood.FlushAsync().Soon();
        Assert.Equal([new PeerFlush("b", FlushOutcome.Taken, 0)], flushed.Peers);
        Assert.True(flushed.IsComplete);
        Assert.Equal(texts[^1], (await b.Flood.DataAsync()).Messages[^1].AsText());
        Assert.Empty((await TestFlush(a, b)).Peers);
    }

    [Fact]
    public async Task A_peer_that_lagged_was_skipped_and_every_flush_under_way_says_so()
    {
        await using var node = TestNode.Start("node", configure: Small);
        await using var hostile = HostilePeer.Start();
        var slow = await ComeUp(hostile, node, "slow");
        for (var i = 0; i < 300; i++) Assert.IsType<Appended>(await node.Flood.AppendAsync(NodeLook.Numbered(600, i)));
        Task<FlushResult>[] flushes = [node.Flood.FlushAsync(), node.Flood.FlushAsync()];
        await node.Flood.StatsAsync();
        Assert.All(flushes, flush => Assert.False(flush.IsCompleted));

        await Confirms(slow, () => flushes.All(flush => flush.IsCompleted));
        var skipped = (await node.Flood.StatsAsync()).Skipped;
        Assert.InRange(skipped, 1, 300);
        foreach (var flush in flushes)
            Assert.Equal([new PeerFlush("slow", FlushOutcome.Skipped, skipped)], (await flush).Peers);
        Assert.Equal([new PeerFlush("slow", FlushOutcome.Taken, 0)], (await node.Flood.FlushAsync().Soon()).Peers);
    }

    [Fact]
    public async Task A_message_that_is_too_large_for_a_peer_was_skipped()
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b", configure: Small);
        await a.Flood.ConnectAsync(b.Address);
        await a.Flood.AppendAsync(new byte[2000]);
        await a.Flood.AppendAsync("small");
        Assert.Equal([new PeerFlush("b", FlushOutcome.Skipped, 1)], (await a.Flood.FlushAsync().Soon()).Peers);
        Assert.Equal(["small"], b.Received);
    }

    [Fact]
    public async Task A_link_that_ends_before_everything_is_confirmed_is_lost()
    {
        await using var node = TestNode.Start("node", configure: Small);
        await using var hostile = HostilePeer.Start();
        var slow = await ComeUp(hostile, node, "slow");
        await node.Flood.AppendAsync("never confirmed");
        var flush = node.Flood.FlushAsync();
        await slow.Hears<Frame>();
        slow.Say(new Bye(slow.Session, LinkEnd.Failure, "gone"));
        Assert.Equal([new PeerFlush("slow", FlushOutcome.LinkLost, 0)], (await flush.Soon()).Peers);
    }

    [Fact]
    public async Task A_flush_that_is_cancelled_is_forgotten()
    {
        await using var node = TestNode.Start("node", configure: Small);
        await using var hostile = HostilePeer.Start();
        await ComeUp(hostile, node, "slow");
        await node.Flood.AppendAsync("never confirmed");
        using var stop = new CancellationTokenSource();
        var flush = node.Flood.FlushAsync(stop.Token);
        Assert.Equal(1, await node.Flood.Look(n => n.WaitingRows));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush.Soon());
        Assert.Equal(0, await node.Flood.Look(n => n.WaitingRows));
    }

    [Fact]
    public async Task Leaving_says_who_had_not_confirmed_everything_in_time()
    {
        await using var node = TestNode.Start(
            "node", configure: s => Small(s) with { LeaveTimeout = TimeSpan.FromMilliseconds(500) });
        await using var hostile = HostilePeer.Start();
        await ComeUp(hostile, node, "slow");
        await node.Flood.AppendAsync("never confirmed");
        var outcome = Assert.Single((await node.Flood.LeaveAsync().Soon()).Peers);
        Assert.Equal("slow", outcome.Peer);
        Assert.NotEqual(FlushOutcome.Taken, outcome.Outcome);
    }

    /// <summary>Without a peer there is nothing to wait for.</summary>
    private static async Task<FlushResult> TestFlush(TestNode a, TestNode b)
    {
        await a.Flood.DisconnectAsync("b");
        await Eventually.Holds(() => b.Events.OfType<PeerDisconnected>().Any(), "they are apart");
        return await a.Flood.FlushAsync().Soon();
    }

    private static async Task<HostileLink> ComeUp(HostilePeer hostile, TestNode node, string name)
    {
        var link = hostile.Open(node, name);
        await link.BeWelcomed();
        link.Say(new Ping(link.Session, default));
        await node.Flood.WhenConnected().Soon();
        return link;
    }

    /// <summary>Confirms what has come, until something holds.</summary>
    private static Task Confirms(HostileLink link, Func<bool> until) => Eventually.Holds(
        () =>
        {
            var last = link.Heard.OfType<Frame>().Select(frame => frame.Seq).DefaultIfEmpty().Max();
            link.Say(new Ack(link.Session, new Confirmed(last, last, last), AckReason.Due));
            return until();
        },
        "it ends when all is confirmed");
}
