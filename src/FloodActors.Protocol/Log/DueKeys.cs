namespace FloodActors.Core;

/// <summary>The latest value of a key, or its removal.</summary>
internal sealed class KeyEntry(byte[] name)
{
    private ulong[] _known = [];

    /// <summary>Topic and key, as the table finds it.</summary>
    public byte[] Name { get; } = name;

    public FloodMessage Message { get; set; } = null!;

    public long Version { get; set; }

    /// <summary>Its place among the removals, oldest first; null while it has a value.</summary>
    public LinkedListNode<KeyEntry>? Removal { get; set; }

    /// <summary>It made room for others. Whoever has it still to get does not get it.</summary>
    public bool IsGone { get; set; }

    /// <summary>Whether a value with this version and origin counts more than the present one.</summary>
    public bool IsOlderThan(long version, ulong incarnation) =>
        version != Version ? version > Version : incarnation > Message.Author.Incarnation;

    public bool IsKnownTo(int slot) => slot >> 6 < _known.Length && (_known[slot >> 6] & (1UL << slot)) != 0;

    public void MarkKnown(int slot)
    {
        if (slot >> 6 >= _known.Length) Array.Resize(ref _known, (slot >> 6) + 1);
        _known[slot >> 6] |= 1UL << slot;
    }

    public void Forget(int slot)
    {
        if (slot >> 6 < _known.Length) _known[slot >> 6] &= ~(1UL << slot);
    }

    public void ForgetAll() => Array.Clear(_known);
}

/// <summary>
/// The keys whose latest value a peer or a subscriber has not been given, in the order in which they became due. A
/// newer value takes the older one's place: so the queue is no longer than there are keys, and none starves.
/// </summary>
internal sealed class DueKeys
{
    private readonly Queue<(KeyEntry Entry, long Change)> _queue = new();
    private readonly HashSet<KeyEntry> _due = [];
    private readonly Queue<(long Token, long Through)> _turns = new();
    private long _takenTurns;
    private long _takenThrough;

    public int Count => _queue.Count;

    /// <summary>Values that it was spared, not yet reported.</summary>
    public long Spared { get; set; }

    /// <summary>Values that it was spared in all.</summary>
    public long SparedEver { get; private set; }

    /// <summary>How many times a link was handed keys.</summary>
    public long Turns { get; private set; }

    /// <summary>A key has a new value. Answers whether it takes the place of one that was due.</summary>
    public bool Add(KeyEntry entry, long change)
    {
        if (_due.Add(entry))
        {
            _queue.Enqueue((entry, change));
            return false;
        }
        Spared++;
        SparedEver++;
        return true;
    }

    public bool TryTake(out KeyEntry entry)
    {
        var taken = _queue.TryDequeue(out var next);
        entry = next.Entry;
        if (taken) _due.Remove(entry);
        return taken;
    }

    /// <summary>A link was handed keys, and acknowledges them together with what ends at this log position.</summary>
    public void HandedOver(long position, long changes) =>
        _turns.Enqueue((position + ++Turns, _queue.TryPeek(out var next) ? next.Change - 1 : changes));

    /// <summary>The log position that an acknowledgement speaks of.</summary>
    public long Acknowledged(long token)
    {
        while (_turns.TryPeek(out var turn) && turn.Token <= token)
        {
            _turns.Dequeue();
            _takenTurns++;
            _takenThrough = turn.Through;
        }
        return token - _takenTurns;
    }

    /// <summary>Whether all changes up to this one have been taken, or needed no giving.</summary>
    public bool IsDoneWith(long change) =>
        _takenThrough >= change || (_turns.Count == 0 && (!_queue.TryPeek(out var next) || next.Change > change));

    /// <summary>The link has ended, or a new one begins: nothing is due and nothing under way.</summary>
    public void Clear()
    {
        _queue.Clear();
        _due.Clear();
        _turns.Clear();
        (Turns, _takenTurns, _takenThrough) = (0, 0, 0);
    }
}
