using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Simulation.Tests;

/// <summary>
/// Faults that random schedules found, each by the smallest simulation that shows it. What must hold in the end is
/// checked by the oracle in all of them; here stands what brings it to the test.
/// </summary>
public sealed class FoundByTheSimulatorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static SimulationOptions Two(FloodSettings settings) =>
        new() { Topology = Topology.Line(2), Settings = settings };

    private static IReadOnlyList<SimulatedAppend> Burst(TimeSpan at, int node, int count, int size, int first = 0) =>
        [.. Enumerable.Range(first, count).Select(i => new SimulatedAppend(at, node, size, i))];

    private static SimWorld Run(SimulationOptions options)
    {
        var world = new SimWorld(options);
        world.Run().Verify();
        return world;
    }

    [Fact]
    public void A_dialler_that_was_not_answered_for_long_says_what_it_no_longer_has_when_it_is()
    {
        // The peer starts long after the dialler's first hello, and after its log has dropped most of what there was.
        var world = Run(Two(new FloodSettings { Capacity = 1 }) with
        {
            Faults = [new CrashFault(TimeSpan.Zero, 10 * Second, Node: 1, Restarts: true)],
            Appends = [.. Burst(2 * Second, 0, 5, 100), new SimulatedAppend(20 * Second, 0, 100, 9)],
        });
        Assert.Equal(4, world.Nodes[1]!.Record.Current["n0"].HistoryTold);
    }

    [Fact]
    public void What_leaves_the_log_between_hello_and_up_is_reported_as_skipped()
    {
        var world = Run(Two(new FloodSettings { Capacity = 1 }) with
        {
            Network = new NetworkConditions { Latency = TimeSpan.FromMilliseconds(500) },
            Appends = Burst(TimeSpan.FromMilliseconds(700), 0, 5, 100),
        });
        Assert.Equal(0, world.Nodes[1]!.Record.Current["n0"].HistoryTold);
        Assert.Equal(4, world.Nodes[0]!.Record.SkippedTold);
    }

    [Fact]
    public void A_flush_waits_for_what_left_the_log_while_it_was_under_way()
    {
        var settings = new FloodSettings { Capacity = 1, MaxMessageSize = 8192, CapacityBytes = 8192, MaxLag = 8192 };
        Run(Two(settings) with
        {
            Faults = [new CrashFault(3 * Second, Second, Node: 1, Restarts: false)],
            Appends = [.. Burst(TimeSpan.FromSeconds(3.1), 0, 2, 4000),
                .. Burst(TimeSpan.FromSeconds(3.2), 0, 4, 4000, first: 5)],
            Uses = [new FlushUse(TimeSpan.FromSeconds(3.15), 9 * Second, Node: 0)],
        });
    }

    [Fact]
    public void Appends_that_nobody_awaits_and_a_leaving_node_does_not_take_any_more_are_counted()
    {
        var settings = new FloodSettings
        {
            Capacity = 1, MaxMessageSize = 8192, CapacityBytes = 8192, MaxLag = 8192, OnLag = LagPolicy.Wait,
                LeaveTimeout = TimeSpan.FromMilliseconds(100),
        };
        var options = Two(settings) with
        {
            Faults =
            [
                new FreezeFault(3 * Second, 3 * Second, Node: 1),
                new LeaveFault(4 * Second, Second, Node: 0, Restarts: true),
            ],
            Appends = Burst(TimeSpan.FromSeconds(3.5), 0, 20, 4000),
        };
        // The oracle compares the counter with what the queue had taken.
        Run(options);
    }

    [Fact]
    public void What_left_the_log_under_way_is_no_longer_at_risk_when_its_last_message_is_acknowledged()
    {
        // Behind the message handed out stand others that came from the peer: the link's acknowledgements end before
        // those.
        var settings = new FloodSettings { Capacity = 1, MaxMessageSize = 1024, CapacityBytes = 8192, MaxLag = 1024 };
        var state = new FloodState(settings, new Origin(1, "n0", ""), SeenSet.Create(settings, 1, salt: 1));
        var peer = state.Connect("n1", 2);
        state.Append(PayloadKind.Bytes, new byte[1000], new MessageId(1, 1), new FloodTime(0, 0), out _);
        peer.Room = 4096;
        Assert.True(state.Pull(peer, []));
        var theirs = Enumerable.Range(2, 4)
            .Select(i => new LinkEntry(RecordType.Message, new MessageId(1, (ulong)i), PayloadKind.Bytes, 1,
                new byte[1000])
        {
            OwnsBody = true,
            Author = new Origin(2, "n1", ""),
        });
        var batch = new ReceivedBatch();
        foreach (var entry in theirs) batch.Add(entry);
        state.Receive(peer, batch, new FloodTime(0, 0));
        peer.Room = 4096;
        Assert.False(state.Pull(peer, []));
        state.Trim();
        Assert.Equal(1, peer.AtRisk);
        state.Acked(peer, peer.Handed);
        Assert.Equal(0, peer.AtRisk);
    }

    [Fact]
    public void A_hello_that_was_refused_makes_no_link_when_it_comes_again()
    {
        // The second was said before its dialler heard of the refusal. By then nobody waits for the welcome, and there
        // is room.
        var node = Run(Two(new FloodSettings { MaxPendingLinks = 1 })).Nodes[0]!;
        var (first, second) = (new Stranger(1), new Stranger(2));
        node.Node.OnHello(first.Hello, new HelloSender(node, first), node.Time);
        node.Node.OnHello(second.Hello, new HelloSender(node, second), node.Time);
        var pending = Assert.Single(node.Node.Links, link => link.IsPending);
        node.Node.LinkGone(pending, node.Time);
        node.Node.OnHello(second.Hello, new HelloSender(node, second), node.Time);
        Assert.DoesNotContain(node.Node.Links, link => link.IsPending);
    }

    [Fact]
    public void The_least_memory_for_unfinished_messages_takes_the_longest_announcement()
    {
        // 3072 ids in frames of 1 KiB: with room for less the peer would be offered them for ever.
        var least = new FloodSettings { Capacity = 4000, MaxMessageSize = 1024, MaxFrame = 1024, Window = 1024,
            ReassemblyBytes = 48 << 10 };
        Assert.Throws<FloodConfigurationException>(() => (least with { ReassemblyBytes = (48 << 10) - 1 }).Validate());
        var report = Simulator.Run(Two(least) with
        {
            Faults = [new CrashFault(TimeSpan.Zero, 5 * Second, Node: 1, Restarts: true)],
            Appends = Burst(2 * Second, 0, 3500, 8),
        }).Verify();
        Assert.Equal(2, report.NodesWithAll);
    }

    [Fact]
    public void An_id_is_remembered_from_when_its_message_left_the_log_however_long_nothing_came_before()
    {
        // The subscriber keeps the first message in the log until 11 s; 10 s later at the earliest its id may be
        // forgotten.
        var settings = new FloodSettings { Capacity = 1, SeenMaxAge = 10 * Second };
        var world = Run(Two(settings) with
        {
            Faults = [new FreezeFault(TimeSpan.FromSeconds(2.5), 9 * Second, Node: 0)],
            Appends =
            [
                new SimulatedAppend(2 * Second, 0, 100, 1), new SimulatedAppend(TimeSpan.FromSeconds(2.4), 0, 100, 2),
                new SimulatedAppend(14 * Second, 0, 100, 1) { IsAwaited = true },
            ],
            SubscriberDelay = 3 * Second,
        });
        Assert.True(world.Nodes[0]!.Node.State.Counters.Appended >= 2);
    }

    [Fact]
    public void A_frame_that_cannot_pass_is_given_up_although_there_is_always_something_new_behind_it()
    {
        // Each small message that came without it put off its next try, so the link stood still as long as there were
        // any. The oracle knows how long it may stand.
        var report = Simulator.Run(new SimulationOptions
        {
            Topology = Topology.Line(2),
            Settings = new FloodSettings
            {
                PeerTimeout = Second,
                PingInterval = Second / 4,
                ResendTimeout = Second / 2,
                MaxMessageSize = 32_768,
            },
            Network = new NetworkConditions { LargestFrame = 18_000 },
            Appends =
            [
                new SimulatedAppend(2 * Second, 0, 19_000, 0),
                .. Enumerable.Range(1, 100)
                    .Select(i => new SimulatedAppend((2 * Second) + (i * Second / 4), 0, 100, i)),
            ],
        }).Verify();
        Assert.True(report.LinkEnds[LinkEnd.FrameLost] > 0);
    }

    /// <summary>Somebody at the other node who says hello, and nothing else.</summary>
    private sealed class Stranger(ulong number) : INetworkEnd
    {
        public int Index => 1;

        public string Path => $"sim://flood@n1:1/flood/x{number}";

        public bool IsGone => false;

        public Hello Hello { get; } = new(number, LinkMessage.Version,
            new NodeInfo($"x{number}", $"sim://flood@n1:1/flood/x{number}", number, IdMode: 1)
        {
            Window = 60_000, MaxFrame = 60_000, MaxMessageSize = 1 << 20, PeerTimeoutMs = 5000,
        });

        public bool Arrive(LinkMessage message, INetworkEnd from) => true;
    }
}
