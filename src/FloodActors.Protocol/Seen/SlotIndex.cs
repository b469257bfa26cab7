using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FloodActors.Core;

/// <summary>
/// Maps hashes to slots of a table. Each bucket is a cache line of ten places, whose tags (16 bits of a hash)
/// are compared at once by vector instructions; a full bucket passes further entries on to the next one and counts
/// them, so a search continues only where something was passed on. The layout is that of F14 (Bronson and Shi,
/// Facebook, 2019) with wider tags.
/// </summary>
/// <remarks>
/// <para>With a million entries nearly every bucket is a wait for memory, and a mispredicted branch costs as much as
/// the work around it. Hence one line for each search, addition and removal, very few branches, and 9 bytes a
/// slot, so that more of it stays in the caches.</para>
/// <para>Every walk visits a bucket at most once. The counts alone do not end a walk: in a table of a few buckets all
/// of them can have passed something on at the same time, each while it was full.</para>
/// <code>
///   bytes  0 .. 19  tag of each place; 0 is an empty place
///         20 .. 23  entries that belong here and were passed on
///         24 .. 63  slot of each place
/// </code>
/// </remarks>
internal sealed class SlotIndex
{
    private const int BucketBytes = 64;
    private const int Places = 10;
    private const int SentOnAt = 20;
    private const int SlotsAt = 24;
    private const int SlotsPerBucket = 7;

    /// <summary>Two bits for each tag of two bytes; the lower one is kept.</summary>
    private const uint PlacesMask = 0x5_5555;

    private readonly byte[] _bytes;
    private readonly int _first; // the first cache line's beginning; the array does not move
    private readonly uint _buckets;

    /// <summary>An index for slots up to <paramref name="capacity"/>.</summary>
    public SlotIndex(int capacity)
    {
        _buckets = (uint)((capacity + SlotsPerBucket - 1) / SlotsPerBucket);
        _bytes = GC.AllocateArray<byte>(checked((int)(_buckets + 1) * BucketBytes), pinned: true);
        _first = FirstAligned(_bytes);
    }

    /// <summary>The most slots that an index can have.</summary>
    public static int MaxCapacity => (Array.MaxLength / BucketBytes - 2) * SlotsPerBucket;

    /// <summary>Slots that may have this hash: nearly always the right one or none.</summary>
    public Matches Find(uint hash) => new(this, hash);

    /// <summary>Adds a slot, not 0.</summary>
    /// <exception cref="InvalidOperationException">There is no place left: there are more slots than the index was
    /// created for.</exception>
    public void Add(uint hash, int slot)
    {
        var home = Home(hash);
        var bucket = home;
        do
        {
            ref var bytes = ref Bytes(bucket);
            var empty = PlacesOf(ref bytes, 0);
            if (empty != 0)
            {
                var place = First(empty);
                Unsafe.Add(ref Unsafe.As<byte, ushort>(ref bytes), place) = Tag(hash);
                Slot(ref bytes, place) = slot;
                return;
            }
            SentOn(ref bytes)++;
            bucket = Following(bucket);
        }
        while (bucket != home);
        throw new InvalidOperationException("The index has no place left: it was made for fewer slots.");
    }

    /// <summary>Removes a slot that was added with this hash.</summary>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public void Remove(uint hash, int slot)
    {
        var home = Home(hash);
        var bucket = home;
        do
        {
            ref var bytes = ref Bytes(bucket);
            for (var found = PlacesOf(ref bytes, Tag(hash)); found != 0; found &= found - 1)
            {
                if (Slot(ref bytes, First(found)) != slot) continue;
                Unsafe.Add(ref Unsafe.As<byte, ushort>(ref bytes), First(found)) = 0;
                return;
            }
            SentOn(ref bytes)--;
            bucket = Following(bucket);
        }
        while (bucket != home);
        throw new InvalidOperationException("The slot is not in the index under this hash.");
    }

    /// <summary>Prefetches a hash's bucket, for a search or removal some messages later.</summary>
    public void Prefetch(uint hash) => Prefetch(ref Bytes(Home(hash)));

    /// <summary>Prefetches the cache line that contains an item, without waiting.</summary>
    public static unsafe void Prefetch<T>(ref T item)
    {
        if (Sse.IsSupported) Sse.Prefetch0(Unsafe.AsPointer(ref item));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Home(uint hash) => (uint)((ulong)hash * _buckets >> 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Following(uint bucket) => bucket + 1 == _buckets ? 0 : bucket + 1;

    // The bucket comes from the hash's high bits, so its low bits add information.
    private static ushort Tag(uint hash) => (ushort)Math.Max(hash & 0xFFFF, 1);

    // Buckets are below _buckets by construction, so the array's bounds need no check.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte Bytes(uint bucket) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), (nuint)_first + ((nuint)bucket * BucketBytes));

    private static ref uint SentOn(ref byte bucket) => ref Unsafe.As<byte, uint>(ref Unsafe.Add(ref bucket, SentOnAt));

    private static ref int Slot(ref byte bucket, int place) =>
        ref Unsafe.Add(ref Unsafe.As<byte, int>(ref Unsafe.Add(ref bucket, SlotsAt)), place);

    /// <summary>The places whose tag is this one, a bit at twice the number of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint PlacesOf(ref byte bucket, ushort tag)
    {
        var tags = Vector256.LoadUnsafe(ref Unsafe.As<byte, ushort>(ref bucket));
        return Vector256.Equals(tags, Vector256.Create(tag)).AsByte().ExtractMostSignificantBits() & PlacesMask;
    }

    private static int First(uint places) => BitOperations.TrailingZeroCount(places) >> 1;

    private static unsafe int FirstAligned(byte[] pinned) =>
        (int)((0 - (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned))) % BucketBytes);

    /// <summary>Walks over the slots of a hash.</summary>
    public struct Matches
    {
        private readonly SlotIndex _index;
        private readonly ushort _tag;
        private readonly uint _home;
        private uint _bucket;
        private uint _places;

        internal Matches(SlotIndex index, uint hash)
        {
            _index = index;
            _tag = Tag(hash);
            _bucket = _home = index.Home(hash);
            _places = PlacesOf(ref index.Bytes(_bucket), _tag);
        }

        /// <summary>The next slot, or 0 when there is none; then the walk has ended.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int Next()
        {
            while (true)
            {
                ref var bytes = ref _index.Bytes(_bucket);
                if (_places != 0)
                {
                    var place = First(_places);
                    _places &= _places - 1;
                    return Slot(ref bytes, place);
                }
                if (SentOn(ref bytes) == 0) return 0;
                _bucket = _index.Following(_bucket);
                if (_bucket == _home) return 0;
                _places = PlacesOf(ref _index.Bytes(_bucket), _tag);
            }
        }
    }
}
