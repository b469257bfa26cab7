using FloodActors.Core;

namespace FloodActors.Tests.Core;

[Collection(MeasuredCollection.Name)]
public class SeenIntervalsTests
{
    private const long Age = 60_000;
    private const ulong Own = 1_000_000;

    [Fact]
    public void A_message_is_new_once_and_then_a_duplicate_at_its_position_until_it_leaves_the_log()
    {
        var seen = new SeenIntervals(Own, 10, 10, Age, 1);

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
    [InlineData(SeenIntervals.HighestNumber - 5)]
    public void Every_number_is_its_own_message_at_both_ends_and_in_the_middle(ulong first)
    {
        var seen = new SeenIntervals(Own, 10, 10, Age, 1);
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
        var seen = new SeenIntervals(Own, 2, 10, Age, 1);
        Add(seen, 1, 0, SeenSet.NoPosition, 0);
        Add(seen, 2, 0, SeenSet.NoPosition, 0);

        Assert.Equal((SeenResult.Full, SeenSet.NoPosition), Add(seen, 3, 0, 0, Age));
        Assert.Equal((2, 0, 0), (seen.Count, seen.InLog, seen.ForgottenOrigins));
        Assert.Equal(SeenResult.New, Add(seen, 2, 1, SeenSet.NoPosition, Age).Result);
    }

    [Fact]
    public void A_silent_origin_is_forgotten_for_a_further_one_and_a_heard_one_is_not()
    {
        var seen = new SeenIntervals(Own, 2, 10, Age, 1);
        Add(seen, 1, 0, SeenSet.NoPosition, 0);
        Add(seen, 2, 0, SeenSet.NoPosition, 0);
        Add(seen, 1, 0, SeenSet.NoPosition, Age);

        Assert.Equal(SeenResult.New, Add(seen, 3, 0, SeenSet.NoPosition, 3 * Age / 2).Result);
        Assert.True(seen.Contains(new MessageId(1, 0), 3 * Age / 2, out _));
        Assert.False(seen.Contains(new MessageId(2, 0), 3 * Age / 2, out _));
        Assert.Equal(1, seen.ForgottenOrigins);
    }

    [Fact]
    public void A_silent_origin_is_remembered_as_long_as_there_are_free_places()
    {
        const int places = 100;
        var seen = new SeenIntervals(Own, places, 10, Age, 1);
        for (var origin = 0UL; origin < places; origin++)
            Assert.Equal(SeenResult.New, Add(seen, origin, 1, SeenSet.NoPosition, 1000 * Age * (long)origin).Result);
        Assert.Equal((places, 0), (seen.Count, seen.ForgottenOrigins));
        Assert.Equal(SeenResult.Duplicate, Add(seen, 0, 1, SeenSet.NoPosition, 1000 * Age * places).Result);

        for (var origin = 200UL; origin < 203; origin++)
        {
            Assert.Equal(SeenResult.New, Add(seen, origin, 1, SeenSet.NoPosition, 1001 * Age * places).Result);
            // The first one was heard again, so the others are the longest silent, in their order.
            Assert.Equal(((int)origin - 199, origin - 199), (seen.ForgottenOrigins, seen.LastForgotten));
        }
        Assert.Equal(places, seen.Count);
    }

    [Fact]
    public void The_own_origin_has_a_place_of_its_own_and_is_never_forgotten()
    {
        var seen = new SeenIntervals(Own, 2, 10, Age, 1);
        Add(seen, 1, 1, SeenSet.NoPosition, 0);
        Add(seen, 2, 1, SeenSet.NoPosition, 0);
        Assert.Equal(SeenResult.New, Add(seen, Own, 1, SeenSet.NoPosition, 0).Result);
        for (var origin = 3UL; origin < 100; origin++)
            Assert.Equal(SeenResult.New, Add(seen, origin, 1, SeenSet.NoPosition, 2 * Age * (long)origin).Result);

        Assert.Equal((SeenResult.Duplicate, SeenSet.NoPosition), Add(seen, Own, 1, 0, 1000 * Age));
        Assert.Equal((SeenResult.New, SeenSet.NoPosition), Add(seen, Own, 2, 5, 1000 * Age));
        Assert.Equal((SeenResult.Duplicate, 5L), Add(seen, Own, 2, 6, 1000 * Age));
        Assert.Equal((3, 97), (seen.Count, seen.ForgottenOrigins));
    }

    [Fact]
    public void A_number_that_no_origin_can_have_reached_is_not_taken_and_leaves_nothing_behind()
    {
        var seen = new SeenIntervals(Own, 10, 10, Age, 1);
        foreach (var number in new[] { SeenIntervals.HighestNumber + 1, ulong.MaxValue })
            Assert.Equal((SeenResult.TooFarAhead, SeenSet.NoPosition), Add(seen, 1, number, 0, 0));
        Assert.Equal((0, 0), (seen.Count, seen.InLog));

        // The first number of an origin may be any: this node came late.
        Assert.Equal(SeenResult.New, Add(seen, 1, 1_000_000, SeenSet.NoPosition, 0).Result);
        const ulong farthest = 1_000_000 + SeenIntervals.FarthestAhead;
        Assert.Equal(SeenResult.TooFarAhead, Add(seen, 1, farthest + 1, 0, 0).Result);
        Assert.Equal(SeenResult.New, Add(seen, 1, farthest, 0, 0).Result);
        Assert.Equal(SeenResult.New, Add(seen, 1, farthest + 1, 1, 0).Result);
        Assert.Equal(SeenResult.New, Add(seen, 1, 1_000_001, 2, 0).Result);
    }

    [Fact]
    public void A_peer_that_makes_up_origins_leaves_places_for_what_others_bring()
    {
        const int places = 1024;
        var seen = new SeenIntervals(Own, places, 10, Age, 1);
        var made = 0UL;
        // Three liars, one after the other, each for as long as it is answered "new".
        var taken = new List<int>();
        for (var liar = 0; liar < 3; liar++)
        {
            var before = seen.Count;
            while (Bring(seen, ++made, liar, 0) == SeenResult.New)
            {
            }
            Assert.Equal(SeenResult.ShareFull, Bring(seen, ++made, liar, 0));
            taken.Add(seen.Count - before);
        }
        Assert.Equal([places / 2, places / 4, places / 8], taken);

        for (var origin = 1_000_000UL; origin < 1_000_000 + (places / 16); origin++)
            Assert.Equal(SeenResult.New, Bring(seen, origin, bringer: 3, 0));
        // What they made up is silent in the end, and then gives way to whatever comes.
        Assert.Equal(SeenResult.New, Bring(seen, ++made, 0, 3 * Age));
        Assert.Equal(1, seen.ForgottenOrigins);
    }

    [Fact]
    public void Whoever_gets_the_number_of_a_peer_that_is_gone_does_not_answer_for_it()
    {
        var seen = new SeenIntervals(Own, 1000, 10, Age, 1);
        for (var origin = 0UL; origin < 500; origin++) Assert.Equal(SeenResult.New, Bring(seen, origin, 7, 0));
        Assert.Equal(SeenResult.ShareFull, Bring(seen, 999, 7, 0));
        seen.Disown(7);
        seen.Disown(70);
        for (var origin = 500UL; origin < 750; origin++) Assert.Equal(SeenResult.New, Bring(seen, origin, 7, 0));
        Assert.Equal(SeenResult.ShareFull, Bring(seen, 999, 7, 0));
    }

    [Fact]
    public void An_origin_with_a_message_in_the_log_is_never_forgotten()
    {
        var seen = new SeenIntervals(Own, 1, 10, Age, 1);
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
        var seen = new SeenIntervals(Own, 10, 100, Age, 1);
        for (var number = 0UL; number < 200_000; number += 2)
            Assert.Equal(SeenResult.New, Add(seen, 1, number, SeenSet.NoPosition, 0).Result);
        Assert.InRange(Retained.By(seen), 1, 8 * 1024);

        Assert.Equal(100_000 - 100, seen.ClosedGapIds);
        for (var number = 0UL; number < 200_000; number += 2)
            Assert.Equal(SeenResult.Duplicate, Add(seen, 1, number, SeenSet.NoPosition, 0).Result);
        var open = Enumerable.Range(0, 100_000 - 1).Select(n => new MessageId(1, (ulong)(2 * n + 1)));
        Assert.Equal(99, open.Count(id => !seen.Contains(id, 0, out _)));
    }

    [Fact]
    public void Gaps_in_many_names_take_bounded_memory_and_leave_some_to_every_origin()
    {
        const int places = 200;
        var seen = new SeenIntervals(Own, places, 1024, Age, 1);
        for (var origin = 0UL; origin < places; origin++)
        {
            for (var number = 0UL; number < 4000; number += 2) Add(seen, origin, number, SeenSet.NoPosition, 0);
        }
        // Four gaps for each of the places and the first one's share of a thousand, or eight intervals each.
        Assert.InRange(Retained.By(seen), 1, places * (73 + (24 * 2 * 8)) + (1024 * 24 * 2));

        // Whoever comes then can still be out of order.
        for (var origin = 1000UL; origin < 1050; origin++)
        {
            foreach (var number in new ulong[] { 1, 5, 3, 9, 7, 2, 4, 8, 6 })
                Assert.Equal(SeenResult.New, Add(seen, origin, number, SeenSet.NoPosition, 3 * Age).Result);
        }
    }

    [Fact]
    public void The_count_of_closed_ids_stays_at_its_end()
    {
        var seen = new SeenIntervals(Own, 40_000, 1, Age, 1);
        for (var origin = 0UL; seen.ClosedGapIds < long.MaxValue; origin++)
        {
            Assert.True(origin < 40_000);
            for (var number = 0UL; number <= SeenIntervals.HighestNumber; number += SeenIntervals.FarthestAhead)
                Add(seen, origin, number, SeenSet.NoPosition, 0);
        }

        Add(seen, 50_000, 0, SeenSet.NoPosition, 0);
        Add(seen, 50_000, 2, SeenSet.NoPosition, 0);
        Assert.Equal(long.MaxValue, seen.ClosedGapIds);
    }

    [Fact]
    public void A_duplicate_allocates_nothing()
    {
        var seen = new SeenIntervals(Own, 1000, 100, Age, 1);
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
        var first = new SeenIntervals(Own, 10_000, 64, Age, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var seen = new SeenIntervals(Own, 10_000, 64, Age, 2);
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
        var seen = new SeenIntervals(Own, maxOrigins, 64, Age, 1);

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
    {
        void Create() => _ = new SeenIntervals(Own, maxOrigins, maxIntervals, maxAge, 1);
        Assert.Throws<ArgumentOutOfRangeException>(Create);
    }

    private static SeenResult Bring(SeenIntervals seen, ulong origin, int bringer, long now) =>
        seen.TryAdd(new MessageId(origin, 1), SeenSet.NoPosition, now, bringer, out _);

    private static (SeenResult Result, long Known) Add(
        SeenIntervals seen, ulong origin, ulong number, long position, long now)
        => (seen.TryAdd(new MessageId(origin, number), position, now, out var known), known);
}
