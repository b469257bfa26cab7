using FloodActors.Core;

namespace FloodActors.Simulation.Tests;

/// <summary>What users were promised and did not get, before the simulator ran the whole node.</summary>
public sealed class WholeNodeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static SimWorld Run(SimulationOptions options, Action<SimNode, FloodEvent>? watch = null)
    {
        var world = new SimWorld(options);
        world.Oracle.Watch = watch;
        world.Run().Verify();
        return world;
    }

    [Fact]
    public void Appends_that_had_to_wait_are_taken_as_soon_as_nobody_lags()
    {
        // With a subscriber that takes no time and a peer a millisecond away, forty of them must not wait for a timer.
        var settings = new FloodSettings { Capacity = 1, MaxMessageSize = 8192, CapacityBytes = 8192, MaxLag = 8192,
            OnLag = LagPolicy.Wait };
        var world = new SimWorld(new SimulationOptions
        {
            Topology = Topology.Line(2),
            Settings = settings,
            Appends = [.. Enumerable.Range(0, 40).Select(i => new SimulatedAppend(2 * Second, 0, 8000, i))],
        });
        var report = world.Run().Verify();
        Assert.Equal(2, report.NodesWithAll);
        Assert.InRange(report.TimeToLast.TotalMilliseconds, 1, 10);
        Assert.True(world.Users.Answers.Count == 0
            && world.Nodes[1]!.Record.LeftAt[^1] - world.Nodes[1]!.Record.LeftAt[0] < 240);
    }

    [Fact]
    public void A_full_queue_refuses_counts_and_says_so_in_one_event()
    {
        var told = new List<MessageRejected>();
        var world = Run(
            new SimulationOptions
            {
                Topology = Topology.Line(2),
                Settings = new FloodSettings { AppendQueue = 10 },
                Faults = [new SlowFault(Second, Second, Node: 0, EachMessage: 300 * (Second / 1000))],
                Appends = [.. Enumerable.Range(0, 200).Select(i => new SimulatedAppend(1.5 * Second, 0, 100, i))],
            },
            (_, e) =>
            {
                if (e is MessageRejected rejected) told.Add(rejected);
            });
        var node = world.Nodes[0]!;
        Assert.True(node.Record.Refused > 100);
        Assert.Equal(node.Record.Refused, told.Sum(rejected => rejected.Count));
        Assert.InRange(told.Count, 1, 3);
        Assert.Equal(node.Record.Refused, node.Node.Stats().Rejected[RejectReason.Busy]);
    }

    [Fact]
    public void An_answer_that_comes_before_its_question_comes_with_a_word_of_what_is_gone()
    {
        // a drops the question and holds the answer; b gets the answer over a new link before the question over a slow
        // one.
        var history = new List<PeerConnected>();
        Run(
            new SimulationOptions
            {
                Topology = Topology.Complete(3),
                Settings = new FloodSettings { Capacity = 1 },
                Faults =
                [
                    new CutFault(TimeSpan.Zero, 8 * Second, 0, 1, BothWays: true),
                    new CutFault(2 * Second, 12 * Second, 2, 1, BothWays: true),
                ],
                Appends = [new SimulatedAppend(3 * Second, 2, 100, 1), new SimulatedAppend(5 * Second, 0, 100, 2)],
            },
            (node, e) =>
            {
                if (node.Index == 1 && e is PeerConnected connected) history.Add(connected);
            });
        Assert.Contains(history, connected => connected is { Peer: "n0", HistoryDropped: > 0 });
    }

    [Fact]
    public void What_a_relay_has_dropped_before_a_peer_came_is_told_to_the_peer()
    {
        // n1 holds one message; n2 comes late, and never gets what n0 still holds.
        var connected = new List<PeerConnected>();
        var world = Run(
            new SimulationOptions
            {
                Topology = Topology.Line(3),
                NodeSettings = new Dictionary<int, FloodSettings> { [1] = new FloodSettings { Capacity = 1 } },
                Faults = [new CrashFault(TimeSpan.Zero, 10 * Second, Node: 2, Restarts: true)],
                Appends = [.. Enumerable.Range(0, 5).Select(i => new SimulatedAppend(3 * Second, 0, 100, i))],
            },
            (node, e) =>
            {
                if (node.Index == 2 && e is PeerConnected up) connected.Add(up);
            });
        Assert.Equal(1, world.Nodes[2]!.Node.State.Counters.Delivered);
        Assert.Equal(4, Assert.Single(connected, up => up.HistoryDropped > 0).HistoryDropped);
    }

    [Fact]
    public void A_flush_tells_skipped_peers_and_lost_links_from_those_that_have_everything()
    {
        var settings = new FloodSettings
        {
            Capacity = 1, MaxMessageSize = 8192, CapacityBytes = 8192, MaxLag = 8192, Window = 8192, MaxFrame = 8192,
        };
        var world = Run(new SimulationOptions
        {
            Topology = Topology.Star(4),
            Settings = settings,
            Faults =
            [
                new SlowFault(2 * Second, 6 * Second, Node: 1, EachMessage: Second),
                new CrashFault(3 * Second, Second, Node: 2, Restarts: false),
            ],
            Appends = [.. Enumerable.Range(0, 30)
                .Select(i => new SimulatedAppend((3 * Second) + (i * Second / 100), 0, 4000, i))],
            Uses = [new FlushUse(3.5 * Second, 60 * Second, Node: 0)],
        });
        var result = (FlushResult)world.Users.Answers.Single().Outcome!;
        Assert.Equal(FlushOutcome.Skipped, result.Peers.Single(peer => peer.Peer == "n1").Outcome);
        Assert.Equal(FlushOutcome.LinkLost, result.Peers.Single(peer => peer.Peer == "n2").Outcome);
        Assert.Equal(FlushOutcome.Taken, result.Peers.Single(peer => peer.Peer == "n3").Outcome);
    }

    [Fact]
    public void Max_peers_bounds_dialled_links_as_well()
    {
        // The oracle counts the links at every one that comes up.
        var world = Run(new SimulationOptions
        {
            Topology = Topology.Complete(4),
            NodeSettings = new Dictionary<int, FloodSettings> { [0] = new FloodSettings { MaxPeers = 1 } },
            Appends = [new SimulatedAppend(2 * Second, 0, 100, 1)],
            Uses = [new ConnectUse(Second, 4 * Second, Node: 0)],
        });
        Assert.Equal(1, world.Nodes[0]!.Node.Links.Count(link => link.IsUp));
    }

    [Fact]
    public void Whoever_stops_waiting_is_forgotten()
    {
        var world = Run(new SimulationOptions
        {
            Topology = Topology.Line(2),
            Faults = [new CutFault(TimeSpan.Zero, 20 * Second, 0, 1, BothWays: true)],
            Appends = [new SimulatedAppend(2 * Second, 0, 100, 1)],
            Uses =
            [
                .. Enumerable.Range(0, 100)
                    .Select(i => new AwaitPeersUse(Second, (i + 1) * Second / 10, Node: 0, Count: 1)),
                .. Enumerable.Range(0, 100).Select(i => new ConnectUse(Second, (i + 1) * Second / 10, Node: 0)),
            ],
        });
        Assert.Equal(200, world.Users.Answers.Count);
        Assert.All(world.Users.Answers, answer => Assert.Null(answer.Outcome));
        Assert.Equal(0, world.Nodes[0]!.Node.WaitingRows);
    }

    [Fact]
    public void A_node_that_left_is_seen_to_have_left_and_nothing_is_lost_with_it()
    {
        var ends = new List<LinkEnd>();
        var world = Run(
            new SimulationOptions
            {
                Topology = Topology.Star(5),
                Faults = [new LeaveFault(3 * Second, Second, Node: 0, Restarts: false)],
                Appends = [.. Enumerable.Range(0, 50).Select(i => new SimulatedAppend(3 * Second, 0, 1000, i))],
            },
            (node, e) =>
            {
                if (e is PeerDisconnected { Peer: "n0" } gone) ends.Add(gone.Cause);
            });
        Assert.Equal(Enumerable.Repeat(LinkEnd.Leaving, 4), ends);
        Assert.All(world.Alive, node => Assert.Equal(50, node.Node.State.Counters.Delivered));
    }

    [Fact]
    public void A_quiet_flood_goes_on_for_months()
    {
        // A message every half hour into a log of ten, for a quarter of a year: no id is looked for without end, and
        // all arrive.
        var appends = Enumerable.Range(0, 90 * 48)
            .Select(i => new SimulatedAppend(TimeSpan.FromMinutes(30 * (i + 1)), i % 3, 100, i)).ToList();
        var report = Simulator.Run(new SimulationOptions
        {
            Topology = Topology.Line(3),
            Settings = new FloodSettings { Capacity = 10, PeerTimeout = TimeSpan.FromMinutes(10),
                PingInterval = TimeSpan.FromMinutes(5) },
            TickInterval = TimeSpan.FromMinutes(1),
            Limit = TimeSpan.FromHours(1),
            Appends = appends,
        }).Verify();
        Assert.Equal(3, report.NodesWithAll);
        Assert.True(report.VirtualTime > TimeSpan.FromDays(89));
        Assert.Empty(report.LinkEnds);
    }
}
