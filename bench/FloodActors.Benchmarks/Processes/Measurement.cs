using System.Text.Json.Serialization;
using FloodActors.Benchmarks.Common;

namespace FloodActors.Benchmarks.Processes;

/// <summary>One run of one system: what was counted, and what follows from it.</summary>
internal sealed record Measurement
{
    public required string System { get; init; }

    public int Nodes { get; init; }

    public int Size { get; init; }

    public int Run { get; init; }

    public long Messages { get; init; }

    public double Seconds { get; init; }

    /// <summary>Of all processes in the measured phase, user and kernel.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Of the publisher alone.</summary>
    public double PublisherCpuSeconds { get; init; }

    /// <summary>
    /// Through the loopback device in the measured phase, headers and acknowledgements included; whatever else used it
    /// then, too.
    /// </summary>
    public double WireBytes { get; init; }

    /// <summary>Of the largest process.</summary>
    public double PeakMiB { get; init; }

    public long Deliveries => Messages * (Nodes - 1);

    public double DeliveriesPerSecond => Deliveries / Seconds;

    public double MegabytesPerSecond => DeliveriesPerSecond * Size / 1e6;

    public double CpuSecondsPerMillion => CpuSeconds / Deliveries * 1e6;

    public double WireBytesPerDelivery => WireBytes / Deliveries;
}

/// <summary>A row: the medians of a system's runs.</summary>
internal sealed record Row
{
    public required string System { get; init; }

    public int Nodes { get; init; }

    public int Size { get; init; }

    public int Runs { get; init; }

    public double DeliveriesPerSecond { get; init; }

    /// <summary>The slowest and the fastest run: how far the median can be trusted.</summary>
    public double Slowest { get; init; }

    public double Fastest { get; init; }

    public double MegabytesPerSecond { get; init; }

    public double CpuSecondsPerMillion { get; init; }

    public double WireBytesPerDelivery { get; init; }

    public double PeakMiB { get; init; }

    /// <summary>
    /// How many times as many deliveries/s as each other system: the median over the runs of the ratio within a run.
    /// </summary>
    public Dictionary<string, double> Ratios { get; init; } = [];

    /// <summary>Runs in which a message was lost, repeated or out of order, or that did not get through.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];

    public static Row Of(
        string system, int nodes, int size, IReadOnlyList<Measurement> all, IReadOnlyList<string> failures)
    {
        var mine = all.Where(m => m.System == system).ToList();
        double Median(Func<Measurement, double> column) => Statistics.Median(mine.Select(column));
        return new Row
        {
            System = system,
            Nodes = nodes,
            Size = size,
            Runs = mine.Count,
            DeliveriesPerSecond = Median(m => m.DeliveriesPerSecond),
            Slowest = mine.Select(m => m.DeliveriesPerSecond).DefaultIfEmpty(double.NaN).Min(),
            Fastest = mine.Select(m => m.DeliveriesPerSecond).DefaultIfEmpty(double.NaN).Max(),
            MegabytesPerSecond = Median(m => m.MegabytesPerSecond),
            CpuSecondsPerMillion = Median(m => m.CpuSecondsPerMillion),
            WireBytesPerDelivery = Median(m => m.WireBytesPerDelivery),
            PeakMiB = Median(m => m.PeakMiB),
            Failures = failures,
            Ratios = all.Select(m => m.System).Distinct().ToDictionary(
                other => other,
                other => Statistics.Median(from m in mine
                                           join o in all on m.Run equals o.Run
                                           where o.System == other
                                           select m.DeliveriesPerSecond / o.DeliveriesPerSecond)),
        };
    }
}

/// <summary>All that <c>processes</c> measured: what <c>plot</c> and the docs are made from.</summary>
internal sealed record ProcessesResult(
    string Command, Machine Machine, IReadOnlyList<Row> Rows, IReadOnlyList<Measurement> Measurements)
{
    [JsonIgnore]
    public bool Failed => Rows.Any(row => row.Failures.Count > 0);
}
