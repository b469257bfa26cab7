namespace FloodActors.Core;

/// <summary>
/// A hash table whose entries age. An entry is either <b>held</b> (never too old: its message is in the log) or
/// <b>resting</b>, and then it is in a list ordered by the time of its last refresh, so the entry to evict next is
/// always the first in the list.
/// </summary>
/// <remarks>
/// <para>Entries live in one array of slots, linked by index: no object per entry, 16 bytes besides key and value,
/// and 9 in the index (<see cref="SlotIndex"/>).</para>
/// <para>Slot 0 is the list's head and stands for "none" in every link; so a newly allocated array is
/// valid as it is. Nothing is allocated before the first entry; the arrays never shrink, since they are bounded by what
/// the caller allows.</para>
/// <para>Time is kept in ticks of 1024 ms (<see cref="TickMs"/>): a second refresh within a tick writes nothing, so
/// a burst of duplicates reads only a bucket and a slot, and no neighbours in the list. So an entry rests for at least
/// the maximal age, and less than two ticks longer.</para>
/// </remarks>
internal sealed class AgedTable<TValue>(long maxAgeMs, ulong salt) where TValue : struct
{
    /// <summary>No slot.</summary>
    public const int None = 0;

    /// <summary>Milliseconds of a tick, the resolution of ages.</summary>
    public const int TickMs = 1 << TickBits;

    private const int TickBits = 10;
    private const int Held = -1;
    private const int FirstCapacity = 4;

    // Shared by all empty tables and never written: every lookup finds nothing.
    private static readonly SlotIndex NoIndex = new(1);

    private readonly IdHash _hash = new(salt);
    private readonly uint _maxAge =
        (uint)Math.Min((maxAgeMs >> TickBits) + ((maxAgeMs & (TickMs - 1)) == 0 ? 0 : 1), uint.MaxValue);
    private Slot[] _slots = [];
    private SlotIndex _index = NoIndex;
    private long _tick;
    private int _used;
    private int _firstFree;
    private int _lastFree;

    /// <summary>All entries.</summary>
    public int Count { get; private set; }

    /// <summary>The entries that are not held.</summary>
    public int Resting { get; private set; }

    /// <summary>Slots allocated.</summary>
    public int Capacity => Math.Max(0, _slots.Length - 1);

    /// <summary>The entry with the oldest refresh.</summary>
    public int Oldest => Resting == 0 ? None : _slots[0].Next;

    public ref readonly MessageId KeyOf(int slot) => ref _slots[slot].Key;

    public ref TValue this[int slot] => ref _slots[slot].Value;

    /// <summary>
    /// Sets the time. It never runs backwards: a time before the latest counts as the latest.
    /// </summary>
    public void Advance(long now) => _tick = Math.Max(_tick, now >> TickBits);

    public bool IsHeld(int slot) => _slots[slot].Next == Held;

    /// <summary>
    /// Whether it has rested for more than the maximal age. Ticks wrap after 139 years; only an older age would be
    /// misread.
    /// </summary>
    public bool IsExpired(int slot)
    {
        ref var entry = ref _slots[slot];
        return entry.Next != Held && (uint)_tick - entry.Tick > _maxAge;
    }

    /// <summary>The slot of a key, or <see cref="None"/>.</summary>
    public int Find(in MessageId key) => Find(key, out _);

    /// <inheritdoc cref="Find(in MessageId)"/>
    /// <param name="key">The key.</param>
    /// <param name="hash">For <see cref="Add"/>, if it is not there.</param>
    public int Find(in MessageId key, out uint hash)
    {
        hash = _hash.Of(key);
        var matches = _index.Find(hash);
        int slot;
        do slot = matches.Next();
        while (slot != None && _slots[slot].Key != key);
        return slot;
    }

    /// <summary>Prefetches the key's bucket, for a <see cref="Find(in MessageId)"/> some messages later.</summary>
    public void PrefetchBucket(in MessageId key) => _index.Prefetch(_hash.Of(key));

    /// <summary>
    /// Prefetches what <see cref="Remove"/> of the oldest will need some removals from now. Except for
    /// refreshed ones, entries age in the order in which their slots were taken, so it is mostly the slot that many
    /// places after the oldest.
    /// </summary>
    public void PrefetchOldest(int ahead)
    {
        var slot = Oldest + ahead;
        if (slot + (2 * ahead) > _used) return;
        _index.Prefetch(_slots[slot].Hash);
        SlotIndex.Prefetch(ref _slots[slot + (2 * ahead)]);
    }

    /// <summary>Adds an entry for a key that is not there. It is held.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">The hash from <see cref="Find(in MessageId, out uint)"/>.</param>
    /// <param name="most">If slots must be allocated, the most in total, unless there are already that
    /// many entries.</param>
    public int Add(in MessageId key, uint hash, long most)
    {
        if (_firstFree == None && _used == Capacity)
            Grow(most);
        int slot;
        if (_firstFree != None)
        {
            slot = _firstFree;
            _firstFree = _slots[slot].Next;
        }
        else
        {
            slot = ++_used;
        }

        ref var entry = ref _slots[slot];
        entry.Key = key;
        entry.Hash = hash;
        entry.Next = Held;
        _index.Add(hash, slot);
        Count++;
        return slot;
    }

    public void Remove(int slot)
    {
        Hold(slot);
        ref var entry = ref _slots[slot];
        _index.Remove(entry.Hash, slot);
        entry.Value = default;
        // Slots are reused in the order in which they became free, so that ages continue to follow their order.
        entry.Next = None;
        if (_firstFree == None) _firstFree = slot;
        else _slots[_lastFree].Next = slot;
        _lastFree = slot;
        Count--;
    }

    /// <summary>Removes an entry from the list of ageing entries.</summary>
    public void Hold(int slot)
    {
        if (IsHeld(slot))
            return;
        Unlink(ref _slots[slot]);
        _slots[slot].Next = Held;
        Resting--;
    }

    /// <summary>A held entry begins to age now.</summary>
    public void Rest(int slot)
    {
        if (!IsHeld(slot))
            return;
        LinkLast(slot);
        Resting++;
    }

    /// <summary>Restarts the age of an entry. A held entry has none.</summary>
    public void Refresh(int slot)
    {
        ref var entry = ref _slots[slot];
        if (entry.Next == Held || entry.Tick == (uint)_tick)
            return;
        Unlink(ref entry);
        LinkLast(slot);
    }

    private void Unlink(ref Slot entry)
    {
        _slots[entry.Previous].Next = entry.Next;
        _slots[entry.Next].Previous = entry.Previous;
    }

    private void LinkLast(int slot)
    {
        ref var head = ref _slots[0];
        ref var entry = ref _slots[slot];
        entry.Tick = (uint)_tick;
        entry.Previous = head.Previous;
        entry.Next = 0;
        _slots[head.Previous].Next = slot;
        head.Previous = slot;
    }

    // Called with no free slot: all of 1.._used are entries. It grows by half instead of doubling: an idle node pays
    // for the slack.
    private void Grow(long most)
    {
        var wanted = Math.Min(Math.Max(FirstCapacity, Capacity * 3L / 2), Math.Max(most, Count + 1L));
        var capacity = (int)Math.Min(wanted, SlotIndex.MaxCapacity);
        Array.Resize(ref _slots, capacity + 1);
        _index = new SlotIndex(capacity);
        for (var slot = 1; slot <= _used; slot++) _index.Add(_slots[slot].Hash, slot);
    }

    private struct Slot
    {
        public MessageId Key;
        public TValue Value;
        public uint Hash;
        public uint Tick;
        public int Previous;
        public int Next; // of a free slot: the next free one
    }
}
