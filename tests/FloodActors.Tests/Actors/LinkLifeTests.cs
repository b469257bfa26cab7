using Akka.Actor;
using Akka.Remote;
using Akka.Remote.Transport;
using FloodActors.Tests.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>Which links come up and stay between real actor systems, and what both sides are told.</summary>
public sealed class LinkLifeTests
{
    private const string Throttled = """akka.remote.dot-netty.tcp.applied-adapters = ["trttl"]""";

    private static readonly Func<FloodSettings, FloodSettings> Patient = s =>
        s with { PeerTimeout = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task A_node_that_dials_itself_is_told_and_does_not_try_again()
    {
        await using var a = TestNode.Start("a");
        var refused = Assert.IsType<ConnectRefused>(await a.Flood.ConnectAsync(a.Address));
        Assert.Equal(LinkEnd.Self, refused.Cause);
        await Eventually.Holds(
            () => a.Events.OfType<PeerRefused>().Any(e => e.Cause == LinkEnd.Self), "the event is told");
        await Eventually.Holds(() => NodeUnderAttack.Children(a) == 0, "nothing is left");
        Assert.False(await a.Flood.DisconnectAsync(PathOf(a)));
        Assert.DoesNotContain(a.Events, e => e is PeerConnected);
    }

    [Fact]
    public async Task Two_addresses_of_one_node_give_one_link()
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b");
        b.System.ActorOf(Props.Create(() => new Door(b.Flood.Actor)), "door");
        Assert.Equal(new Connected("b"), await a.Flood.ConnectAsync(b.Address));
        Assert.Equal(new Connected("b"), await a.Flood.ConnectAsync($"akka.tcp://flood@{b.Address}/user/door"));
        await Eventually.Holds(
            () => NodeUnderAttack.Children(a) == 1 && NodeUnderAttack.Children(b) == 1, "one link is left");
        Assert.Single(a.Events.OfType<PeerConnected>());
        Assert.Single(b.Events.OfType<PeerConnected>());
        Assert.DoesNotContain(a.Events.Concat(b.Events), e => e is PeerDisconnected or PeerRefused);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_second_node_of_the_same_name_is_refused_and_both_sides_are_told(bool secondDials)
    {
        await using var hub = TestNode.Start("hub");
        await using var first = TestNode.Start("twin");
        await using var second = TestNode.Start("twin");
        await first.Flood.ConnectAsync(hub.Address);
        await hub.Flood.WhenConnected(); // the dialler knows it first
        var refused = Assert.IsType<ConnectRefused>(
            secondDials ? await second.Flood.ConnectAsync(hub.Address) : await hub.Flood.ConnectAsync(second.Address));
        Assert.Equal(LinkEnd.IdTaken, refused.Cause);
        Assert.Contains("flood.node-name", refused.Reason, StringComparison.Ordinal);
        foreach (var node in new[] { hub, second })
            await Eventually.Holds(
                () => node.Events.OfType<PeerRefused>().Any(e => e.Cause == LinkEnd.IdTaken), "both are told");
        Assert.DoesNotContain(hub.Events, e => e is PeerDisconnected);
        Assert.DoesNotContain(first.Events, e => e is PeerRefused or PeerDisconnected);
    }

    [Fact]
    public async Task A_node_that_started_again_at_its_address_replaces_its_old_self_and_catches_up()
    {
        // Where it was: no other socket may be given its port in between.
        var abrupt = "akka.coordinated-shutdown.run-by-actor-system-terminate = off\nakka.remote.dot-netty.tcp.port = "
            + $"{FreePort.Next()}";
        await using var a = TestNode.Start("a", configure: Patient);
        var old = TestNode.Start("b", abrupt);
        await old.Flood.ConnectAsync(a.Address);
        await a.Flood.AppendAsync("before");
        await Eventually.Holds(() => old.Received.Contains("before"), "the first life hears it");
        await old.DisposeAsync();
        await a.Flood.AppendAsync("between");
        Assert.DoesNotContain(a.Events, e => e is PeerDisconnected);

        await using var again = TestNode.Start("b", abrupt);
        Assert.Equal(new Connected("a"), await again.Flood.ConnectAsync(a.Address));
        await Eventually.Holds(() => again.Received.Count == 2, "it holds what the other's log holds");
        Assert.Equal(["before", "between"], again.Received);
        Assert.Equal(LinkEnd.Restarted, Assert.Single(a.Events.OfType<PeerDisconnected>()).Cause);
        Assert.Equal(2, a.Events.OfType<PeerConnected>().Count());
        await Eventually.Holds(() => NodeUnderAttack.Children(a) == 1, "nothing is left of the old self");
        Assert.Single(await a.Flood.PeersAsync());
    }

    [Theory]
    [InlineData(MessageIdMode.Sequence, ContentHash.XxHash128), InlineData(MessageIdMode.Content, ContentHash.Sha256)]
    public async Task Nodes_that_name_messages_differently_refuse_each_other_and_both_are_told(
        MessageIdMode mode, ContentHash hash)
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b", configure: s => s with { MessageId = mode, ContentHash = hash });
        var refused = Assert.IsType<ConnectRefused>(await b.Flood.ConnectAsync(a.Address));
        Assert.Equal(LinkEnd.MessageIdMode, refused.Cause);
        Assert.Contains("flood.message-id", refused.Reason, StringComparison.Ordinal);
        foreach (var node in new[] { a, b })
            await Eventually.Holds(
                () => node.Events.OfType<PeerRefused>().Any(e => e.Cause == LinkEnd.MessageIdMode), "both are told");
        Assert.DoesNotContain(a.Events.Concat(b.Events), e => e is PeerConnected);
    }

