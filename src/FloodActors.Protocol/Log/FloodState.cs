using System.Numerics;
using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>A moment by both clocks.</summary>
/// <param name="Now">Milliseconds of a monotonic clock: for ages and timeouts.</param>
/// <param name="WallTicks">UTC ticks: for the local time a message is received.</param>
internal readonly record struct FloodTime(long Now, long WallTicks);

/// <summary>
/// A node without its actors: the log, the seen-set, the position of every peer and subscriber, and the rule. It knows
/// no clocks, sockets or threads, so the same code runs under <c>FloodActor</c> and under a simulator with virtual
/// time.
/// </summary>
/// <remarks>
/// The invariants: a message is in the log exactly once, at the position at which it was first seen. A peer's
/// <see cref="PeerCursor.Acked"/> never exceeds its <see cref="PeerCursor.Sent"/>. A message leaves memory when it is
/// beyond <c>capacity</c> and every cursor has passed it, or when the messages kept for the slowest cursor weigh
/// more than <c>max-lag</c>: then that cursor skips, and the skip is counted and reported.
/// </remarks>
internal sealed partial class FloodState
{
    /// <summary>
    /// New bodies of one batch are packed into arrays of this size: few allocations, and one kept message keeps little
    /// else alive.
    /// </summary>
    private const int SlabSize = 4096;

    /// <summary>
    /// How many messages ahead the seen-set prefetches: as many as a core can have in flight. Twice as many were
    /// slower.
    /// </summary>
    internal const int PrefetchAhead = 12;

    private readonly FloodSettings _settings;
    private readonly SeenSet _seen;
    private readonly FloodRule _rule;
    private readonly object? _decoder;
    private readonly Routes _routes;
    private readonly MissingMessages _missing;
    private readonly List<Fresh> _fresh = [];
    private ulong _number;
    private long _lastTicks;

    public FloodState(
        FloodSettings settings, Origin self, SeenSet seen, FloodRule? rule = null, IPayloadDecoder? decoder = null,
        ulong salt = 0)
    {
        _routes = new Routes(settings.Redundancy, salt);
        _missing = new MissingMessages(salt);
        _settings = settings;
        _seen = seen;
        _rule = rule ?? FloodRule.Flood;
        _decoder = decoder;
        Self = self;
        Events = new EventLog(settings.EventBuffer, () => Now);
    }

    /// <summary>The origin of messages appended here.</summary>
    public Origin Self { get; }

    /// <summary>
    /// Random for every start of a node: tells a restart from a reconnect, and is the origin of <c>sequence</c> ids.
    /// </summary>
    public ulong Incarnation => Self.Incarnation;

    /// <summary>
    /// Milliseconds of the monotonic clock. A caller that moves a cursor without passing the time sets it first: then
    /// the age in the seen-set of a message that leaves the log starts now, not when something last came.
    /// </summary>
    public long Now { get; set; }

    /// <summary>Bytes that may be in flight over a link, by this node's settings.</summary>
    public int Window => _settings.Window;

    public FloodLog Log { get; } = new();

    public NodeCounters Counters { get; } = new();

    public EventLog Events { get; }

    /// <summary>Where those stand that waited for the message appended last; null when none did.</summary>
    public long? DrainedFrom { get; private set; }

    /// <summary>Ids (content) or origins (sequence) remembered.</summary>
    public int SeenCount => _seen.Count;

    /// <summary>Origins that have routes of their own.</summary>
    public int RouteCount => _routes.Count;

    /// <summary>A message with this id will be appended soon; see <see cref="SeenSet.Prefetch"/>.</summary>
    public void Prefetch(in MessageId contentId) => _seen.Prefetch(contentId);

    /// <summary>
    /// Creates a message here. Returns whether it is new; with <c>content</c> ids it is not when its value was seen
    /// before.
    /// </summary>
    /// <param name="kind">What the body stands for.</param>
    /// <param name="body">The encoded payload. The log keeps it: it must not change afterwards.</param>
    /// <param name="contentId">The payload's hash; ignored with <c>sequence</c> ids.</param>
    /// <param name="at">Now.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="header">What is sent beside the payload, if anything: see <see cref="MessageHeader"/>.</param>
    public bool Append(
        PayloadKind kind, ReadOnlyMemory<byte> body, in MessageId contentId, FloodTime at, out MessageId id,
        byte[]? header = null)
    {
        Now = at.Now;
        DrainedFrom = null;
        id = _settings.MessageId == MessageIdMode.Sequence ? new MessageId(Incarnation, ++_number) : contentId;
        if (_seen.TryAdd(id, Log.Next, at.Now, out _) != SeenResult.New)
        {
            Counters.AppendedAgain++;
            return false;
        }
        if (header is not null) MessageHeader.Stamp(header, at.WallTicks);
        Add(
            id, kind, body, Self, bringsOrigin: false, new LogNote { Route = RouteOf(Self) }, hops: 0, at, header);
        Counters.Appended++;
        var drainedFrom = Log.Next;
        DrainAll(at);
        if (Log.Next > drainedFrom) DrainedFrom = drainedFrom;
        return true;
    }

    /// <summary>
    /// Drops messages that are beyond capacity and that no cursor needs, and more if the slowest cursors lag too far.
    /// To be called after appending and receiving, and whenever a cursor has moved.
    /// </summary>
    public void Trim()
    {
        var before = Log.DataStart;
        Log.LimitData(_settings.Capacity, _settings.CapacityBytes);
        Counters.Dropped += Log.DataStart - before;
        if (Log.First == Log.DataStart) return;

        var floor = Log.RetainedBytes > _settings.MaxLag ? Log.OldestWithin(_settings.MaxLag) : Log.First;
        var target = Math.Max(floor, Math.Min(Log.DataStart, SlowestCursor()));
        if (floor > Log.First) SkipTo(floor);
        if (Log.First < target) _seen.Advance(Now);
        while (Log.First < target) _seen.LeftLog(Log.RemoveFirst().Id);
    }

    /// <summary>
    /// With <c>on-lag = wait</c>: whether one more append could make a connected peer or a subscriber skip. Appends
    /// then wait. Messages from peers never wait, or two full nodes would wait for each other.
    /// </summary>
    public bool MustAppendsWait =>
        _settings.OnLag == LagPolicy.Wait
        && Log.BytesBetween(Math.Min(SlowestConnected(), Log.DataStart), Log.DataStart)
        + _settings.MaxMessageSize > _settings.MaxLag;

    private int RouteOf(Origin author) => _routes.Of(author.Incarnation, _peers);

    private void Add(
        in MessageId id, PayloadKind kind, ReadOnlyMemory<byte> body, Origin author, bool bringsOrigin,
        in LogNote note, int hops, FloodTime at, byte[]? header)
    {
        _lastTicks = Math.Max(at.WallTicks, _lastTicks + 1);
        var position = Log.Next;
        var message = new FloodMessage(
            id, kind, body, author, position, _lastTicks, note.Carrier?.Id, hops, _decoder, bringsOrigin)
        {
            Header = header,
        };
        Log.Append(message, note);
        NoteTopic(message);
        if (note.Carrier is { } carrier) Log.MarkKnown(position, carrier.Slot);
        if (note.InOrderOf is { } peer) Log.MarkKnown(position, peer.Slot);
        for (var holders = _missing.Taken(id); holders != 0; holders &= holders - 1)
            Log.MarkKnown(position, BitOperations.TrailingZeroCount(holders));
    }
}
