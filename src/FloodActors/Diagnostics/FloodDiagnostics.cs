using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FloodActors.Diagnostics;

/// <summary>
/// The library's meter and activity source. Counters are read from the nodes when someone collects; histograms and activities are made only
/// while someone listens. So without a listener nothing is paid.
/// </summary>
/// <remarks>
/// Every measurement has the tag <c>flood.node</c>, the node's name. What each means, and what to do about it: <c>docs/operating.md</c>.
/// </remarks>
public static class FloodDiagnostics
{
    /// <summary>The name of the <see cref="Meter"/>.</summary>
    public const string MeterName = "FloodActors";

    /// <summary>The name of the <see cref="ActivitySource"/>: <c>flood append</c> (producer) and <c>flood deliver</c> (consumer).</summary>
    public const string ActivitySourceName = "FloodActors";

    internal const string NodeTag = "flood.node";
    internal const string PeerTag = "flood.peer";
    internal const string ReasonTag = "reason";

    private static readonly ConcurrentDictionary<NodeDiagnostics, byte> Nodes = new();

    private static readonly Meter Meter = new(MeterName, typeof(FloodDiagnostics).Assembly.GetName().Version?.ToString(3));

    internal static ActivitySource Source { get; } = new(ActivitySourceName, typeof(FloodDiagnostics).Assembly.GetName().Version?.ToString(3));

    internal static Histogram<int> Hops { get; } = Meter.CreateHistogram<int>(
        "flood.delivery.hops", "{hop}", "Links that a message from a peer crossed to get here.", null, new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20] });

    internal static Histogram<double> DeliveryTime { get; } = Meter.CreateHistogram<double>(
        "flood.delivery.duration", "s", "From append, by the origin's clock, to delivery here, by this one's. Messages of origins with flood.trace = on only.", null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] });

    internal static Histogram<int> WindowUsed { get; } = Meter.CreateHistogram<int>(
        "flood.window.used", "By", "Bytes handed to a link and not yet taken by its peer, four times a second for each link; flood.window is full.", null,
        new InstrumentAdvice<int> { HistogramBucketBoundaries = [0, 1024, 16384, 65536, 131072, 262144, 393216, 524288, 1048576, 4194304] });

    private static readonly Instrument[] Gauges = CreateInstruments();

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

    private static Instrument[] CreateInstruments()
    {
        Counter("flood.messages.appended", "{message}", "Messages created here.", node => node.Counters.Appended);
        Counter("flood.messages.appended_again", "{message}", "Appends of what had been seen before.", node => node.Counters.AppendedAgain);
        Counter("flood.messages.delivered", "{message}", "New messages from peers.", node => node.Counters.Delivered);
        Counter("flood.messages.duplicate", "{message}", "Messages from peers that had been seen before.", node => node.Counters.Duplicates);
        Counter("flood.messages.forwarded", "{message}", "Messages handed to links: payload transmissions.", node => node.Counters.Forwarded);
        Counter("flood.forwarded.bytes", "By", "Payload bytes handed to links.", node => node.Counters.ForwardedBytes);
        Counter("flood.messages.spared", "{message}", "Messages not sent because the peer, told of their ids first, has them.", node => node.Counters.Spared);
        Meter.CreateObservableCounter("flood.messages.dropped", () => Each(node => node.Dropped()), "{message}", "Messages that left the log or did not get somewhere, by reason.");
        Meter.CreateObservableCounter("flood.messages.lagged", () => Each(node => node.Lagged()), "{message}", "Messages not given to a peer or a subscriber that lagged.");
        Meter.CreateObservableCounter("flood.appends.rejected", () => Each(node => node.RejectedAppends()), "{message}", "Appends not accepted, by reason.");
        Counter("flood.callback.failures", "{call}", "Callbacks that threw.", node => Volatile.Read(ref node.Counters.CallbackFailures));
        Counter("flood.events.lost", "{event}", "Events not told to a subscriber that lagged.", node => node.Counters.EventsLost);
        return
        [
            Gauge("flood.peers", "{peer}", "Links that are up.", gauges => gauges.Peers),
            Gauge("flood.log.messages", "{message}", "Messages in data.", gauges => gauges.LogMessages),
            Gauge("flood.log.bytes", "By", "Bytes in data.", gauges => gauges.LogBytes),
            Gauge("flood.log.retained_bytes", "By", "Bytes kept beyond data for peers and subscribers that are behind; flood.max-lag is the limit.", gauges => gauges.RetainedBytes),
            Gauge("flood.seen", "{id}", "Ids (content) or origins (sequence) remembered.", gauges => gauges.Seen),
            Meter.CreateObservableGauge("flood.peer.behind", () => Each(node => node.Behind()), "{message}", "Messages of the log that a peer has not yet taken."),
        ];
    }

    private static void Counter(string name, string unit, string description, Func<NodeDiagnostics, long> read) =>
        Meter.CreateObservableCounter(name, () => Nodes.Keys.Select(node => new Measurement<long>(read(node), node.Tag)), unit, description);

    private static ObservableGauge<long> Gauge(string name, string unit, string description, Func<NodeGauges, long> read) =>
        Meter.CreateObservableGauge(
            name, () => Nodes.Keys.Where(node => node.Gauges is not null).Select(node => new Measurement<long>(read(node.Gauges!), node.Tag)), unit, description);

    private static IEnumerable<Measurement<long>> Each(Func<NodeDiagnostics, IEnumerable<Measurement<long>>> read) => Nodes.Keys.SelectMany(read);
}
