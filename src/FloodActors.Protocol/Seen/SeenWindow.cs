namespace FloodActors.Core;

/// <summary>
/// The seen-set for <c>message-id = content</c>: all messages in the node's log, and, of those that left it, the
/// <c>maxCount</c> that were refreshed last (within a tick, ordered by the first time), each for <c>maxAgeMs</c>.
/// </summary>
/// <remarks>
/// <para><b>Always larger than the log.</b> A message in the log has no age and does not count against the window; it
/// enters the window when it leaves the log. So no setting can make a node forget a message that is still in its own
/// log, and eviction never has to search.</para>
/// <para><b>Age.</b> The age counts from when the id was last added, seen again or looked up, or from when its message
/// left the log, whichever is later. The id is known for at least <c>maxAgeMs</c> and less than two ticks of 1024 ms
/// longer, and new again after that, whether or not its slot has been cleared yet: each new id clears at most two that
/// are too old.</para>
/// <para><b>Memory.</b> 49 bytes a slot, allocated as needed; at most one slot more than <c>maxCount</c> and one and a
/// half times the most messages that were in the log at once.</para>
/// </remarks>
internal sealed class SeenWindow : SeenSet
{
    private const int ClearedPerAdd = 2;
    private const int PrefetchAhead = 12;

    // The value is the position in the log; NoPosition for resting entries.
    private readonly AgedTable<long> _ids;

    // The slots of the messages in the log, in the order in which they came. They leave it in the same order, so
    // leaving needs no search.
    private readonly Queue<int> _inLog = new();
    private readonly int _maxCount;

    /// <summary>Creates an empty window. It allocates nothing until the first id.</summary>
    /// <param name="maxCount">How many ids are remembered of messages that left the log. At least 1.</param>
    /// <param name="maxAgeMs">For how many milliseconds. At least 1.</param>
    /// <param name="salt">Random, and unknown to the peers: see <see cref="IdHash"/>.</param>
    public SeenWindow(int maxCount, long maxAgeMs, ulong salt)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxAgeMs);
        _maxCount = maxCount;
        _ids = new AgedTable<long>(maxAgeMs, salt);
    }

    /// <inheritdoc/>
    public override int Count => _ids.Count;

    /// <summary>How many ids have a message in the log.</summary>
    public int InLog => _ids.Count - _ids.Resting;

    /// <summary>Slots allocated.</summary>
    public int Capacity => _ids.Capacity;

    /// <summary>Ids evicted because <c>maxCount</c> others have been seen since.</summary>
    public long EvictedByCount { get; private set; }

    /// <summary>
    /// Ids evicted because they were not seen for <c>maxAgeMs</c>; counted when the slot is cleared.
    /// </summary>
    public long EvictedByAge { get; private set; }

    /// <inheritdoc/>
    public override SeenResult TryAdd(in MessageId id, long position, long now, out long known)
    {
        _ids.Advance(now);
        var slot = _ids.Find(id, out var hash);
        if (slot != AgedTable<long>.None)
        {
            if (!_ids.IsExpired(slot))
            {
                _ids.Refresh(slot);
                known = _ids[slot];
                return SeenResult.Duplicate;
            }

            Evict(slot);
        }

        known = NoPosition;
        for (var i = 0; i < ClearedPerAdd && _ids.Resting > 0 && _ids.IsExpired(_ids.Oldest); i++)
            Evict(_ids.Oldest);

        slot = _ids.Add(id, hash, _maxCount + InLog + InLog / 2L);
        _ids[slot] = position;
        if (position < 0)
            Leave(slot);
        else
            _inLog.Enqueue(slot);
        return SeenResult.New;
    }

    /// <inheritdoc/>
    public override void Prefetch(in MessageId id) => _ids.PrefetchBucket(id);

    /// <inheritdoc/>
    public override bool Contains(in MessageId id, long now, out long known)
    {
        _ids.Advance(now);
        var slot = _ids.Find(id);
        if (slot == AgedTable<long>.None || _ids.IsExpired(slot))
        {
            known = NoPosition;
            return false;
        }

        _ids.Refresh(slot);
        known = _ids[slot];
        return true;
    }

    /// <inheritdoc/>
    public override void LeftLog(in MessageId id)
    {
        if (_inLog.TryPeek(out var first) && _ids.KeyOf(first) == id)
        {
            _inLog.Dequeue();
            Leave(first);
            return;
        }

        // Out of order: those that came before it are searched for from now on; those that come after it
        // are queued again.
        var slot = _ids.Find(id);
        if (slot == AgedTable<long>.None || !_ids.IsHeld(slot))
            return;
        if (_inLog.Count > 0 && _ids[slot] >= _ids[first])
            _inLog.Clear();
        Leave(slot);
    }

    private void Leave(int slot)
    {
        _ids[slot] = NoPosition;
        _ids.Rest(slot);
        if (_ids.Resting > _maxCount)
        {
            _ids.PrefetchOldest(PrefetchAhead);
            Evict(_ids.Oldest);
        }
    }

    private void Evict(int slot)
    {
        if (_ids.IsExpired(slot))
            EvictedByAge++;
        else
            EvictedByCount++;
        _ids.Remove(slot);
    }
}
