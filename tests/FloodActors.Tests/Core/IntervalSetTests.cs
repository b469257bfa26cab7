using FloodActors.Core;

namespace FloodActors.Tests.Core;

public class IntervalSetTests
{
    private const int Many = 1000;

    [Fact]
    public void Numbers_in_order_stay_one_interval()
    {
        var set = new IntervalSet(0);
        for (var n = 1UL; n < 1000; n++)
            set.Add(n, Many);

        Assert.Equal(1, set.Count);
        Assert.True(set.Contains(0) && set.Contains(999) && !set.Contains(1000));
    }

    [Fact]
    public void Numbers_in_any_order_end_as_one_interval_and_are_exact_on_the_way()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var order = Enumerable.Range(0, 500).Select(n => (ulong)n).ToArray();
            new Random(seed).Shuffle(order);
            var set = new IntervalSet(order[0]);
            var naive = new HashSet<ulong> { order[0] };
            foreach (var number in order[1..])
            {
                Assert.False(set.Contains(number), $"seed {seed}, number {number}");
                Assert.Equal(0UL, set.Add(number, Many));
                naive.Add(number);
                var probe = (ulong)(naive.Count * 7 % 500);
                Assert.True(naive.Contains(probe) == set.Contains(probe), $"seed {seed}, probe {probe}");
            }

            Assert.Equal(1, set.Count);
        }
    }

    [Fact]
    public void The_first_and_the_last_of_all_numbers_are_neighbours_of_nothing_beyond()
    {
        var set = new IntervalSet(ulong.MaxValue);
        Assert.False(set.Contains(0) || set.Contains(ulong.MaxValue - 1));
        set.Add(0, Many);
        Assert.Equal(2, set.Count);
        set.Add(ulong.MaxValue - 1, Many);
        set.Add(1, Many);
        Assert.Equal(2, set.Count);
        Assert.False(set.Contains(2) || set.Contains(ulong.MaxValue - 2));

        var upwards = new IntervalSet(0);
        upwards.Add(ulong.MaxValue, Many);
        Assert.Equal(2, upwards.Count);
        Assert.True(upwards.Contains(0) && upwards.Contains(ulong.MaxValue) && !upwards.Contains(1));
    }

    [Fact]
    public void One_gap_too_many_closes_the_lowest_but_one_and_tells_how_many_numbers_it_had()
    {
        var set = new IntervalSet(10);
        Assert.Equal(0UL, set.Add(20, 3));
        Assert.Equal(0UL, set.Add(30, 3));
        Assert.Equal(9UL, set.Add(40, 3));

        Assert.Equal(3, set.Count);
        Assert.True(set.Contains(21) && set.Contains(29) && !set.Contains(9) && !set.Contains(11) && !set.Contains(31));
    }

    [Fact]
    public void A_number_in_a_gap_is_added_before_the_rest_of_the_gap_closes()
    {
        var set = new IntervalSet(10);
        set.Add(20, 2);

        Assert.Equal(4UL, set.Add(15, 2));
        Assert.True(set.Contains(15) && set.Contains(16) && !set.Contains(14));
    }

    [Theory]
    [InlineData(1, 2), InlineData(1, 1024), InlineData(2, 1024), InlineData(10, 100), InlineData(5000, 1024)]
    public void Numbers_far_ahead_do_not_close_the_gap_that_an_origin_is_about_to_fill(int sent, int most)
    {
        var set = new IntervalSet(1);
        for (var number = 2UL; number <= (ulong)sent; number++) set.Add(number, most);
        for (var lie = 1UL; lie <= 10_000; lie++)
        {
            set.Add(lie << 30, most);
            if (lie % 100 != 0) continue;
            var next = (ulong)sent + (lie / 100);
            Assert.False(set.Contains(next));
            set.Add(next, most);
        }
        Assert.InRange(set.Count, 2, most);
    }

    [Fact]
    public void Gaps_that_nothing_fills_any_more_give_way_to_those_of_the_moment()
    {
        const int most = 16;
        var set = new IntervalSet(1);
        var next = 1UL;
        var random = new Random(3);
        // Long runs with a loss after each: these gaps stay.
        for (var run = 0; run < 200; run++)
        {
            next += 50;
            for (var i = random.Next(100, 1000); i > 0; i--) set.Add(++next, most);
        }
        // And now and then two messages overtake each other.
        for (var pair = 0; pair < 1000; pair++)
        {
            set.Add(next + 2, most);
            set.Add(next + 4, most);
            Assert.False(set.Contains(next + 1) || set.Contains(next + 3));
            set.Add(next + 3, most);
            set.Add(next + 1, most);
            next += 4;
        }
        Assert.InRange(set.Count, 2, most);
    }

    [Fact]
    public void With_one_interval_allowed_every_gap_closes_at_once()
    {
        var set = new IntervalSet(ulong.MaxValue);

        Assert.Equal(ulong.MaxValue - 1, set.Add(0, 1));
        Assert.Equal(1, set.Count);
        Assert.True(set.Contains(1UL << 63));
    }
}
