using Akka.Actor;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>Nodes whose settings differ are linked all the same, or are told what to change.</summary>
public sealed class NegotiationTests
{
    private const string SmallFrames =
        """
        akka.remote.dot-netty.tcp {
          maximum-frame-size = 32000b
          send-buffer-size = 64000b
          receive-buffer-size = 64000b
        }
        """;

    private static FloodSettings Small(FloodSettings s) => s with { Window = 8 << 10, MaxFrame = 4 << 10 };

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task Nodes_with_different_windows_and_frames_deliver_both_ways(bool smallDials)
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b", configure: Small);
        await Link(smallDials ? b : a, smallDials ? a : b);
        var texts = await Exchange(a, b, 500, 3000);
        await Floods(a, b, texts);
    }

    [Theory]
    [InlineData(600, 300, 2, 0.5), InlineData(2, 0.5, 600, 300), InlineData(2, 0.1, 4, 2), InlineData(60, 30, 2, 1)]
    public async Task Nodes_with_different_timeouts_stay_linked(
        double timeoutA, double pingA, double timeoutB, double pingB)
    {
        await using var a = TestNode.Start("a", configure: Patience(timeoutA, pingA));
        await using var b = TestNode.Start("b", configure: Patience(timeoutB, pingB));
        await Link(a, b);
        // Three times the shorter timeout, by the clock of a third pair that says when it has passed.
        await using var c = TestNode.Start(
            "c",
            configure: Patience(3, 1));
        await using var hostile = HostilePeer.Start();
        var clock = hostile.Open(c, "clock");
        await clock.BeWelcomed();
        clock.Say(new Ping(clock.Session, default));
        await Eventually.Holds(
            () => c.Events.OfType<PeerDisconnected>().Any(e => e.Cause == LinkEnd.Timeout),
            "three seconds have passed");
        Assert.Single(a.Events.OfType<PeerConnected>());
        Assert.DoesNotContain(a.Events.Concat(b.Events), e => e is PeerDisconnected);
        await Floods(a, b, await Exchange(a, b, 10, 10));
    }

    [Theory]
    [InlineData("a"), InlineData("b"), InlineData("ab")]
    public async Task A_transport_that_carries_only_smaller_frames_is_reckoned_with_on_either_side(string limited)
    {
        await using var a = TestNode.Start("a", limited.Contains('a') ? SmallFrames : "");
        await using var b = TestNode.Start("b", limited.Contains('b') ? SmallFrames : "");
        await Link(a, b);
        await a.Flood.AppendAsync(new byte[1 << 20]);
        await b.Flood.AppendAsync(Enumerable.Repeat((byte)1, 1 << 20).ToArray());
        var texts = await Exchange(a, b, 100, 2000);
        foreach (var node in new[] { a, b })
            await Eventually.Holds(
                () => node.Events.OfType<MessageReceived>().Any(e => e.Message.Body.Length == 1 << 20),
                "the large one arrives");
        await Floods(a, b, texts);
    }

    [Fact]
    public async Task A_frame_that_cannot_pass_ends_the_link_with_the_key_to_change()
    {
        // The other side says that it takes frames which its transport does not carry, as if something between them
        // did not.
        await using var node = TestNode.Start("node", configure: s => s with
        {
            PeerTimeout = TimeSpan.FromSeconds(1), PingInterval = TimeSpan.FromMilliseconds(250),
            ResendTimeout = TimeSpan.FromMilliseconds(100),
        });
        await using var hostile = HostilePeer.Start(SmallFrames);
        var link = hostile.Open(node, "small");
        await link.BeWelcomed();
        link.Say(new Ping(link.Session, default));
        await node.Flood.WhenConnected().Soon();
        await node.Flood.AppendAsync(new byte[50_000]);
        await Eventually.Holds(
            () =>
            {
                link.Say(new Ping(link.Session, default));
                return node.Events.OfType<PeerDisconnected>().Any();
            },
            "the link ends");
        var end = node.Events.OfType<PeerDisconnected>().First();
        Assert.Equal(LinkEnd.FrameLost, end.Cause);
        Assert.Contains("maximum-frame-size", end.Reason, StringComparison.Ordinal);
        Assert.Contains("flood.max-frame", end.Reason, StringComparison.Ordinal);
    }

    private static Func<FloodSettings, FloodSettings> Patience(double timeout, double ping) => s => s with
    {
        PeerTimeout = TimeSpan.FromSeconds(timeout), PingInterval = TimeSpan.FromSeconds(ping),
    };

    private static async Task Link(TestNode from, TestNode to)
    {
        Assert.IsType<Connected>(await from.Flood.ConnectAsync(to.Address).Soon());
        // From here on nothing is history that the other side may find gone from a log of a hundred messages.
        await to.Flood.WhenConnected().Soon();
    }

    private static async Task<(List<string> A, List<string> B)> Exchange(TestNode a, TestNode b, int count, int size)
    {
        var texts = (A: Texts("a"), B: Texts("b"));
        await Task.WhenAll(Append(a, texts.A), Append(b, texts.B)).Soon();
        return texts;

        List<string> Texts(string from) =>
            Enumerable.Range(0, count).Select(i => $"{from} {i} {new string('x', size)}").ToList();

        static async Task Append(TestNode node, List<string> texts)
        {
            foreach (var text in texts) Assert.IsType<Appended>(await node.Flood.AppendAsync(text));
        }
    }

    private static async Task Floods(TestNode a, TestNode b, (List<string> A, List<string> B) texts)
    {
        await Eventually.Holds(
            () => a.Received.Count >= texts.B.Count && b.Received.Count >= texts.A.Count, "everything arrives");
        Assert.Equal(texts.B, a.Received);
        Assert.Equal(texts.A, b.Received);
        Assert.DoesNotContain(a.Events.Concat(b.Events), e => e is PeerDisconnected or PeerLagged);
    }
}
