using FloodActors.Core;

namespace FloodActors.Tests.Core;

[Collection(MeasuredCollection.Name)]
public class SeenIntervalsTests
{
    private const long Age = 60_000;

    [Fact]
    public void A_message_is_new_once_and_then_a_duplicate_at_its_position_until_it_leaves_the_log()
    {
        var seen = new SeenIntervals(10, 10, Age, 1);

        Assert.Equal((SeenResult.New, SeenSet.NoPosition), Add(seen, 1, 5, 7, 0));
        Assert.Equal((SeenResult.Duplicate, 7), Add(seen, 1, 5, 8, 0));
        seen.LeftLog(new MessageId(1, 5));
        seen.LeftLog(new MessageId(1, 5));
        seen.LeftLog(new MessageId(2, 5));
        Assert.Equal((SeenResult.Duplicate, SeenSet.NoPosition), Add(seen, 1, 5, 8, 0));
        Assert.Equal((1, 0), (seen.Count, seen.InLog));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(long.MaxValue)]
    [InlineData(ulong.MaxValue - 5)]
    public void Every_number_is_its_own_message_at_both_ends_and_in_the_middle(ulong first)
    {
        var seen = new SeenIntervals(10, 10, Age, 1);
        ulong[] order = [first + 3, first, first + 5, first + 1, first + 4, first + 2];
        foreach (var number in order)
        {
            Assert.Equal(SeenResult.New, Add(seen, 1, number, SeenSet.NoPosition, 0).Result);
            Assert.Equal(SeenResult.Duplicate, Add(seen, 1, number, SeenSet.NoPosition, 0).Result);
        }

        Assert.False(seen.Contains(new MessageId(1, first - 1), 0, out _));
        Assert.False(seen.Contains(new MessageId(1, first + 6), 0, out _));
        Assert.False(seen.Contains(new MessageId(2, first), 0, out _));
    }

    [Fact]
    public void A_further_origin_is_refused_while_all_known_ones_are_alive()
    {
        var seen = new SeenIntervals(2, 10, Age, 1);
        Add(seen, 1, 0, SeenSet.NoPosition, 0);
        Add(seen, 2, 0, SeenSet.NoPosition, 0);

        Assert.Equal((SeenResult.Full, SeenSet.NoPosition), Add(seen, 3, 0, 0, Age));
        Assert.Equal((2, 0, 0), (seen.Count, seen.InLog, seen.ForgottenOrigins));
        Assert.Equal(SeenResult.New, Add(seen, 2, 1, SeenSet.NoPosition, Age).Result);
    }

    [Fact]
    public void A_silent_origin_is_forgotten_for_a_further_one_and_a_heard_one_is_not()
    {
        var seen = new SeenIntervals(2, 10, Age, 1);
        Add(seen, 1, 0, SeenSet.NoPosition, 0);
        Add(seen, 2, 0, SeenSet.NoPosition, 0);
        Add(seen, 1, 0, SeenSet.NoPosition, Age);

        Assert.Equal(SeenResult.New, Add(seen, 3, 0, SeenSet.NoPosition, 3 * Age / 2).Result);
        Assert.True(seen.Contains(new MessageId(1, 0), 3 * Age / 2, out _));
        Assert.False(seen.Contains(new MessageId(2, 0), 3 * Age / 2, out _));
        Assert.Equal(1, seen.ForgottenOrigins);
    }

    [Fact]
    public void A_silent_origin_is_remembered_as_long_as_no_further_one_comes()
    {
        var seen = new SeenIntervals(2, 10, Age, 1);
        Add(seen, 1, 0, SeenSet.NoPosition, 0);

        Assert.Equal(SeenResult.Duplicate, Add(seen, 1, 0, SeenSet.NoPosition, 1000 * Age).Result);
    }

    [Fact]
    public void An_origin_with_a_message_in_the_log_is_never_forgotten()
    {
        var seen = new SeenIntervals(1, 10, Age, 1);
        Add(seen, 1, 0, 0, 0);
        Add(seen, 1, 1, 1, 0);

        seen.LeftLog(new MessageId(1, 0));
        Assert.Equal(SeenResult.Full, Add(seen, 2, 0, 2, 100 * Age).Result);
        seen.LeftLog(new MessageId(1, 1));
        Assert.Equal(SeenResult.Full, Add(seen, 2, 0, 2, 100 * Age).Result);
        Assert.Equal(SeenResult.New, Add(seen, 2, 0, 2, 102 * Age).Result);
        Assert.Equal((1, 1, 1), (seen.Count, seen.InLog, seen.ForgottenOrigins));
    }

