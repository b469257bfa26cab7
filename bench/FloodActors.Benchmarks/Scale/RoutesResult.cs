using System.Globalization;
using System.Text;
using FloodActors.Benchmarks.Common;

namespace FloodActors.Benchmarks.Scale;

/// <summary>Routes next to the plain flood, with the same messages.</summary>
/// <param name="Topology">The graph.</param>
/// <param name="Nodes">Of it.</param>
/// <param name="Links">Of it.</param>
/// <param name="Senders">Nodes that publish.</param>
/// <param name="Rate">Messages a second, of all of them.</param>
/// <param name="Redundancy">The setting.</param>
/// <param name="FloodPayloads">Payloads a delivery of the plain flood.</param>
/// <param name="StartPayloads">Payloads a delivery of the first half of the messages.</param>
/// <param name="SteadyPayloads">Of the second half. So are the following.</param>
/// <param name="ExtraHops">Links crossed beyond those of the plain flood, on average.</param>
/// <param name="FloodP50">Milliseconds, of the plain flood.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="FloodP99">Milliseconds, of the plain flood.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Broken">The guarantee that did not hold, or null.</param>
internal sealed record RoutesRow(
    string Topology, int Nodes, int Links, int Senders, int Rate, int Redundancy, double FloodPayloads,
    double StartPayloads, double SteadyPayloads, double ExtraHops, double FloodP50, double P50, double FloodP99,
    double P99, string? Broken);

/// <summary>Routes while something fails, next to the plain flood with the same faults.</summary>
/// <param name="Topology">The graph.</param>
/// <param name="Nodes">Of it.</param>
/// <param name="Fault">What fails.</param>
/// <param name="Rate">Messages a second, of all nodes.</param>
/// <param name="Redundancy">The setting.</param>
/// <param name="Runs">How often.</param>
/// <param name="Longest">
/// Milliseconds that a delivery took longer than in the plain flood, at most: the median of the runs.
/// </param>
/// <param name="Worst">The most of all runs.</param>
/// <param name="WorstAtFault">The same of messages from and to the node at fault.</param>
/// <param name="Broken">The guarantee that did not hold, or null.</param>
internal sealed record RepairRow(
    string Topology, int Nodes, string Fault, int Rate, int Redundancy, int Runs, double Longest, double Worst,
    double WorstAtFault, string? Broken);

internal sealed record RoutesResult(
    string Command, string Build, RoutesOptions Options, IReadOnlyList<RoutesRow> Rows,
    IReadOnlyList<RepairRow> Repairs)
{
    public bool Failed => Rows.Any(row => row.Broken is not null) || Repairs.Any(row => row.Broken is not null);

    public string Format()
    {
        var text = new StringBuilder()
            .AppendLine(
                CultureInfo.InvariantCulture,
                $"FloodActors {Build}; links of {Options.Latency} to {2 * Options.Latency} ms, 200 B, virtual time")
            .AppendLine(CultureInfo.InvariantCulture, $"`{Command}`").AppendLine();
        if (Rows.Count > 0) text.Append(Costs()).AppendLine();
        if (Repairs.Count > 0) text.Append(Waits());
        return text.ToString();
    }

    private Table Costs()
    {
        var table = new Table(
            "topology", "nodes", "senders", "messages/s", "redundancy", "flood's payloads", "start", "steady",
            "hops beyond", "p50 (flood)", "p99 (flood)", "p99 x", "guarantees");
        foreach (var row in Rows)
        {
            table.Add(
                row.Topology, $"{row.Nodes}", $"{row.Senders}", $"{row.Rate}", $"{row.Redundancy}",
                Table.Number(row.FloodPayloads), $"{row.StartPayloads:0.000}", $"{row.SteadyPayloads:0.000}",
                $"{row.ExtraHops:0.00}", $"{row.P50:0.0} ({row.FloodP50:0.0})", $"{row.P99:0.0} ({row.FloodP99:0.0})",
                $"{row.P99 / row.FloodP99:0.00}", row.Broken ?? "held");
        }
        return table;
    }

    private Table Waits()
    {
        var table = new Table(
            "topology", "nodes", "messages/s", "fault", "redundancy", "longest extra wait, ms: median", "worst",
            "worst at the node at fault", "guarantees");
        foreach (var row in Repairs)
        {
            table.Add(
                row.Topology, $"{row.Nodes}", $"{row.Rate}", row.Fault, $"{row.Redundancy}", $"{row.Longest:0.0}",
                $"{row.Worst:0.0}", $"{row.WorstAtFault:0.0}", row.Broken ?? "held");
        }
        return table;
    }
}
