using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace FloodActors.Simulation;

/// <summary>
/// The command line of <c>flood simulate</c>: arguments in, a report out. Exit code 0 when all guarantees held, 1 when
/// not, 2 for bad usage.
/// </summary>
public static class SimulationCommand
{
    /// <summary>Its usage.</summary>
    public const string Usage =
        """
        flood simulate [options]      runs a flood under virtual time, in one thread, from one seed, and checks every
                                      guarantee
          --nodes N                   nodes (100)
          --topology T                line, ring, star, complete, tree[:BRANCHES], grid[:WIDTH], random[:DEGREE],
                                      small-world[:DEGREE], clusters[:BRIDGES] (random:5)
          --messages N                messages, each from a random node (100)
          --size BYTES                of each message (100)
          --interval MS               between two messages (10)
          --latency MS, --jitter MS   of every link (1, 0)
          --loss P, --duplicate P, --reorder P   shares of link messages, 0 to 1 (0)
          --bandwidth BYTES           a second, in each direction of a link (no limit)
          --partition AT:FOR[:SHARE]  from AT for FOR seconds nothing passes between a SHARE of the nodes (0.5) and the
                                      others; repeatable
          --crash AT:FOR:NODE         a node dies at AT and starts again, empty, after FOR seconds; repeatable
          --freeze AT:FOR:NODE        a node stands still; repeatable
          --blackhole AT:FOR:NODE     nothing passes between a node and the others; repeatable
          --slow-link AT:FOR:NODE:NEIGHBOUR:MS  what passes between the two takes so much longer; repeatable
          --redundancy N|all          copies that each node wants beside the first; all is the plain flood (0). With
                                      faults the run is compared with the plain flood
          --capacity N                messages each node keeps (all of them)
          --message-id MODE           content or sequence (content)
          --seed N                    where everything random comes from (1)
          --direct                    leave out the link protocol: for very many nodes, without faults
          --schedules N               instead of all this: N random schedules with all faults, from --seed on; a failing
                                      one is shrunk
          --parallel N                with --schedules: so many of them at a time (1)
          --json                      the report as one JSON object
        """;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Runs it.</summary>
    /// <param name="arguments">The arguments after <c>flood simulate</c>.</param>
    /// <param name="output">Gets the report and nothing else.</param>
    /// <param name="error">Gets progress and error messages.</param>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        try
        {
            var parsed = SimulationArguments.Parse(arguments);
            if (parsed.Help)
            {
                output.WriteLine(Usage);
                return 0;
            }
            return parsed.Schedules > 0 ? RunSchedules(parsed, output, error) : RunOne(parsed, output, error);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or FloodConfigurationException)
        {
            error.WriteLine($"flood simulate: {e.Message.ReplaceLineEndings(" ")}");
            return 2;
        }
    }

    private static int RunOne(SimulationArguments arguments, TextWriter output, TextWriter error)
    {
        var options = arguments.ToOptions();
        var progress = new Progress(error);
        using var memory = arguments.Direct ? QuietMemory.For(options) : null;
        var report = arguments switch
        {
            { Direct: true } => Simulator.RunDirect(options, progress),
            { HasFaults: true } when options.Settings.Redundancy != FloodSettings.EveryRoute =>
                Simulator.RunBesideFlood(options, progress),
            _ => Simulator.Run(options, progress),
        };
        output.WriteLine(arguments.Json
            ? JsonSerializer.Serialize(
                new
                {
                    nodes = options.Topology.Nodes,
                    links = options.Topology.Links.Count,
                    topology = options.Topology.Name,
                    report.Seed,
                    broken = report.Broken?.ToString(),
                    report.Messages,
                    report.Deliveries,
                    report.Transmissions,
                    report.Duplicates,
                    report.DuplicatesPerDelivery,
                    report.Skipped,
                    report.Hops,
                    timeToLastMs = report.TimeToLast.TotalMilliseconds,
                    whole = Figures(report.Whole),
                    secondHalf = Figures(report.SecondHalf),
                    repairMs = report.RepairTime?.TotalMilliseconds,
                    repairAtFaultMs = report.RepairTimeAtFault?.TotalMilliseconds,
                    report.PeakLogMessages,
                    report.PeakLogBytes,
                    report.NodesWithAll,
                    report.FramesLost,
                    report.FramesResent,
                    report.Events,
                    virtualSeconds = report.VirtualTime.TotalSeconds,
                    seconds = report.RealTime.TotalSeconds,
                    cpuSeconds = report.CpuTime.TotalSeconds,
                    trace = report.TraceHash.ToString("x16", CultureInfo.InvariantCulture),
                },
                Json)
            : $"{options.Topology}{Environment.NewLine}{report}");
        return report.Broken is null ? 0 : 1;
    }

    private static object? Figures(DeliveryFigures? figures) => figures is null ? null : new
    {
        figures.Deliveries,
        figures.Payloads,
        figures.PayloadsPerDelivery,
        figures.MeanExtraHops,
        figures.MostExtraHops,
        medianDelayMs = figures.MedianDelay.TotalMilliseconds,
        delay99Ms = figures.Delay99.TotalMilliseconds,
        longestDelayMs = figures.LongestDelay.TotalMilliseconds,
    };

    private static int RunSchedules(SimulationArguments arguments, TextWriter output, TextWriter error)
    {
        var (failures, done) = (0, 0);
        var watch = Stopwatch.StartNew();
        Parallel.For(0, arguments.Schedules, new ParallelOptions { MaxDegreeOfParallelism = arguments.Parallel }, i =>
        {
            var seed = arguments.Seed + (ulong)i;
            var options = RandomSchedule.Create(seed);
            var report = Simulator.Run(options);
            var count = Interlocked.Increment(ref done);
            if (count % 1000 == 0)
            {
                var line = string.Create(CultureInfo.InvariantCulture,
                    $"{count} schedules, {count / watch.Elapsed.TotalSeconds:0} a second");
                lock (error) error.WriteLine(line);
            }
            if (report.Broken is null) return;
            Interlocked.Increment(ref failures);
            var (smaller, shrunk) = Shrinker.Shrink(options);
            lock (output)
                output.WriteLine(
                    $"seed {seed}: {report.Broken}{Environment.NewLine}  shrunk: {shrunk.Broken}{Environment.NewLine} "
                    + $" {RandomSchedule.Describe(smaller)}");
        });
        output.WriteLine($"{arguments.Schedules} schedules from seed {arguments.Seed}: {failures} broke a guarantee");
        return failures == 0 ? 0 : 1;
    }

    private sealed class Progress(TextWriter error) : IProgress<SimulationProgress>
    {
        public void Report(SimulationProgress value) => error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
                $"{value.VirtualTime.TotalSeconds:0.0} s of virtual time, {value.Events:N0} events, "
                + $"{value.Deliveries:N0} deliveries"));
    }

    /// <summary>
    /// Postpones garbage collections while memory allows: the objects of a flood live to the end, so a collection only
    /// copies them. This is twice as fast for a million nodes.
    /// </summary>
    private sealed class QuietMemory : IDisposable
    {
        private readonly bool _started;

        private QuietMemory(long bytes)
        {
            try
            {
                _started = GC.TryStartNoGCRegion(bytes);
            }
            catch (ArgumentOutOfRangeException)
            {
                _started = false; // more than this runtime can set aside: it collects as usual
            }
        }

        public static QuietMemory? For(SimulationOptions options)
        {
            var ends = options.Topology.Links.Count * 2L;
            var deliveries = options.Topology.Nodes * (long)options.Appends.Count;
            var bytes = (options.Topology.Nodes * 2500L) + (ends * 400) + (deliveries * 1000);
            var available =
                GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - GC.GetTotalMemory(forceFullCollection: false);
            return bytes > 64 << 20 && bytes < available / 2 ? new QuietMemory(bytes) : null;
        }

        public void Dispose()
        {
            if (_started && System.Runtime.GCSettings.LatencyMode == System.Runtime.GCLatencyMode.NoGCRegion)
                GC.EndNoGCRegion();
        }
    }
}