    [Fact]
    public void An_origin_that_skips_without_end_takes_bounded_memory_repeats_nothing_and_its_loss_is_counted()
    {
        var seen = new SeenIntervals(10, 100, Age, 1);
        for (var number = 0UL; number < 200_000; number += 2)
            Assert.Equal(SeenResult.New, Add(seen, 1, number, SeenSet.NoPosition, 0).Result);
        Assert.InRange(Retained.By(seen), 1, 8 * 1024);

        Assert.Equal(100_000 - 100, seen.ClosedGapIds);
        for (var number = 0UL; number < 200_000; number += 2)
            Assert.Equal(SeenResult.Duplicate, Add(seen, 1, number, SeenSet.NoPosition, 0).Result);
        Assert.Equal(99, Enumerable.Range(0, 100_000 - 1).Count(n => !seen.Contains(new MessageId(1, (ulong)(2 * n + 1)), 0, out _)));
    }

    [Fact]
    public void The_count_of_closed_ids_stays_at_its_end()
    {
        var seen = new SeenIntervals(10, 1, Age, 1);
        for (var origin = 0UL; origin < 3; origin++)
        {
            Add(seen, origin, 0, SeenSet.NoPosition, 0);
            Add(seen, origin, ulong.MaxValue, SeenSet.NoPosition, 0);
        }

        Assert.Equal(long.MaxValue, seen.ClosedGapIds);
    }

    [Fact]
    public void A_duplicate_allocates_nothing()
    {
        var seen = new SeenIntervals(100, 100, Age, 1);
        for (var number = 0UL; number < 100; number += 3)
        {
            for (var origin = 0UL; origin < 100; origin++)
                Add(seen, origin, number, origin % 2 == 0 ? 1 : SeenSet.NoPosition, 0);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0UL; i < 100_000; i++)
            seen.TryAdd(new MessageId(i % 100, i % 34 * 3), 0, (long)i, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal((100, 0, 3400 / 2), (seen.Count, seen.ClosedGapIds, seen.InLog));
    }

    [Fact]
    public void An_empty_set_takes_less_than_200_bytes()
    {
        var first = new SeenIntervals(10_000, 64, Age, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var seen = new SeenIntervals(10_000, 64, Age, 2);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(bytes, 1, 199);
        Assert.Equal(first.Count, seen.Count);
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(1_000_000)]
    public void Any_number_of_messages_of_10_000_origins_takes_less_than_1_MB(int maxOrigins)
    {
        const int origins = 10_000;
        const int window = 16;
        const int seed = 11;
        var random = new Random(seed);
        var seen = new SeenIntervals(maxOrigins, 64, Age, 1);

        // Out of order within a window, all origins interleaved. The history gets longer, the memory does not.
        var numbers = Enumerable.Range(0, window).ToArray();
        for (var round = 0; round < 8; round++)
        {
            random.Shuffle(numbers);
            foreach (var number in numbers)
            {
                for (var origin = 0UL; origin < origins; origin++)
                {
                    var id = new MessageId(origin, (ulong)(round * window + number));
                    Assert.True(seen.TryAdd(id, 0, round, out _) == SeenResult.New, $"seed {seed}, {id}");
                    seen.LeftLog(id);
                }
            }

            if (round is 0 or 7)
                Assert.InRange(Retained.By(seen), 100_000, 1_000_000);
        }

        Assert.Equal((origins, 0, 0), (seen.Count, seen.ClosedGapIds, seen.ForgottenOrigins));
        Assert.Equal(SeenResult.Duplicate, Add(seen, 0, 0, 0, 20).Result);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 0)]
    public void Bounds_that_make_no_sense_are_refused(int maxOrigins, int maxIntervals, long maxAge)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new SeenIntervals(maxOrigins, maxIntervals, maxAge, 1));

    private static (SeenResult Result, long Known) Add(SeenIntervals seen, ulong origin, ulong number, long position, long now)
        => (seen.TryAdd(new MessageId(origin, number), position, now, out var known), known);
}
