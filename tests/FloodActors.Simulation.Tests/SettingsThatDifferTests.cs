using FloodActors.Links;

namespace FloodActors.Simulation.Tests;

/// <summary>Any two nodes can be linked, whatever they are told; and what cannot pass is said.</summary>
public sealed class SettingsThatDifferTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly FloodSettings Usual = new();

    public static TheoryData<string, FloodSettings> Others => new()
    {
        { "window and frame", Usual with { Window = 8192, MaxFrame = 4096 } },
        { "short timeout",
            Usual with { PeerTimeout = Second, PingInterval = TimeSpan.FromMilliseconds(100),
                ResendTimeout = TimeSpan.FromMilliseconds(100) } },
        { "long timeout",
            Usual with { PeerTimeout = TimeSpan.FromMinutes(5), PingInterval = TimeSpan.FromMinutes(2) } },
        { "everything",
            Usual with { Window = 2048, MaxFrame = 1024, PeerTimeout = Second, PingInterval = Second / 2,
                Capacity = 500, AppendQueue = 500 } },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void Nodes_with_other_settings_are_linked_for_good_and_deliver(string what, FloodSettings other)
    {
        Assert.NotEmpty(what);
        var report = Simulator.Run(new SimulationOptions
        {
            Topology = Topology.Line(3),
            Settings = Usual,
            NodeSettings = new Dictionary<int, FloodSettings> { [1] = other },
        }.WithAppends(60, 20_000, 2 * Second, Second / 4)).Verify();
        Assert.Equal(3, report.NodesWithAll);
        Assert.Empty(report.LinkEnds);
    }

    [Fact]
    public void A_transport_that_takes_smaller_frames_than_flood_max_frame_is_heeded_on_either_side()
    {
        foreach (var node in new[] { 0, 1 })
        {
            var report = Simulator.Run(new SimulationOptions
            {
                Topology = Topology.Line(2),
                TransportFrames = new Dictionary<int, int> { [node] = 3000 },
            }.WithAppends(20, 50_000, 2 * Second, Second / 10)).Verify();
            Assert.Equal(2, report.NodesWithAll);
            Assert.Empty(report.LinkEnds);
        }
    }

    [Fact]
    public void A_frame_that_cannot_pass_ends_the_link_with_a_reason_that_names_the_key_and_small_ones_still_pass()
    {
        var world = new SimWorld(new SimulationOptions
        {
            Topology = Topology.Line(2),
            Network = new NetworkConditions { LargestFrame = 5000 },
            Appends = [new SimulatedAppend(2 * Second, 0, 100, 1), new SimulatedAppend(3 * Second, 0, 20_000, 2),
                new SimulatedAppend(60 * Second, 0, 100, 3)],
        });
        var reasons = new List<string>();
        world.Oracle.Watch = (node, e) =>
        {
            if (e is PeerDisconnected { Cause: LinkEnd.FrameLost } lost) reasons.Add(lost.Reason);
        };
        // From the last append on everything passes, and everything arrives.
        Assert.Equal(2, world.Run().Verify().NodesWithAll);
        Assert.NotEmpty(reasons);
        Assert.All(reasons, reason => Assert.Contains("flood.max-frame", reason));
    }
}
