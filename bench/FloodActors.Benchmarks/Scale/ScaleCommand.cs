using System.Globalization;
using System.Reflection;
using System.Text;
using FloodActors.Benchmarks.Common;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Scale;

/// <summary>What to measure.</summary>
internal sealed record ScaleOptions
{
    public IReadOnlyList<string> Systems { get; init; } = ["flood", "flood-all", Contestant.PubSub, Contestant.Nats];

    public IReadOnlyList<int> Nodes { get; init; } = [12, 8, 4];

    /// <summary>Of all nodes together, messages a second.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [60, 240];

    /// <summary>Messages a second in what counts as idle.</summary>
    public double IdleRate { get; init; }

    /// <summary>Links of each node where the topology is <c>auto</c> and not complete.</summary>
    public int Degree { get; init; } = 6;

    /// <summary><c>auto</c>: complete up to 8 nodes, as in a cluster, and random above.</summary>
    public string Topology { get; init; } = "auto";

    public int Size { get; init; } = 200;

    public int Runs { get; init; } = 1;

    public double Seconds { get; init; } = 10;

    /// <summary>The window right after the start; 0 leaves it out.</summary>
    public double FirstSeconds { get; init; } = 20;

    /// <summary>The most that the warm-up takes; 0 leaves it out.</summary>
    public double WarmUpSeconds { get; init; } = 120;

    /// <summary>Akka's settings: the quiet ones that hosts are told to use, or its defaults.</summary>
    public bool Quiet { get; init; } = true;

    /// <summary>More settings of every node; they have the last word.</summary>
    public string Hocon { get; init; } = "";

    public string TopologyFor(int nodes) => Topology switch
    {
        "auto" => nodes <= 8 || Degree >= nodes - 1 ? "complete" : $"random:{Degree}",
        var topology => topology,
    };
}

/// <summary>
/// Everyday rates: every node publishes its share of the messages, every node receives all others. What a delivery
/// costs in CPU and on the wire above the idle system, and how long it takes. Systems take turns, run by run.
/// </summary>
internal static class ScaleCommand
{
    public static async Task<ScaleResult> Run(ScaleOptions options, string command)
    {
        var failures = new List<string>();
        var windows = new List<Window>();
        var rows = new List<ScaleRow>();
        var systems = options.Systems.ToList();
        foreach (var system in options.Systems)
        {
            if (ScaleSystems.Missing(system) is not { } reason) continue;
            Report.Progress($"{system} is left out: {reason}");
            systems.Remove(system);
        }
        foreach (var nodes in options.Nodes)
        {
            var taken = new List<Window>();
            for (var run = 1; run <= options.Runs; run++)
                foreach (var system in systems)
                {
                    try
                    {
                        await RunOnce(options, system, nodes, run, taken);
                    }
                    catch (Exception e) when (e is InvalidOperationException or TimeoutException)
                    {
                        failures.Add($"{system}, {nodes} processes, run {run}: {e.Message}");
                        Report.Progress($"FAILED: {failures[^1]}");
                    }
                }
            windows.AddRange(taken);
            rows.AddRange(ScaleRow.Of(taken));
        }
        return new ScaleResult(
            command, Build(), Machine.This(), options.Quiet ? "quiet" : "default", options.Size, rows, windows,
            failures);
    }

    /// <summary>Version and commit of the flood that was measured.</summary>
    public static string Build() =>
        typeof(Flood).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "?";

