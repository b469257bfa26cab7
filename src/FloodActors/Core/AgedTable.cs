using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace FloodActors.Core;

/// <summary>
/// A hash table whose entries age. An entry is either <b>held</b> (never too old: its message is in the log) or <b>resting</b>, and
/// then it stands in a list ordered by the time it was last refreshed, so the entry to forget next is always the list's first.
/// </summary>
/// <remarks>
/// <para>Entries live in one array of slots, linked by index: no object per entry, 16 bytes over key and value, and 8 for a bucket.
/// Slot 0 is the list's head and stands for "none" in every link; an array that was just allocated is therefore valid as it is.
/// Nothing is allocated before the first entry; the arrays never shrink, since they are bounded by what the caller allows.</para>
/// <para>Time is kept in ticks of 1024 ms (<see cref="TickMs"/>): a second refresh within a tick writes nothing, so a burst of duplicates
/// reads a bucket and a slot, and no neighbours in the list. An entry therefore rests at least the maximal age, and less than two
/// ticks longer.</para>
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

    // Shared by all empty tables and never written: whatever is looked up, bucket 0 answers none.
    private static readonly Chain[] NoBuckets = new Chain[1];

    private readonly IdHash _hash = new(salt);
    private readonly uint _maxAge = (uint)Math.Min((maxAgeMs >> TickBits) + ((maxAgeMs & (TickMs - 1)) == 0 ? 0 : 1), uint.MaxValue);
    private Slot[] _slots = [];
    private Chain[] _buckets = NoBuckets;
    private long _tick;
    private int _used;
    private int _free;

    /// <summary>All entries.</summary>
    public int Count { get; private set; }

    /// <summary>The entries that are not held.</summary>
    public int Resting { get; private set; }

    /// <summary>Slots allocated.</summary>
    public int Capacity => Math.Max(0, _slots.Length - 1);

    /// <summary>The entry that rests longest without a refresh.</summary>
    public int Oldest => Resting == 0 ? None : _slots[0].Next;

    public ref TValue this[int slot] => ref _slots[slot].Value;

    /// <summary>Sets the time. It does not run backwards: an earlier time than the latest is taken for the latest.</summary>
    public void Advance(long now) => _tick = Math.Max(_tick, now >> TickBits);

    public bool IsHeld(int slot) => _slots[slot].Next == Held;

    /// <summary>Whether it rests for more than the maximal age. Ticks wrap after 139 years; only an age beyond that would be read wrongly.</summary>
    public bool IsExpired(int slot)
    {
        ref var entry = ref _slots[slot];
        return entry.Next != Held && (uint)_tick - entry.Tick > _maxAge;
    }

    public int Find(in MessageId key)
    {
        var slots = _slots;
        var hash = _hash.Of(key);
        var bucket = _buckets[Bucket(hash)];
        if ((bucket.Bits & Bit(hash)) == 0) return None;
        var slot = bucket.First;
        while (slot != None)
        {
            ref var entry = ref slots[slot];
            if (entry.Key == key)
                return slot;
            slot = entry.Chain;
        }

        return None;
    }

    /// <summary>Brings the key's bucket near, for a <see cref="Find"/> or <see cref="Remove"/> some messages later.</summary>
    public unsafe void PrefetchBucket(in MessageId key)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref _buckets[Bucket(_hash.Of(key))]));
    }

    /// <summary>Brings the first slot of the key's bucket near; the bucket should be near already.</summary>
    public unsafe void PrefetchSlot(in MessageId key)
    {
        if (!Sse.IsSupported || _slots.Length == 0) return;
        var hash = _hash.Of(key);
        var bucket = _buckets[Bucket(hash)];
        if ((bucket.Bits & Bit(hash)) != 0) Sse.Prefetch0(Unsafe.AsPointer(ref _slots[bucket.First]));
    }

    /// <summary>
    /// Brings near what <see cref="Remove"/> of the oldest will need some removals from now. Entries age in the order in which their slots were
    /// taken, all but those that were refreshed, so it is mostly the slot that many places after the oldest.
    /// </summary>
    public void PrefetchOldest(int ahead)
    {
        PrefetchBucket(_slots[Later(ahead)].Key);
        PrefetchSlot(_slots[Later(ahead / 2)].Key);
    }

    private int Later(int ahead)
    {
        var slot = Oldest + ahead;
        return slot <= _used ? slot : None;
    }

    /// <summary>Adds an entry for a key that is not there. It is held.</summary>
    /// <param name="key">The key.</param>
    /// <param name="most">When slots are to be allocated: how many at most in all, unless there are already as many entries.</param>
    public int Add(in MessageId key, long most)
    {
        if (_free == None && _used == Capacity)
            Grow(most);
        int slot;
        if (_free != None)
        {
            slot = _free;
            _free = _slots[slot].Chain;
        }
        else
        {
            slot = ++_used;
        }

        ref var entry = ref _slots[slot];
        entry.Key = key;
        entry.Next = Held;
        var hash = _hash.Of(key);
        ref var bucket = ref _buckets[Bucket(hash)];
        entry.Chain = bucket.First;
        bucket.First = slot;
        bucket.Bits |= Bit(hash);
        Count++;
        return slot;
    }

    public void Remove(int slot)
    {
        Hold(slot);
        ref var entry = ref _slots[slot];
        ref var bucket = ref _buckets[Bucket(_hash.Of(entry.Key))];
        ref var link = ref bucket.First;
        while (link != slot)
            link = ref _slots[link].Chain;
        link = entry.Chain;
        if (bucket.First == None)
            bucket.Bits = 0;
        entry.Value = default;
        entry.Chain = _free;
        _free = slot;
        Count--;
    }

    /// <summary>Takes an entry out of the list of the ageing ones.</summary>
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

    /// <summary>The age of an entry begins anew. What is held has none.</summary>
    public void Refresh(int slot)
    {
        ref var entry = ref _slots[slot];
        if (entry.Next == Held || entry.Tick == (uint)_tick)
            return;
        Unlink(ref entry);
        LinkLast(slot);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Bucket(uint hash) => (uint)((ulong)hash * (uint)_buckets.Length >> 32);

    // The bucket is the hash's high bits, so its low ones say something new.
    private static uint Bit(uint hash) => 1u << (int)(hash & 31);

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

    // Called with no free slot: all of 1.._used are entries. By half, not to twice: the slack is what an idle node pays for.
    private void Grow(long most)
    {
        var wanted = Math.Min(Math.Max(FirstCapacity, Capacity * 3L / 2), Math.Max(most, Count + 1L));
        var capacity = (int)Math.Min(wanted, Array.MaxLength - 1);
        Array.Resize(ref _slots, capacity + 1);
        _buckets = new Chain[capacity];
        for (var slot = 1; slot <= _used; slot++)
        {
            ref var entry = ref _slots[slot];
            var hash = _hash.Of(entry.Key);
            ref var bucket = ref _buckets[Bucket(hash)];
            entry.Chain = bucket.First;
            bucket.First = slot;
            bucket.Bits |= Bit(hash);
        }
    }

    /// <summary>
    /// A bucket: its first slot, and a bit of each hash that was put into it since it was last empty. A new id mostly finds its bit missing,
    /// and no slot has to be fetched from memory to know that it is new.
    /// </summary>
    private struct Chain
    {
        public int First;
        public uint Bits;
    }

    private struct Slot
    {
        public MessageId Key;
        public TValue Value;
        public uint Tick;
        public int Chain;
        public int Previous;
        public int Next;
    }
}
