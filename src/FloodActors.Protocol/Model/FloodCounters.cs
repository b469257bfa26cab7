using System.Reflection;

namespace FloodActors;

/// <summary>
/// Counts of what happened on a node since it started. Every message that is not delivered somewhere is counted in one
/// of them. A counter is added here and nowhere else: metrics, <c>/stats</c>, JSON and the table in
/// <c>docs/operating.md</c> follow <see cref="CounterInfo.All"/>.
/// </summary>
public abstract class FloodCounters
{
    private const string NotDelivered = "Messages that left the log or did not get somewhere, by reason.";
    private const string Lagged = "Messages not given to a peer or a subscriber that lagged.";
    private const string Replaced = "Values not given to those who were behind, because newer ones took their place.";
    private const string Failures = "Calls into the application that threw.";

    private long _undecodable;
    private long _callbackFailures;
    private long _listenerFailures;

    /// <summary>Messages created here.</summary>
    [Counter("flood.messages.appended", "Messages created here.")]
    public long Appended { get; internal set; }

    /// <summary>Appends of what had been seen before.</summary>
    [Counter("flood.messages.appended_again", "Appends of what had been seen before.")]
    public long AppendedAgain { get; internal set; }

    /// <summary>New messages from peers.</summary>
    [Counter("flood.messages.delivered", "New messages from peers.")]
    public long Delivered { get; internal set; }

    /// <summary>Messages from peers that had been seen before.</summary>
    [Counter("flood.messages.duplicate", "Messages from peers that had been seen before.")]
    public long Duplicates { get; internal set; }

    /// <summary>Messages handed to links: payload transmissions.</summary>
    [Counter("flood.messages.forwarded", "Messages handed to links: payload transmissions.")]
    public long Forwarded { get; internal set; }

    /// <summary>Payload bytes handed to links.</summary>
    [Counter("flood.forwarded.bytes", "Payload bytes handed to links.", "By")]
    public long ForwardedBytes { get; internal set; }

    /// <summary>Ids sent to peers over lazy routes, in place of messages.</summary>
    [Counter("flood.ids.told", "Ids told to peers in the place of messages.", "{id}")]
    public long IdsTold { get; internal set; }

    /// <summary>Messages requested from peers, because only their ids had arrived in time.</summary>
    [Counter("flood.messages.wanted", "Messages that peers were asked for, because they had told only the ids.")]
    public long Wants { get; internal set; }

    /// <summary>Messages sent because a peer asked for them.</summary>
    [Counter("flood.messages.answered", "Messages sent because a peer asked for them.")]
    public long Answered { get; internal set; }

    /// <summary>Messages that had to wait here for an earlier message, to keep the order.</summary>
    [Counter("flood.messages.held_back", "Messages that had to wait for one that they must not overtake.")]
    public long HeldBack { get; internal set; }

    /// <summary>Routes that became lazy at this node's request: from then on the peer sends only ids.</summary>
    [Counter("flood.routes.pruned", "Routes that became lazy on this node's wish.", "{route}")]
    public long Prunes { get; internal set; }

    /// <summary>Routes of this node that became eager again at a peer's request.</summary>
    [Counter("flood.routes.grafted", "Routes of this node that became eager again on a peer's wish.", "{route}")]
    public long Grafts { get; internal set; }

    /// <summary>Messages that left <c>data</c> because of capacity.</summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "capacity")]
    public long Dropped { get; internal set; }

    /// <summary>Messages still to be sent to a peer when it was given up.</summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "unreachable")]
    public long Unreachable { get; internal set; }

    /// <summary>Messages not sent to a peer because it takes only smaller ones.</summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "too-large-for-peer")]
    public long TooLargeForPeer { get; internal set; }

    /// <summary>Messages not sent to a stream that cannot carry their kind of payload.</summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "unsuitable-for-peer")]
    public long UnsuitableForPeer { get; internal set; }

    /// <summary>
    /// Messages not taken because too many origins are remembered, or too many that the same peer brought.
    /// </summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "origins-full")]
    public long OriginsFull { get; internal set; }

    /// <summary>Origins forgotten to make room for others (see <see cref="OriginForgotten"/>).</summary>
    [Counter("flood.origins.forgotten", "Origins forgotten to make room for others.", "{origin}")]
    public long OriginsForgotten { get; internal set; }

    /// <summary>Message numbers of closed gaps (see <see cref="MessagesGivenUp"/>): not taken if they come.</summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "given-up")]
    public long GivenUp { get; internal set; }

    /// <summary>
    /// Not taken from a peer: values of a stream that no message can be made of, such as JSON with a lone surrogate;
    /// messages that falsely claim to be of this node; numbers that no origin can have reached.
    /// </summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "invalid")]
    public long InvalidFromPeer { get; internal set; }

    /// <summary>Values of keys set or removed here.</summary>
    [Counter("flood.keys.set", "Values of keys set or removed here.", "{value}")]
    public long KeysSet { get; internal set; }

    /// <summary>Newer values of keys from peers.</summary>
    [Counter("flood.keys.taken", "Newer values of keys from peers.", "{value}")]
    public long KeysTaken { get; internal set; }

    /// <summary>Values of keys from peers that were not newer than what was there.</summary>
    [Counter("flood.keys.stale", "Values of keys from peers that were not newer than what was there.", "{value}")]
    public long KeysStale { get; internal set; }

    /// <summary>Values of keys handed to links.</summary>
    [Counter("flood.keys.forwarded", "Values of keys handed to links.", "{value}")]
    public long KeysForwarded { get; internal set; }

