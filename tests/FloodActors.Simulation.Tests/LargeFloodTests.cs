using System.Globalization;
using FloodActors.Simulation;
using Xunit.Abstractions;

namespace FloodActors.Simulation.Tests;

public sealed class LargeFloodTests(ITestOutputHelper output)
{
    private static SimulationOptions One(Topology topology, int node) => new()
    {
        Topology = topology,
        Network = new NetworkConditions { Latency = TimeSpan.FromMilliseconds(10) },
        Appends = [new SimulatedAppend(TimeSpan.FromSeconds(2), node, 100, 1)],
    };

    [Fact]
    public void On_1000_random_connected_graphs_a_message_is_sent_exactly_2E_minus_N_plus_1_times()
    {
        for (ulong seed = 1; seed <= 1000; seed++)
        {
            var random = new SeededRandom(seed);
            var nodes = random.Next(40) + 2;
            var topology = Topology.RandomConnected(nodes, random.Next(nodes * 2), seed);
            var options = One(topology, random.Next(nodes)) with { Seed = seed,
                Network = new NetworkConditions { Jitter = TimeSpan.FromMilliseconds(random.Next(3)) } };
            Assert.Equal((seed, topology.TransmissionsPerMessage),
                (seed, Simulator.RunDirect(options).Verify().Transmissions));
            // The same through the real link protocol.
            if (seed % 10 == 0)
                Assert.Equal((seed, topology.TransmissionsPerMessage),
                    (seed, Simulator.Run(options).Verify().Transmissions));
        }
    }

    [Fact]
    public void With_full_windows_a_message_is_sent_less_often_because_neighbours_are_heard_from_meanwhile()
    {
        var topology = Topology.RandomRegular(20, 6, 1);
        var options = new SimulationOptions
        {
            Topology = topology,
            Network = new NetworkConditions { Latency = TimeSpan.FromMilliseconds(20), BytesPerSecond = 200_000 },
            Settings = new FloodSettings { Capacity = 5000, Window = 4096, MaxFrame = 2048 },
        }.WithAppends(1000, 200, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(1));
        var report = Simulator.Run(options).Verify();
        output.WriteLine($"{report.Transmissions} of at most {1000 * topology.TransmissionsPerMessage}");
        Assert.InRange(report.Transmissions, 1000 * 19, (1000 * topology.TransmissionsPerMessage) - 1);
        Assert.Equal(20, report.NodesWithAll);
    }

    [Fact]
    public void A_flood_of_10000_nodes_takes_the_origins_eccentricity_and_k_minus_2_duplicates_for_each_delivery()
    {
        var topology = Topology.RandomRegular(10_000, 5, seed: 1);
        var report = Simulator.RunDirect(One(topology, 17)).Verify();
        output.WriteLine(report.ToString());
        Assert.Equal(10_000, report.NodesWithAll);
        Assert.Equal(topology.Eccentricity(17), report.Hops);
        Assert.InRange(report.Hops, 7, 9);
        Assert.Equal(10 * report.Hops, report.TimeToLast.TotalMilliseconds);
        Assert.InRange(report.DuplicatesPerDelivery, 3 * 0.999, 3 * 1.001);
    }

    [Fact]
    public void A_flood_of_100000_nodes_completes()
    {
        var report = Simulator.RunDirect(One(Topology.RandomRegular(100_000, 5, seed: 1), 0)).Verify();
        output.WriteLine(report.ToString());
        Assert.Equal(100_000, report.NodesWithAll);
    }

    [Fact]
    public void After_a_mass_failure_a_flood_reaches_the_giant_component_that_theory_gives()
    {
        int[] degrees = [4, 5, 6, 8];
        var graphs = degrees.Select(degree => Topology.RandomRegular(10_000, degree, seed: 1)).ToArray();
        output.WriteLine("| failed | " + string.Join(" | ", degrees.Select(k => $"k={k} reached | theory")) + " |");
        for (var percent = 10; percent <= 90; percent += 10)
        {
            var row = graphs.Select(graph => MassFailure.Run(graph, percent / 100.0, seed: (ulong)percent)).ToArray();
            output.WriteLine($"| {percent}% | "
                + string.Join(" | ", row
                    .Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Reached:0.000} | {r.Theory:0.000}")))
                        + " |");
            foreach (var (result, degree) in row.Zip(degrees))
            {
                // Near the threshold a graph of this size is no infinite one.
                var threshold = 1 - (1.0 / (degree - 1));
                if (Math.Abs(result.Failed - threshold) > 0.07)
                    Assert.InRange(result.Reached, result.Theory - 0.02, result.Theory + 0.02);
            }
        }
    }
}
