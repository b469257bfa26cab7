using System.Globalization;
using System.Text;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Processes;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Latency;

/// <summary>What to measure.</summary>
internal sealed record LatencyOptions
{
    public int Hops { get; init; } = 5;

    public int Size { get; init; } = 100;

    public int Runs { get; init; } = 5;

    public double WarmUpSeconds { get; init; } = 1.5;

    /// <summary>Messages in a run, one at a time.</summary>
    public long Messages { get; init; } = 5000;

    /// <summary>Of the open loop, messages a second.</summary>
    public double Rate { get; init; } = 1000;

    /// <summary>Length of a run of the open loop.</summary>
    public double Seconds { get; init; } = 5;

    public string MessageId { get; init; } = "content";
}

/// <summary>
/// How long messages took to a node so many hops away, in microseconds: medians over the runs; <paramref name="Max"/>
/// is the largest of all.
/// </summary>
internal sealed record LatencyRow(
    string System, string Load, int Processes, int Hops, int Runs, double P50, double P90, double P99, double Max);

internal sealed record LatencyResult(
    string Command, Machine Machine, IReadOnlyList<LatencyRow> Rows, IReadOnlyList<string> Failures);

/// <summary>
/// From just before publishing to the receiving callback, in other processes. One hop is measured with two processes,
/// more hops on a line; there DistributedPubSub, which has no hops, is relayed by hand: each node publishes again for
/// the next. Systems take turns, run by run.
/// </summary>
internal static class LatencyCommand
{
    private static readonly Contestant[] Contestants =
        [new("flood", Contestant.Flood, "line"), new("pubsub", Contestant.PubSub, "line")];

    public static async Task<LatencyResult> Run(LatencyOptions options, string command)
    {
        var rows = new List<LatencyRow>();
        var failures = new List<string>();
        int[] lengths = options.Hops > 1 ? [2, options.Hops + 1] : [2];
        foreach (var processes in lengths)
            foreach (var rate in new[] { 0, options.Rate })
            {
                var load = rate > 0 ? string.Create(CultureInfo.InvariantCulture, $"{rate:N0}/s") : "one at a time";
                var delays = Contestants.ToDictionary(c => c.Name, _ => new List<double[][]>());
                for (var run = 1; run <= options.Runs; run++)
                    foreach (var contestant in Contestants)
                    {
                        try
                        {
                            var taken = await RunOnce(options, contestant, processes, rate);
                            delays[contestant.Name].Add(taken);
                            Report.Progress(
                                $"{processes} processes, {load}, run {run}/{options.Runs}, {contestant.Name}: "
                                + $"{Describe(taken)}");
                        }
                        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
                        {
                            failures.Add($"{contestant.Name}, {processes} processes, {load}, run {run}: {e.Message}");
                            Report.Progress($"FAILED: {failures[^1]}");
                        }
                    }
                for (var hop = 1; hop < processes; hop++)
                    foreach (var (name, runs) in delays)
                        rows.Add(RowOf(name, load, processes, hop, runs.Select(run => run[hop - 1]).ToList()));
            }
        return new LatencyResult(command, Machine.This(), rows, failures);
    }

    public static string Format(LatencyResult result)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{result.Machine}")
            .AppendLine(CultureInfo.InvariantCulture, $"`{result.Command}`").AppendLine();
        var table = new Table("system", "load", "processes", "hops", "p50 us", "p90 us", "p99 us", "max us");
        foreach (var row in result.Rows)
            table.Add(
                row.System, row.Load, $"{row.Processes}", $"{row.Hops}", Table.Number(row.P50), Table.Number(row.P90),
                Table.Number(row.P99), Table.Number(row.Max));
        text.Append(table);
        foreach (var failure in result.Failures) text.AppendLine(CultureInfo.InvariantCulture, $"FAILED {failure}");
        return text.ToString();
    }

    private static string Describe(double[][] taken) =>
        string.Join("; ", taken.Select(
            (delays, i) => $"{i + 1} hops p50 {Table.Number(Statistics.Percentile(delays, 0.5))} p99 "
                + $"{Table.Number(Statistics.Percentile(delays, 0.99))} us"));

    private static LatencyRow RowOf(string name, string load, int processes, int hops, List<double[]> runs)
    {
        double Median(double share) => Statistics.Median(runs.Select(delays => Statistics.Percentile(delays, share)));
        return new LatencyRow(
            name, load, processes, hops, runs.Count, Median(0.5), Median(0.9), Median(0.99),
            runs.Select(delays => delays[^1]).DefaultIfEmpty(double.NaN).Max());
    }

    private static async Task<double[][]> RunOnce(
        LatencyOptions options, Contestant contestant, int processes, double rate)
    {
        await using var fleet = new Fleet();
        var warm = await fleet.Start(new Setup
        {
            Contestant = contestant,
            Nodes = processes,
            Size = options.Size,
            Outstanding = rate > 0 ? ProcessesCommand.OutstandingFor(options.Size) : 1,
            ReportEvery = rate > 0 ? 100 : 1,
            MessageId = options.MessageId,
            WarmUpSeconds = options.WarmUpSeconds,
            Seconds = options.Seconds,
            Messages = rate > 0 ? 0 : options.Messages,
            Rate = rate,
            Relay = contestant.Kind == Contestant.PubSub && processes > 2,
            Latency = true,
        });
        var measured = await fleet.Measure();
        var reports = await fleet.Reports(warm + measured.Messages);
        return reports.Skip(1).Select(report => report.Delays!).ToArray();
    }
}