    /// <summary>Values that peers were spared, because newer ones took their place.</summary>
    [Counter("flood.keys.spared", Replaced, "{value}", Reason = "peer")]
    public long SparedPeers { get; internal set; }

    /// <summary>Values that subscribers were spared, because newer ones took their place.</summary>
    [Counter("flood.keys.spared", Replaced, "{value}", Reason = "subscriber")]
    public long SparedSubscribers { get; internal set; }

    /// <summary>Removals of keys that were forgotten to make room: an older value may come back.</summary>
    [Counter("flood.keys.forgotten", "Removals of keys that were forgotten to make room.", "{key}")]
    public long RemovalsForgotten { get; internal set; }

    /// <summary>Values of keys from peers for which there was no room.</summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "keys-full")]
    public long KeysFull { get; internal set; }

    /// <summary>Messages from peers that the validator rejected.</summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "rejected")]
    public long RejectedFromPeer { get; internal set; }

    /// <summary>Messages from peers that the validator ignored.</summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "ignored")]
    public long Ignored { get; internal set; }

    /// <summary>Messages whose payload could not be decoded for a subscriber.</summary>
    [Counter("flood.messages.dropped", NotDelivered, Reason = "undecodable")]
    public long Undecodable => Volatile.Read(ref _undecodable);

    /// <summary>Messages not sent to a peer because it lagged.</summary>
    [Counter("flood.messages.lagged", Lagged, Reason = "peer")]
    public long Skipped { get; internal set; }

    /// <summary>Messages and drops not told to a subscriber because it lagged.</summary>
    [Counter("flood.messages.lagged", Lagged, Reason = "subscriber")]
    public long SubscriberSkipped { get; internal set; }

    /// <summary>Events not told to a subscriber because it lagged.</summary>
    [Counter("flood.events.lost", "Events not told to a subscriber because it lagged.", "{event}")]
    public long EventsLost { get; internal set; }

    /// <summary>Callbacks that threw.</summary>
    [Counter("flood.callback.failures", Failures, "{call}", Reason = "callback")]
    public long CallbackFailures => Volatile.Read(ref _callbackFailures);

    /// <summary>Listeners of the application's activities or metrics that threw.</summary>
    [Counter("flood.callback.failures", Failures, "{call}", Reason = "diagnostics")]
    public long ListenerFailures => Volatile.Read(ref _listenerFailures);

    /// <summary>Calls of the validator that threw.</summary>
    [Counter("flood.callback.failures", Failures, "{call}", Reason = "validator")]
    public long ValidatorFailures { get; internal set; }

    /// <summary>Calls of the validator that took longer than <c>validator-time</c>.</summary>
    [Counter("flood.validator.slow", "Calls of the validator that took longer than validator-time.", "{call}")]
    public long ValidatorSlow { get; internal set; }

    // The application's code runs on other threads than the node.
    internal void CountUndecodable() => Interlocked.Increment(ref _undecodable);

    internal void CountCallbackFailure() => Interlocked.Increment(ref _callbackFailures);

    internal void CountListenerFailure() => Interlocked.Increment(ref _listenerFailures);

    /// <summary>Takes over another node's counts.</summary>
    internal void CopyFrom(FloodCounters other)
    {
        foreach (var counter in CounterInfo.All) counter.Copy(other, this);
        (_undecodable, _callbackFailures, _listenerFailures) =
            (other.Undecodable, other.CallbackFailures, other.ListenerFailures);
    }
}

/// <summary>The counters of a running node: written by its actor alone, read by others a word at a time.</summary>
internal sealed class NodeCounters : FloodCounters;

/// <summary>Says which metric a counter is.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CounterAttribute(string metric, string description, string unit = "{message}") : Attribute
{
    public string Metric { get; } = metric;

    /// <summary>What the metric counts, in a sentence.</summary>
    public string Description { get; } = description;

    public string Unit { get; } = unit;

    /// <summary>The tag <c>reason</c>, where several counters are one metric.</summary>
    public string? Reason { get; init; }
}

/// <summary>A counter, for those who show all of them.</summary>
public sealed class CounterInfo
{
    private readonly PropertyInfo _property;
    private readonly Func<FloodCounters, long> _read;

    private CounterInfo(PropertyInfo property, CounterAttribute attribute)
    {
        _property = property;
        _read = property.GetMethod!.CreateDelegate<Func<FloodCounters, long>>();
        (Metric, Description, Unit, Reason) =
            (attribute.Metric, attribute.Description, attribute.Unit, attribute.Reason);
    }

    /// <summary>All counters, in the order in which they are shown.</summary>
    public static IReadOnlyList<CounterInfo> All { get; } =
    [
        .. typeof(FloodCounters).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => (Property: property, Attribute: property.GetCustomAttribute<CounterAttribute>()))
            .Where(pair => pair.Attribute is not null)
            .OrderBy(pair => pair.Property.MetadataToken)
            .Select(pair => new CounterInfo(pair.Property, pair.Attribute!)),
    ];

    /// <summary>The property's name.</summary>
    public string Name => _property.Name;

    /// <summary>The metric it is, or is a part of.</summary>
    public string Metric { get; }

    /// <summary>What the metric counts, in a sentence.</summary>
    public string Description { get; }

    /// <summary>The metric's unit.</summary>
    public string Unit { get; }

    /// <summary>The value of the tag <c>reason</c>; null when the counter is the whole metric.</summary>
    public string? Reason { get; }

    /// <summary>The count.</summary>
    public long Read(FloodCounters counters) => _read(counters);

    internal void Copy(FloodCounters from, FloodCounters to)
    {
        if (_property.SetMethod is not null) _property.SetValue(to, Read(from));
    }
}
