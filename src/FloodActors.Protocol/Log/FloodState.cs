using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>A moment by both clocks.</summary>
/// <param name="Now">Milliseconds of a monotonic clock: for ages and timeouts.</param>
/// <param name="WallTicks">UTC ticks: for the local time a message is received.</param>
internal readonly record struct FloodTime(long Now, long WallTicks);

/// <summary>
/// A node without its actors: the log, the seen-set, how far every peer and subscriber has got, and the rule. It knows
/// no clocks, sockets or threads, so the same code runs under <c>FloodActor</c> and under a simulator with virtual
/// time.
/// </summary>
/// <remarks>
/// The invariants: a message is in the log exactly once, at the position at which it was first seen. A peer's
/// <see cref="PeerCursor.Acked"/> never exceeds its <see cref="PeerCursor.Sent"/>. A message leaves memory when it is
/// beyond <c>capacity</c> and every cursor has passed it, or when what is kept for the slowest weighs more than
/// <c>max-lag</c>: then that cursor skips, and the skip is counted and reported.
/// </remarks>
internal sealed partial class FloodState
{
    /// <summary>
    /// New bodies of one batch are packed into arrays of this size: few allocations, and a message that is kept keeps
    /// little else alive.
    /// </summary>
    private const int SlabSize = 4096;

    /// <summary>
    /// How many messages ahead the seen-set is asked to fetch: as many as a core can have in flight. Twice as many were
    /// slower.
    /// </summary>
    internal const int PrefetchAhead = 12;

    private readonly FloodSettings _settings;
    private readonly SeenSet _seen;
    private readonly FloodRule _rule;
    private readonly object? _decoder;
    private readonly List<int> _fresh = [];
    private ulong _number;
    private long _lastTicks;

    public FloodState(
        FloodSettings settings, Origin self, SeenSet seen, FloodRule? rule = null, IPayloadDecoder? decoder = null,
        ulong salt = 0)
    {
        _announcedIds = new IdHash.Comparer(salt);
        _settings = settings;
        _seen = seen;
        _rule = rule ?? FloodRule.Flood;
        _decoder = decoder;
        Self = self;
        Events = new EventLog(settings.EventBuffer);
    }

    /// <summary>The origin of what is appended here.</summary>
    public Origin Self { get; }

    /// <summary>
    /// Random for every start of a node: tells a restart from a reconnect, and is the origin of <c>sequence</c> ids.
    /// </summary>
    public ulong Incarnation => Self.Incarnation;

    /// <summary>
    /// Milliseconds of the monotonic clock. Whoever moves a cursor without saying the time sets it first: what leaves
    /// the log then rests in the seen-set from now on, not from the last time that something came.
    /// </summary>
    public long Now { get; set; }

    public FloodLog Log { get; } = new();

    public NodeCounters Counters { get; } = new();

    public EventLog Events { get; }

    /// <summary>Ids (content) or origins (sequence) remembered.</summary>
    public int SeenCount => _seen.Count;

    /// <summary>Messages with these ids will be appended soon; see <see cref="SeenSet.Prefetch"/>.</summary>
    public void Prefetch(in MessageId contentId) => _seen.Prefetch(contentId);

    /// <summary>
    /// Creates a message here. Answers whether it is new; with <c>content</c> ids it is not when its value was seen
    /// before.
    /// </summary>
    /// <param name="kind">What the body stands for.</param>
    /// <param name="body">The encoded payload. The log keeps it: it must not change afterwards.</param>
    /// <param name="contentId">The payload's hash; ignored with <c>sequence</c> ids.</param>
    /// <param name="at">Now.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="header">What travels beside the payload, if anything: see <see cref="MessageHeader"/>.</param>
    public bool Append(
        PayloadKind kind, ReadOnlyMemory<byte> body, in MessageId contentId, FloodTime at, out MessageId id,
        byte[]? header = null)
    {
        Now = at.Now;
        id = _settings.MessageId == MessageIdMode.Sequence ? new MessageId(Incarnation, ++_number) : contentId;
        if (_seen.TryAdd(id, Log.Next, at.Now, out _) != SeenResult.New)
        {
            Counters.AppendedAgain++;
            return false;
        }
        if (header is not null) MessageHeader.Stamp(header, at.WallTicks);
        Add(id, kind, body, Self, bringsOrigin: false, source: null, hops: 0, at, header);
        Counters.Appended++;
        return true;
    }

    /// <summary>Takes what came over a peer's link, in order. Duplicates cost no allocation.</summary>
    public void Receive(PeerCursor from, ReadOnlySpan<LinkEntry> entries, FloodTime at)
    {
        Now = at.Now;
        for (var i = 0; i < Math.Min(PrefetchAhead, entries.Length); i++) _seen.Prefetch(entries[i].Id);
        for (var i = 0; i < entries.Length; i++)
        {
            if (i + PrefetchAhead < entries.Length) _seen.Prefetch(entries[i + PrefetchAhead].Id);
            ref readonly var entry = ref entries[i];
            switch (entry.Type)
            {
                case RecordType.Message:
                    if (TakeKeyed(from, entry, at)) break;
                    Sort(from, entry, i, at.Now);
                    break;
                case RecordType.Have:
                    TakeFresh(from, entries, at);
                    OnHave(from, entry.Body.Span, at.Now);
                    break;
                case RecordType.Want:
                    TakeFresh(from, entries, at);
                    OnWant(from, entry.Body.Span);
                    break;
                case RecordType.Prefer:
                    OnPrefer(from, entry.Body.Span);
                    break;
            }
        }
        TakeFresh(from, entries, at);
        Counters.GivenUp = _seen.GivenUp;
    }

