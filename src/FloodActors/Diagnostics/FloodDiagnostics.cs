using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FloodActors.Diagnostics;

/// <summary>
/// The library's meter and activity source. Counters are read from the nodes when someone collects; histograms and
/// activities are made only while someone listens. So without a listener nothing is paid.
/// </summary>
/// <remarks>
/// Every measurement has the tags <c>flood.name</c>, the flood's name in its actor system, and <c>flood.node</c>, the
/// node's name. What each means, and what to do about it: <c>docs/operating.md</c>. The counters are those of
/// <see cref="CounterInfo.All"/>.
/// </remarks>
public static class FloodDiagnostics
{
    /// <summary>The name of the <see cref="Meter"/>.</summary>
    public const string MeterName = "FloodActors";

    /// <summary>
    /// The name of the <see cref="ActivitySource"/>: <c>flood append</c> (producer) and <c>flood deliver</c>
    /// (consumer).
    /// </summary>
    public const string ActivitySourceName = "FloodActors";

    internal const string NameTag = "flood.name";
    internal const string NodeTag = "flood.node";
    internal const string PeerTag = "flood.peer";
    internal const string ReasonTag = "reason";

    private static readonly ConcurrentDictionary<NodeDiagnostics, byte> Nodes = new();

    private static readonly string? Version = typeof(FloodDiagnostics).Assembly.GetName().Version?.ToString(3);

    private static readonly Meter? Meter = Create(() => new Meter(MeterName, Version));

    /// <summary>
    /// A listener of the application threw when the first of these was made: then there are no metrics or no
    /// activities.
    /// </summary>
    internal static Exception? Failure { get; private set; }

    internal static ActivitySource? Source { get; } = Create(() => new ActivitySource(ActivitySourceName, Version));

    internal static Histogram<int>? Hops { get; } = Create(() => Meter?.CreateHistogram<int>(
        "flood.delivery.hops", "{hop}", "Links that a message from a peer crossed to get here.", null,
        new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20] }));

    internal static Histogram<double>? DeliveryTime { get; } = Create(() => Meter?.CreateHistogram<double>(
        "flood.delivery.duration", "s",
        "From append, by the origin's clock, to delivery here, by this one's. "
        + "Messages of origins with flood.trace = on only.",
        null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries =
                [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
        }));

    internal static Histogram<int>? WindowUsed { get; } = Create(() => Meter?.CreateHistogram<int>(
        "flood.window.used", "By",
        "Bytes handed to a link and not yet taken by its peer, "
        + "four times a second for each link; flood.window is full.",
        null,
        new InstrumentAdvice<int>
        {
            HistogramBucketBoundaries = [0, 1024, 16384, 65536, 131072, 262144, 393216, 524288, 1048576, 4194304],
        }));

    private static readonly Instrument[] Gauges = Create(CreateInstruments) ?? [];

    /// <summary>Whether anyone traces.</summary>
    internal static bool IsTraced => Source?.HasListeners() == true;

    /// <summary>Whether anyone asks for gauges, so that nodes have to keep theirs.</summary>
    internal static bool WantsGauges
    {
        get
        {
            foreach (var gauge in Gauges)
                if (gauge.Enabled) return true;
            return false;
        }
    }

    internal static void Add(NodeDiagnostics node) => Nodes.TryAdd(node, 0);

    internal static void Remove(NodeDiagnostics node) => Nodes.TryRemove(node, out _);

    /// <summary>Creating any of them calls the application's listeners.</summary>
    private static T? Create<T>(Func<T?> create)
        where T : class
    {
        try
        {
            return create();
        }
        catch (Exception e)
        {
            Failure ??= e;
            return null;
        }
    }

    private static Instrument[] CreateInstruments()
    {
        if (Meter is null) return [];
        foreach (var metric in CounterInfo.All.GroupBy(counter => counter.Metric))
        {
            var parts = metric.ToArray();
            Meter.CreateObservableCounter(
                metric.Key, () => Each(node => node.Counts(parts)), parts[0].Unit, parts[0].Description);
        }
        Meter.CreateObservableCounter(
            "flood.appends.rejected", () => Each(node => node.RejectedAppends()), "{message}",
            "Appends not accepted, by reason.");
        return
        [
            Gauge("flood.peers", "{peer}", "Links that are up.", gauges => gauges.Peers),
            Gauge("flood.log.messages", "{message}", "Messages in data.", gauges => gauges.LogMessages),
            Gauge("flood.log.bytes", "By", "Bytes in data.", gauges => gauges.LogBytes),
            Gauge(
                "flood.log.retained_bytes", "By",
                "Bytes kept beyond data for peers and subscribers that are behind; flood.max-lag is the limit.",
                gauges => gauges.RetainedBytes),
            Gauge("flood.seen", "{id}", "Ids (content) or origins (sequence) remembered.", gauges => gauges.Seen),
            Gauge("flood.appends.waiting", "{message}", "Appends that wait for the node.", gauges =>
                gauges.AppendsWaiting),
            Gauge(
                "flood.reassembly.bytes", "By",
                "Bytes set aside for messages that have not arrived whole; flood.reassembly-bytes is the limit.",
                gauges => gauges.ReassemblyBytes),
            Meter.CreateObservableGauge(
                "flood.peer.behind", () => Each(node => node.Behind()), "{message}",
                "Messages of the log that a peer has not yet taken."),
            Meter.CreateObservableGauge(
                "flood.validator.running", () => Each(node => node.ValidatorRunning()), "s",
                "How long the validator's present call has been running, from a second on; 0 while none is that long."),
        ];
    }

    private static ObservableGauge<long> Gauge(
        string name, string unit, string description, Func<NodeGauges, long> read) =>
        Meter!.CreateObservableGauge(name, () => Each(node => node.Gauge(read)), unit, description);

    private static IEnumerable<Measurement<long>> Each(Func<NodeDiagnostics, IEnumerable<Measurement<long>>> read) =>
        Nodes.Keys.SelectMany(read);
}
