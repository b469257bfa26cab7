using System.Globalization;
using System.Text;
using FloodActors.Benchmarks.Common;
using FloodActors.Simulation;

namespace FloodActors.Benchmarks.Scale;

/// <summary>What to simulate: the workload of Maelstrom's broadcast.</summary>
internal sealed record BroadcastOptions
{
    public IReadOnlyList<string> Topologies { get; init; } = ["tree:4", "grid:5"];

    public int Nodes { get; init; } = 25;

    /// <summary>Milliseconds one way, of each link.</summary>
    public double Latency { get; init; } = 100;

    /// <summary>
    /// Operations a second; half of them are broadcasts, and half are reads, which no other node hears of.
    /// </summary>
    public double Rate { get; init; } = 100;

    public double Seconds { get; init; } = 20;

    public int Seed { get; init; } = 1;
}

/// <param name="Topology">The graph.</param>
/// <param name="Links">Its links.</param>
/// <param name="Messages">Broadcasts.</param>
/// <param name="PayloadsPerMessage">Times that a broadcast crossed a link.</param>
/// <param name="Slowest">Milliseconds from an append to the last node, of the slowest.</param>
/// <param name="Way">What the longest way from any node that broadcast takes, without any work.</param>
/// <param name="Broken">The guarantee that did not hold, or null.</param>
internal sealed record BroadcastRow(
    string Topology, int Links, long Messages, double PayloadsPerMessage, double Slowest, double Way, string? Broken)
{
    /// <summary>Half of the operations send nothing.</summary>
    public double PayloadsPerOperation => PayloadsPerMessage / 2;
}

internal sealed record BroadcastResult(
    string Command, string Build, BroadcastOptions Options, IReadOnlyList<BroadcastRow> Rows);

/// <summary>Payloads and delay of a broadcast over distant nodes, in the simulator.</summary>
internal static class BroadcastCommand
{
    public static BroadcastResult Run(BroadcastOptions options, string command) => new(
        command, ScaleCommand.Build(), options, [.. options.Topologies.Select(topology => RunOne(options, topology))]);

    public static string Format(BroadcastResult result)
    {
        var text = new StringBuilder().AppendLine(
            CultureInfo.InvariantCulture,
            $"FloodActors {result.Build}; {result.Options.Nodes} nodes, {result.Options.Latency} ms one way, "
            + $"{result.Options.Rate} operations/s")
            .AppendLine(CultureInfo.InvariantCulture, $"`{result.Command}`").AppendLine();
        var table = new Table(
            "topology", "links", "messages", "payloads/message", "payloads/operation", "slowest ms", "graph ms",
            "x graph", "guarantees");
        foreach (var row in result.Rows)
            table.Add(
                row.Topology, $"{row.Links}", $"{row.Messages}", Table.Number(row.PayloadsPerMessage),
                Table.Number(row.PayloadsPerOperation), Table.Number(row.Slowest), Table.Number(row.Way),
                Table.Number(row.Slowest / row.Way), row.Broken ?? "held");
        return text.Append(table).ToString();
    }

    private static BroadcastRow RunOne(BroadcastOptions options, string name)
    {
        var topology = Topology.Parse(name, options.Nodes, (ulong)options.Seed);
        var messages = (int)(options.Rate / 2 * options.Seconds);
        var simulation = new SimulationOptions
        {
            Topology = topology,
            Seed = (ulong)options.Seed,
            Network = new NetworkConditions { Latency = TimeSpan.FromMilliseconds(options.Latency) },
            Settings = new FloodSettings { Capacity = Math.Max(1000, messages) },
        }.WithAppends(messages, 100, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2 / options.Rate));
        var report = Simulator.Run(simulation);
        var way = simulation.Appends.Max(append => topology.Eccentricity(append.Node)) * options.Latency;
        return new BroadcastRow(
            topology.Name, topology.Links.Count, report.Messages, (double)report.Transmissions / report.Messages,
            report.TimeToLast.TotalMilliseconds, way, report.Broken?.ToString());
    }
}