    /// <summary>
    /// Forgets messages that are beyond capacity and that no cursor needs, and more if the slowest cursors are too far
    /// behind. To be called after appending and receiving, and whenever a cursor has moved.
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
    /// then wait; what arrives from peers never does, or two full nodes would wait for each other.
    /// </summary>
    public bool MustAppendsWait =>
        _settings.OnLag == LagPolicy.Wait
        && Log.BytesBetween(Math.Min(SlowestConnected(), Log.DataStart), Log.DataStart)
        + _settings.MaxMessageSize > _settings.MaxLag;

    private void Sort(PeerCursor from, in LinkEntry entry, int index, long now)
    {
        // Numbers begin at 1, so 0 is above all of them. Taken as seen, one would silence the append that is to have
        // it.
        if (_settings.MessageId == MessageIdMode.Sequence && entry.Id.High == Incarnation
            && entry.Id.Low - 1 >= _number)
        {
            Counters.InvalidFromPeer++;
            Refuse(from, entry.Id, "it claims to be of this node, which has not appended it");
            return;
        }
        if (IsRefused(from, entry, now)) return;
        switch (_seen.TryAdd(entry.Id, Log.Next + _fresh.Count, now, from.Slot, out var known))
        {
            case SeenResult.New:
                TellForgotten();
                _fresh.Add(index);
                break;
            case SeenResult.Duplicate:
                Counters.Duplicates++;
                from.Duplicates++;
                if (Log.Holds(known)) Log.MarkKnown(known, from.Slot);
                break;
            case SeenResult.Full:
                Counters.OriginsFull++;
                Refuse(
                    from, entry.Id,
                    $"this node remembers flood.seen.max-origins = {_settings.SeenMaxOrigins} origins, "
                    + "and none of them has been silent for flood.seen.max-age");
                break;
            case SeenResult.ShareFull:
                Counters.OriginsFull++;
                Refuse(
                    from, entry.Id,
                    "the peer has brought as many origins as this node has places left for others: "
                    + $"at most half of flood.seen.max-origins = {_settings.SeenMaxOrigins} is for one peer");
                break;
            case SeenResult.TooFarAhead:
                Counters.InvalidFromPeer++;
                Refuse(from, entry.Id, "its number is farther ahead than its origin can have come");
                break;
        }
    }

    private void Refuse(PeerCursor from, in MessageId id, string reason) =>
        Events.Raise(new MessageRefused(from.Id, id, reason), Log.Next + _fresh.Count);

    private void TellForgotten()
    {
        if (_seen.ForgottenOrigins == Counters.OriginsForgotten) return;
        Counters.OriginsForgotten = _seen.ForgottenOrigins;
        Events.Raise(new OriginForgotten(_seen.LastForgotten), Log.Next + _fresh.Count);
    }

    private void TakeFresh(PeerCursor from, ReadOnlySpan<LinkEntry> entries, FloodTime at)
    {
        if (_fresh.Count == 0) return;
        byte[] slab = [];
        var used = 0;
        for (var n = 0; n < _fresh.Count; n++)
        {
            ref readonly var entry = ref entries[_fresh[n]];
            var body = entry.Body;
            if (!entry.OwnsBody)
            {
                if (body.Length > slab.Length - used)
                {
                    slab = GC.AllocateUninitializedArray<byte>(SlabFor(entries, n));
                    used = 0;
                }
                body.CopyTo(slab.AsMemory(used));
                body = slab.AsMemory(used, body.Length);
                used += body.Length;
            }
            var header = entry.Header.IsEmpty ? null : entry.Header.ToArray();
            Add(entry.Id, entry.Kind, body, entry.Author, entry.BringsOrigin, from, entry.Hops, at, header);
        }
        from.Received += _fresh.Count;
        Counters.Delivered += _fresh.Count;
        _fresh.Clear();
    }

    /// <summary>
    /// Room for the fresh message number <paramref name="n"/> and as many after it as fit a slab: exact, so that
    /// nothing is wasted.
    /// </summary>
    private int SlabFor(ReadOnlySpan<LinkEntry> entries, int n)
    {
        var size = entries[_fresh[n]].Body.Length;
        while (++n < _fresh.Count)
        {
            ref readonly var next = ref entries[_fresh[n]];
            if (next.OwnsBody) continue;
            if (size + next.Body.Length > SlabSize) break;
            size += next.Body.Length;
        }
        return size;
    }

    private void Add(
        in MessageId id, PayloadKind kind, ReadOnlyMemory<byte> body, Origin author, bool bringsOrigin,
        PeerCursor? source, int hops,
        FloodTime at, byte[]? header)
    {
        _lastTicks = Math.Max(at.WallTicks, _lastTicks + 1);
        var position = Log.Next;
        var message = new FloodMessage(
            id, kind, body, author, position, _lastTicks, source?.Id, hops, _decoder, bringsOrigin)
        {
            Header = header,
        };
        Log.Append(message);
        NoteTopic(message);
        if (source is not null) Log.MarkKnown(position, source.Slot);
        if (_announcers > 0) MarkAnnouncers(id, position);
    }
}
