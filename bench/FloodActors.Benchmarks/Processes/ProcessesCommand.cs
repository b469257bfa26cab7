using System.Globalization;
using System.Text;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Processes;

/// <summary>What to measure.</summary>
internal sealed record ProcessesOptions
{
    public IReadOnlyList<Contestant> Systems { get; init; } = Contestant.Kinds;

    public IReadOnlyList<int> Nodes { get; init; } = [2, 4, 8];

    public IReadOnlyList<int> Sizes { get; init; } = [100, 1000, 10_000];

    public int Runs { get; init; } = 5;

    public double WarmUpSeconds { get; init; } = 1.5;

    public double Seconds { get; init; } = 3;

    public long Messages { get; init; }

    public string MessageId { get; init; } = "content";

    /// <summary>Print the workers' pids to stderr before measuring, for a profiler.</summary>
    public bool ShowPids { get; init; }
}

/// <summary>
/// The same work for every system: one publisher and n-1 receivers as real processes on loopback, acknowledged with the
/// same limit of outstanding messages. Systems take turns, run by run, so that whatever slows the machine down hits all
/// of them; and ratios are taken within a run.
/// </summary>
internal static class ProcessesCommand
{
    private const int MaxOutstanding = 10_000;
    private const int MaxOutstandingBytes = 16_000_000;

    public static async Task<ProcessesResult> Run(ProcessesOptions options, string command)
    {
        var rows = new List<Row>();
        var measurements = new List<Measurement>();
        foreach (var nodes in options.Nodes)
            foreach (var size in options.Sizes)
            {
                var systems = options.Systems.Where(s => s.IsDistinctWith(nodes)).ToList();
                var taken = new List<Measurement>();
                var failures = systems.ToDictionary(s => s.Name, _ => new List<string>());
                for (var run = 1; run <= options.Runs; run++)
                    foreach (var system in systems)
                    {
                        try
                        {
                            var m = await RunOnce(options, system, nodes, size, run);
                            taken.Add(m);
                            Report.Progress(string.Create(CultureInfo.InvariantCulture,
                                $"{nodes} processes, {size} B, run {run}/{options.Runs}, {system.Name}: "
                                + $"{m.DeliveriesPerSecond:N0} deliveries/s, {m.CpuSecondsPerMillion:N2} CPU s per "
                                + $"million"));
                        }
                        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
                        {
                            failures[system.Name].Add($"run {run}: {e.Message}");
                            Report.Progress(
                                $"{nodes} processes, {size} B, run {run}/{options.Runs}, {system.Name}: FAILED: "
                                + $"{e.Message}");
                        }
                    }
                measurements.AddRange(taken);
                rows.AddRange(systems.Select(s => Row.Of(s.Name, nodes, size, taken, failures[s.Name])));
            }
        return new ProcessesResult(command, Machine.This(), rows, measurements);
    }

    public static int OutstandingFor(int size) => Math.Max(16, Math.Min(MaxOutstanding, MaxOutstandingBytes / size));

    public static string Format(ProcessesResult result)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{result.Machine}")
            .AppendLine(CultureInfo.InvariantCulture, $"`{result.Command}`").AppendLine();
        foreach (var group in result.Rows.GroupBy(row => (row.Nodes, row.Size)))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"**{group.Key.Nodes} processes, {group.Key.Size} B**")
                .AppendLine();
            var others = group.Select(row => row.System).ToList();
            var table = new Table(
                [
                    "system", "deliveries/s", "slowest..fastest", "MB/s", "CPU s/million", "wire B/delivery",
                    "peak MiB", .. others.Select(o => "x " + o),
                ]);
            foreach (var row in group)
            {
                table.Add(
                [
                    row.System, Table.Number(row.DeliveriesPerSecond),
                    $"{Table.Number(row.Slowest)}..{Table.Number(row.Fastest)}", Table.Number(row.MegabytesPerSecond),
                    Table.Number(row.CpuSecondsPerMillion), Table.Number(row.WireBytesPerDelivery),
                    Table.Number(row.PeakMiB),
                    .. others.Select(o =>
                        o == row.System ? "" : Table.Number(row.Ratios.GetValueOrDefault(o, double.NaN))),
                ]);
            }
            text.Append(table).AppendLine();
            foreach (var row in group)
                foreach (var failure in row.Failures)
                    text.AppendLine(CultureInfo.InvariantCulture, $"FAILED {row.System}, {failure}");
        }
        return text.ToString();
    }

    private static async Task<Measurement> RunOnce(
        ProcessesOptions options, Contestant system, int nodes, int size, int run)
    {
        var outstanding = OutstandingFor(size);
        await using var fleet = new Fleet();
        var warm = await fleet.Start(new Setup
        {
            Contestant = system,
            Nodes = nodes,
            Size = size,
            Outstanding = outstanding,
            ReportEvery = Math.Max(1, outstanding / 16),
            MessageId = options.MessageId,
            WarmUpSeconds = options.WarmUpSeconds,
            Seconds = options.Seconds,
            Messages = options.Messages,
        });
        if (options.ShowPids)
            Report.Progress($"pids, publisher first: {string.Join(' ', fleet.Processes.Select(p => p.Id))}");
        var cpu = fleet.Processes.Select(ProcFs.CpuSeconds).ToArray();
        var wire = ProcFs.LoopbackBytes();
        var measured = await fleet.Measure();
        var cpuAfter = fleet.Processes.Select(ProcFs.CpuSeconds).ToArray();
        var wireAfter = ProcFs.LoopbackBytes();
        await fleet.Reports(warm + measured.Messages);
        return new Measurement
        {
            System = system.Name,
            Nodes = nodes,
            Size = size,
            Run = run,
            Messages = measured.Messages,
            Seconds = measured.Seconds,
            CpuSeconds = cpuAfter.Sum() - cpu.Sum(),
            PublisherCpuSeconds = cpuAfter[0] - cpu[0],
            WireBytes = wireAfter - wire,
            PeakMiB = fleet.Processes.Max(ProcFs.PeakMiB),
        };
    }
}
