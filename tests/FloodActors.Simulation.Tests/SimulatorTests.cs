using FloodActors.Simulation;

namespace FloodActors.Simulation.Tests;

public sealed class SimulatorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static SimulationOptions Quiet(Topology topology, ulong seed = 1) =>
        new SimulationOptions { Topology = topology, Seed = seed }
        .WithAppends(20, 100, 2 * Second, Second);

    [Fact]
    public void A_flood_sends_each_message_2E_minus_N_plus_1_times_if_every_copy_is_wanted()
    {
        var topology = Topology.RandomRegular(20, 4, 7);
        var quiet = Quiet(topology);
        var plain = quiet with { Settings = quiet.Settings with { Redundancy = FloodSettings.EveryRoute } };
        var report = Simulator.Run(plain).Verify();
        Assert.Equal(20 * topology.TransmissionsPerMessage, report.Transmissions);
        Assert.Equal(20 * 19, report.Deliveries);
        Assert.Equal(20, report.NodesWithAll);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run_and_another_seed_another()
    {
        var options = RandomSchedule.Create(42);
        var first = Simulator.Run(options);
        Assert.Equal(first.TraceHash, Simulator.Run(RandomSchedule.Create(42)).TraceHash);
        Assert.NotEqual(first.TraceHash, Simulator.Run(options with { Seed = 43 }).TraceHash);
    }
}
