using FloodActors.Benchmarks.Common;
using FloodActors.Simulation;

namespace FloodActors.Benchmarks.Scale;

/// <summary>What routes cost and how long a repair takes, next to the plain flood in virtual time.</summary>
internal static class RoutesCommand
{
    private static readonly int[] Redundancies = [0, 1];

    public static RoutesResult Run(RoutesOptions options, string command)
    {
        var (rows, repairs) = (new List<RoutesRow>(), new List<RepairRow>());
        foreach (var nodes in options.Nodes)
        {
            foreach (var topology in options.Topologies.Where(topology => RoutesOptions.Has(topology, nodes)))
            {
                var graph = RoutesOptions.Graph(topology, nodes);
                foreach (var rate in options.Rates) rows.AddRange(Compare(options, topology, graph, rate));
                foreach (var fault in options.Faults) repairs.AddRange(Fail(options, topology, graph, fault));
            }
        }
        return new RoutesResult(command, ScaleCommand.Build(), options, rows, repairs);
    }

    private static IEnumerable<RoutesRow> Compare(RoutesOptions options, string name, Topology graph, int rate)
    {
        var simulation = options.Simulation(graph, rate, leastSeconds: 2, seed: 1);
        var senders = simulation.Appends.Select(append => append.Node).Distinct().Count();
        Report.Progress($"{name}, {graph.Nodes} nodes, {rate}/s: {simulation.Appends.Count} messages");
        var flood = Simulator.Run(simulation.AsPlainFlood());
        foreach (var redundancy in Redundancies)
        {
            var report = Simulator.Run(With(simulation, redundancy));
            var (whole, half, plain) = (report.Whole!, report.SecondHalf!, flood.SecondHalf!);
            yield return new RoutesRow(
                name, graph.Nodes, graph.Links.Count, senders, rate, redundancy, flood.Whole!.PayloadsPerDelivery,
                (double)(whole.Payloads - half.Payloads) / (whole.Deliveries - half.Deliveries),
                half.PayloadsPerDelivery, half.MeanExtraHops - plain.MeanExtraHops,
                plain.MedianDelay.TotalMilliseconds, half.MedianDelay.TotalMilliseconds,
                plain.Delay99.TotalMilliseconds, half.Delay99.TotalMilliseconds,
                (report.Broken ?? flood.Broken)?.ToString());
        }
    }

    private static IEnumerable<RepairRow> Fail(RoutesOptions options, string name, Topology graph, string fault)
    {
        Report.Progress($"{name}, {graph.Nodes} nodes, {fault}");
        var waits = Redundancies.ToDictionary(redundancy => redundancy, _ => new List<SimulationReport>());
        for (var seed = 1UL; seed <= (ulong)options.Seeds; seed++)
        {
            var sound = options.Simulation(graph, options.FaultRate, 4 * options.FaultSeconds, seed);
            var simulation = sound with { Faults = [Fault(options, sound, fault)], NotesTimes = true };
            var flood = Simulator.Run(simulation.AsPlainFlood());
            foreach (var redundancy in Redundancies)
            {
                var report = Simulator.Run(With(simulation, redundancy)).Beside(flood, simulation);
                waits[redundancy].Add(report.Broken is null ? report with { Broken = flood.Broken } : report);
            }
        }
        foreach (var (redundancy, reports) in waits)
        {
            var others = reports.Select(report => report.RepairTime!.Value.TotalMilliseconds).Order().ToList();
            yield return new RepairRow(
                name, graph.Nodes, fault, options.FaultRate, redundancy, reports.Count, others[others.Count / 2],
                others[^1], reports.Max(report => report.RepairTimeAtFault!.Value.TotalMilliseconds),
                reports.Find(report => report.Broken is not null)?.Broken!.ToString());
        }
    }

    /// <summary>In the middle of the messages, at a random node.</summary>
    private static SimulatedFault Fault(RoutesOptions options, SimulationOptions simulation, string fault)
    {
        var random = new Random((int)simulation.Seed * 7919);
        var at = simulation.Appends[simulation.Appends.Count / 2].At + TimeSpan.FromSeconds(random.NextDouble() / 4);
        var time = TimeSpan.FromSeconds(options.FaultSeconds);
        var node = random.Next(simulation.Topology.Nodes);
        var neighbours = simulation.Topology.NeighboursOf(node);
        return fault switch
        {
            "kill" => new CrashFault(at, time, node, Restarts: false),
            "freeze" => new FreezeFault(at, time, node),
            "blackhole" => new BlackholeFault(at, time, node),
            "slow-link" => new SlowLinkFault(
                at, time, node, neighbours[random.Next(neighbours.Length)], TimeSpan.FromMilliseconds(500)),
            _ => throw new ArgumentException($"There is no fault '{fault}'.", nameof(fault)),
        };
    }

    private static SimulationOptions With(SimulationOptions simulation, int redundancy) =>
        simulation with { Settings = simulation.Settings with { Redundancy = redundancy } };
}
