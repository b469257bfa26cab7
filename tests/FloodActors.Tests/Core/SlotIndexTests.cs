using FloodActors.Core;

namespace FloodActors.Tests.Core;

/// <summary>
/// The index by itself, with hashes of the test's choice, from one bucket upwards: no search, addition or removal goes
/// on for ever.
/// </summary>
public class SlotIndexTests
{
    /// <summary>As in <see cref="SlotIndex"/>: places of a bucket, and slots that an index has a bucket for.</summary>
    private const int Places = 10;
    private const int SlotsPerBucket = 7;

    [Theory]
    [InlineData(2), InlineData(3), InlineData(4), InlineData(9), InlineData(20)]
    public void A_search_ends_when_every_bucket_has_sent_entries_on(int buckets) => Endless.Not(() =>
    {
        var index = new SlotIndex(buckets * SlotsPerBucket);
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            // One more than fits: the last one stands in the next bucket, and counts here for as long as it lives.
            for (var i = 0; i <= Places; i++) index.Add(Hash(bucket, i), Slot(bucket, i));
            for (var i = 0; i < Places; i++) index.Remove(Hash(bucket, i), Slot(bucket, i));
        }
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            Assert.Equal(0, index.Find(HashIn(bucket, buckets, tag: 9999)).Next());
            Assert.Equal(Slot(bucket, Places), index.Find(Hash(bucket, Places)).Next());
        }
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            index.Remove(Hash(bucket, Places), Slot(bucket, Places));
            Assert.Equal(0, index.Find(Hash(bucket, Places)).Next());
        }

        uint Hash(int bucket, int i) => HashIn(bucket, buckets, tag: Slot(bucket, i));

        static int Slot(int bucket, int i) => (bucket * 100) + i + 1;
    });

    [Fact]
    public void An_index_of_any_small_size_answers_like_a_list_for_millions_of_steps() => Endless.Not(() =>
    {
        for (var capacity = 1; capacity <= 9 * SlotsPerBucket; capacity++) Walk(capacity, steps: 40_000);
    });

    [Fact]
    public void What_does_not_fit_and_what_is_not_there_are_errors_and_no_endless_searches() => Endless.Not(() =>
    {
        for (var buckets = 1; buckets <= 9; buckets++)
        {
            var index = new SlotIndex(buckets * SlotsPerBucket);
            for (var i = 1; i <= buckets * Places; i++) index.Add((uint)i, i);
            Assert.Throws<InvalidOperationException>(() => index.Add(0, 1_000_000));
            Assert.Throws<InvalidOperationException>(() => index.Remove(1, 1_000_000));
            Assert.Equal(0, index.Find(0xFFFF).Next());
        }
    });

    private static void Walk(int capacity, int steps)
    {
        var random = new Random(capacity);
        var index = new SlotIndex(capacity);
        var buckets = (capacity + SlotsPerBucket - 1) / SlotsPerBucket;
        var hashes = new uint[capacity + 1];
        var (free, used) = (new List<int>(Enumerable.Range(1, capacity)), new List<int>());
        for (var step = 0; step < steps; step++)
        {
            // Long runs of one bucket's hashes and few tags, so that buckets overflow, empty and meet the same tag
            // again.
            var bucket = random.Next(4) == 0 ? random.Next(buckets) : step / 64 % buckets;
            var hash = HashIn(bucket, buckets, random.Next(40));
            if (free.Count > 0 && (used.Count == 0 || random.Next(100) < 55))
            {
                var slot = Take(free, random);
                hashes[slot] = hash;
                index.Add(hash, slot);
                used.Add(slot);
            }
            else
            {
                var slot = Take(used, random);
                index.Remove(hashes[slot], slot);
                free.Add(slot);
            }
            // Whatever the index offers has the same home or stands behind it; each slot that does have the hash must
            // be among it, once.
            var asked = random.Next(2) == 0 || used.Count == 0 ? hash : hashes[used[random.Next(used.Count)]];
            var expected = used.Count(slot => hashes[slot] == asked);
            var matches = index.Find(asked);
            for (var slot = matches.Next(); slot != 0; slot = matches.Next())
                if (hashes[slot] == asked && used.Contains(slot)) expected--;
            Assert.True(expected == 0, $"capacity {capacity}, step {step}: {expected} were not found or found twice");
        }
    }

    private static int Take(List<int> slots, Random random)
    {
        var at = random.Next(slots.Count);
        (slots[at], slots[^1]) = (slots[^1], slots[at]);
        var slot = slots[^1];
        slots.RemoveAt(slots.Count - 1);
        return slot;
    }

    /// <summary>A hash whose home is this bucket.</summary>
    private static uint HashIn(int bucket, int buckets, int tag) =>
        (uint)((((ulong)bucket << 32) / (uint)buckets + 0x20000) & ~0xFFFFUL) + (uint)tag;
}
