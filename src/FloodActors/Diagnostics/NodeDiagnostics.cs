using System.Diagnostics;
using System.Diagnostics.Metrics;
using Akka.Event;
using FloodActors.Actors;
using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Diagnostics;

/// <summary>A node's sizes, as its actor last published them; collectors read them from other threads.</summary>
internal sealed record NodeGauges(
    int Peers, int LogMessages, long LogBytes, long RetainedBytes, int Seen, int AppendsWaiting, long ReassemblyBytes,
    KeyValuePair<string, long>[] Behind);

/// <summary>
/// What collectors read of one node, and what the node records while it delivers. The application's listeners run in
/// here, on the node's thread: what they throw is counted, logged once, and hurts nobody.
/// </summary>
internal sealed class NodeDiagnostics(
    string name, Node node, Refusals refusals, MeasuredValidator? validator, ILoggingAdapter log)
{
    private static readonly RejectReason[] RejectReasons = Enum.GetValues<RejectReason>();

    private readonly TagList _tags = new(
        [new(FloodDiagnostics.NameTag, name), new(FloodDiagnostics.NodeTag, node.Name)]);
    private NodeGauges? _gauges;
    private int _failures;

    /// <summary>Says once when there are no metrics or activities, and why.</summary>
    public void Start()
    {
        FloodDiagnostics.Add(this);
        if (FloodDiagnostics.Failure is { } failure) OnListenerFailed(failure);
    }

    /// <summary>Publishes the sizes. Called by the node's actor.</summary>
    public void Publish()
    {
        var state = node.State;
        var behind = state.Peers.Select(peer => KeyValuePair.Create(peer.Id, state.Log.Next - peer.Acked)).ToArray();
        Volatile.Write(ref _gauges, new NodeGauges(
            state.Peers.Count(peer => peer.Connected), state.Log.Count, state.Log.DataBytes, state.Log.RetainedBytes,
            state.SeenCount,
            node.AppendsWaiting, node.Memory.Reserved, behind));
    }

    // Counters are written by the node's actor alone, a word at a time, so a reader sees a value that was true a moment
    // ago.
    public IEnumerable<Measurement<long>> Counts(CounterInfo[] counters) => counters.Select(counter =>
        counter.Reason is null
            ? new Measurement<long>(counter.Read(node.State.Counters), _tags)
            : Of(counter.Read(node.State.Counters), counter.Reason));

    public IEnumerable<Measurement<long>> RejectedAppends() =>
        RejectReasons.Select(reason => Of(refusals.Of(reason), reason.ToString()));

    public IEnumerable<Measurement<long>> Gauge(Func<NodeGauges, long> read) =>
        Volatile.Read(ref _gauges) is { } gauges ? [new Measurement<long>(read(gauges), _tags)] : [];

    public IEnumerable<Measurement<long>> Behind() =>
        Volatile.Read(ref _gauges) is { } gauges
            ? gauges.Behind.Select(peer => new Measurement<long>(peer.Value, With(FloodDiagnostics.PeerTag, peer.Key)))
            : [];

    /// <summary>Not published by the actor, which is inside that call.</summary>
    public IEnumerable<Measurement<long>> ValidatorRunning() =>
        validator is null ? [] : [new Measurement<long>((long)(validator.Running?.Duration.TotalSeconds ?? 0), _tags)];

    /// <summary>Records what was new from a peer: everything in the log from a position on.</summary>
    public void Delivered(long from)
    {
        if (!IsAnyoneListening(out var traced)) return;
        try
        {
            for (var position = from; position < node.State.Log.Next; position++)
                Record(node.State.Log[position], traced);
        }
        catch (Exception e)
        {
            OnListenerFailed(e);
        }
    }

    /// <summary>Records a newer value of a key.</summary>
    public void Delivered(FloodMessage message)
    {
        if (!IsAnyoneListening(out var traced)) return;
        try
        {
            Record(message, traced);
        }
        catch (Exception e)
        {
            OnListenerFailed(e);
        }
    }

    private static bool IsAnyoneListening(out bool traced)
    {
        traced = FloodDiagnostics.IsTraced;
        return traced || FloodDiagnostics.Hops is { Enabled: true }
            || FloodDiagnostics.DeliveryTime is { Enabled: true };
    }

    /// <summary>Records how much of a link's window is in use.</summary>
    public void WindowUsed(int bytes, string peer)
    {
        if (FloodDiagnostics.WindowUsed is not { Enabled: true } histogram) return;
        try
        {
            histogram.Record(bytes, With(FloodDiagnostics.PeerTag, peer));
        }
        catch (Exception e)
        {
            OnListenerFailed(e);
        }
    }

    private void Record(FloodMessage message, bool traced)
    {
        FloodDiagnostics.Hops?.Record(message.Hops, _tags);
        if (message.Header is null) return;
        // Clocks that differ can make it negative; a wrong number is not recorded, and what little is wrong cannot be
        // seen.
        if (MessageHeader.AppendedAt(message.Header) is { } appended && message.ReceivedTicks >= appended)
            FloodDiagnostics.DeliveryTime?.Record(new TimeSpan(message.ReceivedTicks - appended).TotalSeconds, _tags);
        if (traced && message.Trace is { } trace) Trace(message, trace);
    }

    private void Trace(FloodMessage message, ActivityContext parent)
    {
        using var activity = FloodDiagnostics.Source?.StartActivity("flood deliver", ActivityKind.Consumer, parent);
        if (activity is not { IsAllDataRequested: true }) return;
        foreach (var (key, value) in _tags) activity.SetTag(key, value);
        activity.SetTag(FloodDiagnostics.PeerTag, message.From);
        activity.SetTag("flood.origin", message.Origin);
        activity.SetTag("flood.hops", message.Hops);
        activity.SetTag("messaging.message.id", message.Id.ToString());
    }

    /// <summary>Safe for any thread.</summary>
    public void OnListenerFailed(Exception e)
    {
        node.State.Counters.CountListenerFailure();
        if (Interlocked.Exchange(ref _failures, 1) == 0)
            log.Error(
                e,
                "A listener of this application's metrics or activities threw; the flood goes on. "
                + "Further failures are only counted");
    }

    private Measurement<long> Of(long value, string reason) => new(value, With(FloodDiagnostics.ReasonTag, reason));

    private TagList With(string tag, string value)
    {
        var tags = _tags;
        tags.Add(tag, value);
        return tags;
    }
}