    private static async Task RunOnce(ScaleOptions options, string system, int nodes, int run, List<Window> taken)
    {
        var topology = options.TopologyFor(nodes);
        await using var fleet = new ScaleFleet(options.Quiet ? ScaleSystems.Quiet : new Dictionary<string, string>());
        await fleet.Start(new Setup
        {
            Contestant = ScaleSystems.Of(system, topology),
            Nodes = nodes,
            Size = options.Size,
            Hocon = ScaleSystems.Hocon(system, options.Quiet) + '\n' + options.Hocon,
        });
        var window = new Window
        {
            System = system, Nodes = nodes, Topology = topology, Run = run,
            Phase = Window.First, Rate = options.Rates[0],
        };
        if (options.FirstSeconds > 0) Add(await fleet.Measure(window, options.FirstSeconds, settle: false));
        if (options.WarmUpSeconds > 0)
        {
            var warm = await fleet.WarmUp(options.Rates.Max(), TimeSpan.FromSeconds(options.WarmUpSeconds));
            window = window with { WarmUpSeconds = warm };
        }
        foreach (var rate in options.Rates)
        {
            window = window with { Phase = Window.Steady, Rate = rate };
            Add(await fleet.Measure(window, options.Seconds, settle: true));
        }
        // Last: what is compiled in it would be taken off the others.
        window = window with { Phase = Window.Idle, Rate = options.IdleRate };
        Add(await fleet.Measure(window, options.Seconds, settle: true));

        void Add(Window done)
        {
            taken.Add(done);
            Report.Progress(string.Create(
                CultureInfo.InvariantCulture,
                $"{nodes} processes, run {run}/{options.Runs}, {system}, {done.Phase} {done.Rate}/s: "
                + $"CPU {done.CpuSeconds:N1} s of {done.Seconds:N1}, {done.Deliveries:N0} deliveries, "
                + $"p50 {Table.Number(done.P50 / 1000)} p99 {Table.Number(done.P99 / 1000)} ms, lost {done.Lost}, "
                + $"twice {done.Duplicates}, warm-up {done.WarmUpSeconds:N0} s, {done.MethodsCompiled} methods"));
        }
    }

    public static string Format(ScaleResult result)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{result.Machine}")
            .AppendLine(
                CultureInfo.InvariantCulture,
                $"FloodActors {result.Build}, {result.Size} B, Akka's settings: {result.Settings}")
            .AppendLine(CultureInfo.InvariantCulture, $"`{result.Command}`").AppendLine();
        foreach (var group in result.Scale.GroupBy(row => row.Nodes))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"**{group.Key} processes, {group.First().Topology}**")
                .AppendLine().Append(Steady(group)).AppendLine();
            var first = result.Windows.Where(w => w.Nodes == group.Key && w.Phase == Window.First).ToList();
            if (first.Count > 0)
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"The first {first[0].Seconds:N0} s after the start, {first[0].Rate:N0} messages/s:").AppendLine()
                    .Append(Start(first)).AppendLine();
        }
        foreach (var failure in result.Failures) text.AppendLine(CultureInfo.InvariantCulture, $"FAILED {failure}");
        return text.ToString();
    }

    private static Table Steady(IEnumerable<ScaleRow> rows)
    {
        var table = new Table(
            "system", "messages/s", "CPU us/delivery", "x pubsub", "p50 ms", "p99 ms", "max ms", "wire B/delivery",
            "sent/delivery", "switches/delivery", "lost", "twice", "idle CPU, cores", "idle wire B/s",
            "methods compiled");
        foreach (var row in rows.OrderBy(row => row.Rate))
            table.Add(
                row.System, Table.Number(row.Rate), Table.Number(row.CpuPerDelivery), Table.Number(row.CpuToPubSub),
                Table.Number(row.P50 / 1000), Table.Number(row.P99 / 1000), Table.Number(row.Max / 1000),
                Table.Number(row.WirePerDelivery), Table.Number(row.TransmissionsPerDelivery),
                Table.Number(row.SwitchesPerDelivery), $"{row.Lost}", $"{row.Duplicates}",
                row.IdleCpu.ToString("F3", CultureInfo.InvariantCulture),
                Table.Number(row.IdleWire), Table.Number(row.MethodsCompiled));
        return table;
    }

    private static Table Start(List<Window> windows)
    {
        var table = new Table(
            "system", "CPU s until joined", "CPU s in the window", "p50 ms", "p99 ms", "max ms", "lost",
            "methods compiled");
        foreach (var group in windows.GroupBy(w => w.System))
        {
            string Median(Func<Window, double> column) => Table.Number(Statistics.Median(group.Select(column)));
            table.Add(
                group.Key, Median(w => w.CpuSecondsBefore), Median(w => w.CpuSeconds), Median(w => w.P50 / 1000),
                Median(w => w.P99 / 1000), Median(w => w.Max / 1000), $"{group.Sum(w => w.Lost)}",
                Median(w => w.MethodsCompiled));
        }
        return table;
    }
}
