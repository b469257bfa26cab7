using FloodActors.Links;

namespace FloodActors.Simulation.Tests;

/// <summary>A link that takes long for a window is slow, not broken.</summary>
public sealed class SlowLinkTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>The default window takes 26 s at 20 kB/s, five times peer-timeout.</summary>
    [Theory]
    [InlineData(20_000, 512 << 10)]
    [InlineData(20_000, 4 << 20)]
    [InlineData(50_000, 512 << 10)]
    [InlineData(200_000, 512 << 10)]
    public void A_window_that_takes_longer_than_peer_timeout_ends_no_link_and_is_hardly_sent_twice(
        long bytesPerSecond, int window)
    {
        var report = Simulator.Run(new SimulationOptions
        {
            Topology = Topology.Line(3),
            Settings = new FloodSettings { Capacity = 500, Window = window },
            Network = new NetworkConditions { BytesPerSecond = bytesPerSecond },
            Appends = [.. Enumerable.Range(0, 200).Select(i => new SimulatedAppend(2 * Second, 0, 10_000, i))],
            Limit = TimeSpan.FromMinutes(10),
        }).Verify();
        Assert.Equal(3, report.NodesWithAll);
        Assert.Empty(report.LinkEnds);
        // 2 MB in frames of 60,000 bytes, over two links: 68 frames in all.
        Assert.InRange(report.FramesResent, 0, 100);
    }
}