    [Fact]
    public async Task A_full_node_refuses_and_takes_the_next_when_there_is_room_again()
    {
        await using var hub = TestNode.Start("hub", configure: s => s with { MaxPeers = 1 });
        await using var first = TestNode.Start("first");
        await using var second = TestNode.Start("second");
        await first.Flood.ConnectAsync(hub.Address);
        var refused = Assert.IsType<ConnectRefused>(await second.Flood.ConnectAsync(hub.Address));
        Assert.Equal(LinkEnd.TooManyPeers, refused.Cause);
        foreach (var node in new[] { hub, second })
            await Eventually.Holds(
                () => node.Events.OfType<PeerRefused>().Any(e => e.Cause == LinkEnd.TooManyPeers), "both are told");
        Assert.True(await first.Flood.DisconnectAsync("hub"));
        await Eventually.Holds(() => second.Events.OfType<PeerConnected>().Any(), "the second gets in by itself");
        Assert.Single(second.Events.OfType<PeerRefused>());
    }

    [Fact]
    public async Task A_node_that_leaves_sends_everything_first_and_says_goodbye()
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b");
        await a.Flood.ConnectAsync(b.Address);
        var texts = Enumerable.Range(0, 2000).Select(i => $"last words {i}").ToList();
        foreach (var text in texts) Assert.Null(a.Flood.Append(text));
        await a.Flood.LeaveAsync();
        await Eventually.Holds(() => b.Events.OfType<PeerDisconnected>().Any(), "b is told");
        Assert.Equal(LinkEnd.Leaving, b.Events.OfType<PeerDisconnected>().Single().Cause);
        Assert.Equal(texts, b.Received);
        Assert.Empty(await b.Flood.PeersAsync());
        Assert.Equal(RejectReason.Leaving, a.Flood.Append("too late")?.Reason);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task What_was_disconnected_on_request_stays_so_on_both_sides_whoever_dialled(bool dialledByBoth)
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b");
        await b.Flood.ConnectAsync(a.Address);
        await a.Flood.WhenConnected();
        if (dialledByBoth) await a.Flood.ConnectAsync(b.Address);
        Assert.True(await a.Flood.DisconnectAsync("b"));
        foreach (var node in new[] { a, b })
        {
            await Eventually.Holds(() => node.Events.OfType<PeerDisconnected>().Any(), "both are told");
            Assert.Equal(LinkEnd.Disconnected, node.Events.OfType<PeerDisconnected>().Single().Cause);
            await Eventually.Holds(() => NodeUnderAttack.Children(node) == 0, "no link is left");
            Assert.Empty(await node.Flood.PeersAsync());
        }
        // Nobody is going to dial: there is nothing left to disconnect.
        Assert.False(await b.Flood.DisconnectAsync(PathOf(a)));
        Assert.False(await a.Flood.DisconnectAsync(PathOf(b)));
        Assert.Equal(new Connected("b"), await a.Flood.ConnectAsync(b.Address));
    }

    [Fact]
    public async Task What_one_side_disconnected_is_not_dialled_again_by_the_other_that_had_dialled_too()
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b");
        await a.Flood.ConnectAsync(b.Address);
        Assert.Equal(new Connected("a"), await b.Flood.ConnectAsync(a.Address));
        Assert.True(await a.Flood.DisconnectAsync("b"));
        await Eventually.Holds(() => b.Events.OfType<PeerDisconnected>().Any(), "b is told");
        Assert.False(await b.Flood.DisconnectAsync(PathOf(a)));
    }

    [Fact]
    public async Task Whoever_waits_for_a_peer_that_is_disconnected_meanwhile_is_told()
    {
        await using var a = TestNode.Start("a");
        var waiting = a.Flood.ConnectAsync("127.0.0.1:1");
        Assert.True(await a.Flood.DisconnectAsync($"akka.tcp://flood@127.0.0.1:1{Flood.DefaultPath}"));
        Assert.Equal(LinkEnd.Disconnected, Assert.IsType<ConnectRefused>(await waiting).Cause);
    }

    /// <summary>A minute with the default timeouts only when asked for, with <c>FLOOD_LONG_TESTS=1</c>.</summary>
    public static TheoryData<int> BlackholeSeconds =>
        Environment.GetEnvironmentVariable("FLOOD_LONG_TESTS") == "1" ? [0, 60] : [0];

    [Theory]
    [MemberData(nameof(BlackholeSeconds))]
    public async Task A_blackhole_heals_by_itself_and_nothing_is_missing_however_small_the_capacity(int seconds)
    {
        FloodSettings Quick(FloodSettings s) =>
            seconds > 0 ? s with { Capacity = 5 } : s with
            {
                Capacity = 5,
                PeerTimeout = TimeSpan.FromSeconds(2),
                PingInterval = TimeSpan.FromMilliseconds(300),
                RedialMax = TimeSpan.FromMilliseconds(500),
            };
        await using var a = TestNode.Start("a", Throttled, Quick);
        await using var b = TestNode.Start("b", Throttled, Quick);
        Assert.Equal(new Connected("b"), await a.Flood.ConnectAsync(b.Address));
        await a.Flood.AppendAsync("before");
        await Eventually.Holds(() => b.Received.Count == 1, "the link works");

        await Throttle(a, b, Blackhole.Instance);
        List<string> texts = ["before"];
        for (var i = 0; i < 300; i++)
        {
            texts.Add($"during {i}");
            Assert.IsType<Appended>(await a.Flood.AppendAsync(texts[^1]));
        }
        foreach (var node in new[] { a, b })
            await Eventually.Holds(
                () => node.Events.OfType<PeerDisconnected>().Any(e => e.Cause == LinkEnd.Timeout), "both notice");
        await Eventually.Holds(() => a.Events.OfType<PeerUnreachable>().Any(), "dialling goes on unanswered");
        await b.Flood.AppendAsync("from b");
        var since = System.Diagnostics.Stopwatch.StartNew();
        await Eventually.Holds(() => since.Elapsed.TotalSeconds >= seconds, "it has lasted for so long", seconds + 20);

        await Throttle(a, b, Unthrottled.Instance);
        await Eventually.Holds(() => b.Received.Count >= texts.Count && a.Received.Count >= 1, "everything arrives");
        Assert.Equal(texts, b.Received);
        Assert.Equal(["from b"], a.Received);
        Assert.DoesNotContain(a.Events.Concat(b.Events), e => e is PeerLagged or PeerForgotten);
        Assert.Equal((0, 0), ((await a.Flood.StatsAsync()).Skipped, (await a.Flood.StatsAsync()).Unreachable));
    }

    [Fact]
    public async Task An_object_whose_type_the_relay_does_not_allow_is_forwarded_and_undecodable_only_there()
    {
        static FloodSettings Knows(FloodSettings s) => s.AllowObjects(types => types.Add<Line>());
        await using var a = TestNode.Start("a", configure: Knows);
        await using var relay = TestNode.Start("relay");
        await using var c = TestNode.Start("c", configure: Knows);
        await a.Flood.ConnectAsync(relay.Address);
        await relay.Flood.ConnectAsync(c.Address);
        Assert.IsType<Appended>(await a.Flood.AppendAsync(FloodPayload.Object(new Line("tea", 2, 3m))));
        await Eventually.Holds(
            () => c.Events.OfType<MessageReceived>().Any() && relay.Events.OfType<MessageUndecodable>().Any(),
            "it got through");
        Assert.Equal(new Line("tea", 2, 3m), c.Events.OfType<MessageReceived>().Single().Message.AsObject());
        Assert.Contains(
            "flood.hyperion.types", relay.Events.OfType<MessageUndecodable>().Single().Reason,
            StringComparison.Ordinal);
        Assert.DoesNotContain(relay.Events, e => e is MessageReceived or PeerDisconnected);
        Assert.Equal(1, (await relay.Flood.StatsAsync()).Undecodable);
    }

    private static string PathOf(TestNode node) => $"akka.tcp://flood@{node.Address}{Flood.DefaultPath}";

    /// <summary>What the two send each other is lost in silence, or arrives again.</summary>
    private static async Task Throttle(TestNode a, TestNode b, ThrottleMode mode)
    {
        foreach (var (from, to) in new[] { (a, b), (b, a) })
        {
            var address = ProviderOf(to).DefaultAddress.WithProtocol("akka");
            Assert.True(
                await ProviderOf(from).Transport.ManagementCommand(
                    new SetThrottle(address, ThrottleTransportAdapter.Direction.Both, mode)));
        }
    }

    private static IRemoteActorRefProvider ProviderOf(TestNode node) =>
        (IRemoteActorRefProvider)((ExtendedActorSystem)node.System).Provider;

    private sealed class Door(IActorRef flood) : UntypedActor
    {
        protected override void OnReceive(object message) => flood.Forward(message);
    }
}
