using System.Diagnostics;
using System.Diagnostics.Metrics;
using FloodActors.Core;

namespace FloodActors.Diagnostics;

/// <summary>A node's sizes, as its actor last published them; collectors read them from other threads.</summary>
internal sealed record NodeGauges(int Peers, int LogMessages, long LogBytes, long RetainedBytes, int Seen, KeyValuePair<string, long>[] Behind);

/// <summary>What collectors read of one node, and what the node records while it delivers.</summary>
internal sealed class NodeDiagnostics(string name, FloodCounters counters, long[] rejected)
{
    private static readonly string[] RejectReasons = Enum.GetNames<RejectReason>();

    private NodeGauges? _gauges;

    public KeyValuePair<string, object?> Tag { get; } = new(FloodDiagnostics.NodeTag, name);

    /// <summary>Written by the node's actor alone, a word at a time, so a reader sees a value that was true a moment ago.</summary>
    public FloodCounters Counters { get; } = counters;

    public NodeGauges? Gauges
    {
        get => Volatile.Read(ref _gauges);
        set => Volatile.Write(ref _gauges, value);
    }

    public IEnumerable<Measurement<long>> Dropped() =>
    [
        Of(Counters.Dropped, "capacity"),
        Of(Counters.Unreachable, "unreachable"),
        Of(Counters.TooLargeForPeer, "too-large-for-peer"),
        Of(Counters.OriginsFull, "origins-full"),
        Of(Volatile.Read(ref Counters.Undecodable), "undecodable"),
    ];

    public IEnumerable<Measurement<long>> Lagged() => [Of(Counters.Skipped, "peer"), Of(Counters.SubscriberSkipped, "subscriber")];

    public IEnumerable<Measurement<long>> RejectedAppends() => RejectReasons.Select((reason, i) => Of(Volatile.Read(ref rejected[i]), reason));

    public IEnumerable<Measurement<long>> Behind() =>
        Gauges is { } gauges ? gauges.Behind.Select(peer => new Measurement<long>(peer.Value, Tag, new KeyValuePair<string, object?>(FloodDiagnostics.PeerTag, peer.Key))) : [];

    /// <summary>Records what was new from a peer: everything in the log from a position on.</summary>
    public void Delivered(FloodLog log, long from)
    {
        var traced = FloodDiagnostics.Source.HasListeners();
        if (!traced && !FloodDiagnostics.Hops.Enabled && !FloodDiagnostics.DeliveryTime.Enabled) return;
        for (var position = from; position < log.Next; position++)
        {
            var message = log[position];
            FloodDiagnostics.Hops.Record(message.Hops, Tag);
            if (message.Header is null) continue;
            // Clocks that differ can make it negative; a wrong number is not recorded, and what little is wrong cannot be seen.
            if (MessageHeader.AppendedAt(message.Header) is { } appended && message.ReceivedTicks >= appended)
                FloodDiagnostics.DeliveryTime.Record(new TimeSpan(message.ReceivedTicks - appended).TotalSeconds, Tag);
            if (traced && message.Trace is { } trace) Trace(message, trace);
        }
    }

    private void Trace(FloodMessage message, ActivityContext parent)
    {
        using var activity = FloodDiagnostics.Source.StartActivity("flood deliver", ActivityKind.Consumer, parent);
        if (activity is not { IsAllDataRequested: true }) return;
        activity.SetTag(FloodDiagnostics.NodeTag, Tag.Value);
        activity.SetTag(FloodDiagnostics.PeerTag, message.From);
        activity.SetTag("flood.hops", message.Hops);
        activity.SetTag("messaging.message.id", message.Id.ToString());
    }

    private Measurement<long> Of(long value, string reason) => new(value, Tag, new KeyValuePair<string, object?>(FloodDiagnostics.ReasonTag, reason));
}
