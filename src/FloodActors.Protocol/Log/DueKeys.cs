namespace FloodActors.Core;

/// <summary>The latest value of a key, or its removal.</summary>
internal sealed class KeyEntry(byte[] name)
{
    private ulong[] _known = [];

    /// <summary>Topic and key: the entry's key in the table.</summary>
    public byte[] Name { get; } = name;

    public FloodMessage Message { get; set; } = null!;

    public long Version { get; set; }

    /// <summary>Whether it has no value any more.</summary>
    public bool IsRemoved { get; set; }

    public bool IsAt(long version, ulong incarnation) =>
        version == Version && incarnation == Message.Author.Incarnation;

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

/// <summary>By version: the oldest first.</summary>
internal sealed class OldestFirst : IComparer<KeyEntry>
{
    public int Compare(KeyEntry? x, KeyEntry? y)
    {
        var order = (x!.Version, x.Message.Author.Incarnation).CompareTo((y!.Version, y.Message.Author.Incarnation));
        return order != 0 ? order : x.Name.AsSpan().SequenceCompareTo(y.Name);
    }
}

/// <summary>
/// The keys whose latest value a peer or a subscriber has not been given, in the order in which they became due. A
/// newer value takes the older one's place: so there are no more than there are keys, and none starves.
/// </summary>
internal sealed class DueKeys
{
    /// <summary>Empty places are removed when there are this many more of them than of the others.</summary>
    private const int Slack = 64;

    // What is due, by the change that made it due. A place in the queue with a different change is empty.
    private readonly Dictionary<KeyEntry, long> _due = [];
    private readonly Queue<(KeyEntry Entry, long Change)> _queue = new();
    private readonly Queue<(long Token, long Through)> _turns = new();
    private long _takenTurns;
    private long _takenThrough;

    public int Count => _due.Count;

    /// <summary>Values that the receiver was spared, not yet reported.</summary>
    public long Spared { get; set; }

    /// <summary>Values that the receiver was spared in all.</summary>
    public long SparedEver { get; private set; }

    /// <summary>How many times a link was given keys.</summary>
    public long Turns { get; private set; }

    /// <summary>Places in the queue, empty ones included.</summary>
    public int Places => _queue.Count;

    public bool Contains(KeyEntry entry) => _due.ContainsKey(entry);

    /// <summary>A key has a new value. Returns whether it takes the place of one that was due.</summary>
    public bool Add(KeyEntry entry, long change)
    {
        if (Owe(entry, change)) return false;
        Spare();
        return true;
    }

    /// <summary>The latest value of a key is due. Returns false if it already was.</summary>
    public bool Owe(KeyEntry entry, long change)
    {
        if (!_due.TryAdd(entry, change)) return false;
        _queue.Enqueue((entry, change));
        return true;
    }

    /// <summary>A key is no longer due: the receiver has its value, or the key is forgotten here.</summary>
    /// <param name="entry">The key.</param>
    /// <param name="isSpared">Whether the value that was due will not be given, and counts as spared.</param>
    public bool Remove(KeyEntry entry, bool isSpared)
    {
        if (!_due.Remove(entry)) return false;
        if (isSpared) Spare();
        if (_queue.Count <= (2 * _due.Count) + Slack) return true;
        for (var places = _queue.Count; places > 0; places--)
        {
            var place = _queue.Dequeue();
            if (IsTaken(place)) _queue.Enqueue(place);
        }
        return true;
    }

    public bool TryTake(out KeyEntry entry)
    {
        var taken = TryPeek(out var next);
        entry = next.Entry;
        if (!taken) return false;
        _queue.Dequeue();
        _due.Remove(entry);
        return true;
    }

    /// <summary>
    /// A link was given keys, and acknowledges them together with the messages that end at this log position.
    /// </summary>
    public void HandedOver(long position, long changes) =>
        _turns.Enqueue((position + ++Turns, TryPeek(out var next) ? next.Change - 1 : changes));

    /// <summary>The log position that an acknowledgement refers to.</summary>
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

    /// <summary>Whether all changes up to this one have been taken, or did not need to be given.</summary>
    public bool IsDoneWith(long change) =>
        _takenThrough >= change || (_turns.Count == 0 && (!TryPeek(out var next) || next.Change > change));

    /// <summary>The link has ended, or a new one begins: nothing is due, and nothing is in flight.</summary>
    public void Clear()
    {
        _queue.Clear();
        _due.Clear();
        _turns.Clear();
        (Turns, _takenTurns, _takenThrough) = (0, 0, 0);
    }

    private void Spare()
    {
        Spared++;
        SparedEver++;
    }

    private bool TryPeek(out (KeyEntry Entry, long Change) next)
    {
        while (_queue.TryPeek(out next))
        {
            if (IsTaken(next)) return true;
            _queue.Dequeue();
        }
        return false;
    }

    private bool IsTaken((KeyEntry Entry, long Change) place) =>
        _due.TryGetValue(place.Entry, out var change) && change == place.Change;
}
