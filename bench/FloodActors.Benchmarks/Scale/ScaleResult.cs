using System.Text.Json.Serialization;
using FloodActors.Benchmarks.Common;

namespace FloodActors.Benchmarks.Scale;

/// <summary>A part of a run: what was counted in it, over all processes.</summary>
internal sealed record Window
{
    public const string First = "first";
    public const string Idle = "idle";
    public const string Steady = "steady";

    public required string System { get; init; }

    public int Nodes { get; init; }

    public string Topology { get; init; } = "";

    public int Run { get; init; }

    /// <summary><c>first</c>: the seconds after the start; <c>idle</c> and <c>steady</c>: after warm-up.</summary>
    public required string Phase { get; init; }

    /// <summary>Messages a second, of all nodes together.</summary>
    public double Rate { get; init; }

    public double Seconds { get; init; }

    /// <summary>User and kernel time of all processes.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>CPU from the start of the processes to the beginning of this window.</summary>
    public double CpuSecondsBefore { get; init; }

    /// <summary>Of the threads of all processes: see <see cref="ProcFs.Switches"/>.</summary>
    public double Switches { get; init; }

    /// <summary>Messages that came to nodes other than their own.</summary>
    public long Deliveries { get; init; }

    /// <summary>Of the systems' own connections: see <see cref="TcpTraffic"/>.</summary>
    public double WireBytes { get; init; }

    /// <summary>Through the loopback device, whoever sent them: to hold <see cref="WireBytes"/> against.</summary>
    public double LoopbackBytes { get; init; }

    /// <summary>Methods compiled in the process that compiled most.</summary>
    public long MethodsCompiled { get; init; }

    /// <summary>How long the warm-up before it took; 0 when there was none.</summary>
    public double WarmUpSeconds { get; init; }

    public long Published { get; init; }

    /// <summary>Not accepted by the system from its publisher.</summary>
    public long Refused { get; init; }

    /// <summary>Messages that a node never got.</summary>
    public long Lost { get; init; }

    public long Duplicates { get; init; }

    /// <summary>From just before publishing to the callback, in microseconds.</summary>
    public double P50 { get; init; }

    public double P99 { get; init; }

    public double Max { get; init; }

    /// <summary>What the system itself counted, over all nodes.</summary>
    public Dictionary<string, double> Counters { get; init; } = [];

    /// <summary>Payloads handed to links for each delivery; NaN when the system does not count them.</summary>
    public double TransmissionsPerDelivery => Counters.TryGetValue(nameof(FloodCounters.Forwarded), out var sent)
        ? sent / Deliveries
        : double.NaN;
}

/// <summary>A rate of a system: the medians over its runs, the idle cost of each run taken off.</summary>
internal sealed record ScaleRow
{
    public required string System { get; init; }

    public int Nodes { get; init; }

    public string Topology { get; init; } = "";

    public double Rate { get; init; }

    public int Runs { get; init; }

    /// <summary>Microseconds, above idle.</summary>
    public double CpuPerDelivery { get; init; }

    /// <summary>Times that of pubsub: the median over the runs of the ratio within a run.</summary>
    public double CpuToPubSub { get; init; }

    /// <summary>Switches of threads, above idle.</summary>
    public double SwitchesPerDelivery { get; init; }

    /// <summary>Above idle.</summary>
    public double WirePerDelivery { get; init; }

    public double TransmissionsPerDelivery { get; init; }

    public double P50 { get; init; }

    public double P99 { get; init; }

    /// <summary>The largest of all runs.</summary>
    public double Max { get; init; }

    /// <summary>Over all runs.</summary>
    public long Lost { get; init; }

    public long Duplicates { get; init; }

    /// <summary>CPU seconds a second, of all processes.</summary>
    public double IdleCpu { get; init; }

    /// <summary>Bytes a second likewise.</summary>
    public double IdleWire { get; init; }

    /// <summary>
    /// Compiled in the window or in the idle one, whichever had more, in the process that compiled most. More than a
    /// few dozen: the warm-up was too short, and the CPU is partly the compiler's.
    /// </summary>
    public double MethodsCompiled { get; init; }

    /// <summary>The rows of one number of nodes.</summary>
    public static IEnumerable<ScaleRow> Of(IReadOnlyList<Window> windows)
    {
        var idle = windows.Where(w => w.Phase == Window.Idle).ToDictionary(w => (w.System, w.Run));
        var steady = windows.Where(w => w.Phase == Window.Steady && idle.ContainsKey((w.System, w.Run))).ToList();
        double Cpu(Window w) => PerDelivery(w, idle[(w.System, w.Run)], x => x.CpuSeconds) * 1e6;
        double Wire(Window w) => PerDelivery(w, idle[(w.System, w.Run)], x => x.WireBytes);
        double Switches(Window w) => PerDelivery(w, idle[(w.System, w.Run)], x => x.Switches);
        foreach (var group in steady.GroupBy(w => (w.System, w.Rate)))
        {
            var mine = group.ToList();
            double Median(Func<Window, double> column) => Statistics.Median(mine.Select(column));
            var ratios =
                from w in mine
                join p in steady on (w.Run, w.Rate) equals (p.Run, p.Rate)
                where p.System == Systems.Contestant.PubSub
                select Cpu(w) / Cpu(p);
            yield return new ScaleRow
            {
                System = group.Key.System,
                Nodes = mine[0].Nodes,
                Topology = mine[0].Topology,
                Rate = group.Key.Rate,
                Runs = mine.Count,
                CpuPerDelivery = Median(Cpu),
                CpuToPubSub = Statistics.Median(ratios),
                SwitchesPerDelivery = Median(Switches),
                WirePerDelivery = Median(Wire),
                TransmissionsPerDelivery = Median(w => w.TransmissionsPerDelivery),
                P50 = Median(w => w.P50),
                P99 = Median(w => w.P99),
                Max = mine.Max(w => w.Max),
                Lost = mine.Sum(w => w.Lost),
                Duplicates = mine.Sum(w => w.Duplicates),
                MethodsCompiled = Median(w => Math.Max(w.MethodsCompiled, idle[(w.System, w.Run)].MethodsCompiled)),
                IdleCpu = Median(w => PerSecond(idle[(w.System, w.Run)], x => x.CpuSeconds)),
                IdleWire = Median(w => PerSecond(idle[(w.System, w.Run)], x => x.WireBytes)),
            };
        }
    }

    /// <summary>What a delivery costs above what the idle system costs in the same time.</summary>
    public static double PerDelivery(Window window, Window idle, Func<Window, double> cost) =>
        (cost(window) - (PerSecond(idle, cost) * window.Seconds))
        / (window.Deliveries - (PerSecond(idle, w => w.Deliveries) * window.Seconds));

    private static double PerSecond(Window window, Func<Window, double> cost) => cost(window) / window.Seconds;
}

/// <summary>All that <c>scale</c> measured.</summary>
/// <param name="Command">As it can be typed again.</param>
/// <param name="Build">Version and commit of the flood.</param>
/// <param name="Machine">What it ran on.</param>
/// <param name="Settings">Akka's: quiet or default.</param>
/// <param name="Size">Bytes of a message.</param>
/// <param name="Scale">The rows.</param>
/// <param name="Windows">What they were made from.</param>
/// <param name="Failures">Runs that did not get through.</param>
internal sealed record ScaleResult(
    string Command, string Build, Machine Machine, string Settings, int Size, IReadOnlyList<ScaleRow> Scale,
    IReadOnlyList<Window> Windows, IReadOnlyList<string> Failures)
{
    [JsonIgnore]
    public bool Failed => Failures.Count > 0;
}
