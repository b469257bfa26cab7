using FloodActors.Core;

namespace FloodActors.Tests.Core;

[Collection(MeasuredCollection.Name)]
public class SeenWindowTests
{
    private const long Age = 60_000;
    private const int Tick = 1024;

    [Fact]
    public void A_message_is_new_once_and_then_a_duplicate_at_its_position()
    {
        var window = new SeenWindow(10, Age, 1);

        Assert.Equal((SeenResult.New, SeenSet.NoPosition), Add(window, 1, 7, 0));
        Assert.Equal((SeenResult.Duplicate, 7), Add(window, 1, 8, 0));
        Assert.True(window.Contains(Id(1), 0, out var known));
        Assert.Equal(7, known);
    }

    [Fact]
    public void A_message_that_left_the_log_is_still_seen_but_has_no_position()
    {
        var window = new SeenWindow(10, Age, 1);
        Add(window, 1, 7, 0);

        window.LeftLog(Id(1));
        window.LeftLog(Id(1));
        window.LeftLog(Id(2));

        Assert.Equal((SeenResult.Duplicate, SeenSet.NoPosition), Add(window, 1, 8, 0));
        Assert.Equal((1, 0), (window.Count, window.InLog));
    }

    [Fact]
    public void What_is_in_the_log_is_never_forgotten_however_small_the_window()
    {
        var window = new SeenWindow(1, 1, 1);
        for (var n = 0; n < 5000; n++)
            Add(window, n, n, n);

        for (var n = 0; n < 5000; n++)
            Assert.Equal((SeenResult.Duplicate, n), Add(window, n, 9999, long.MaxValue));
        Assert.Equal((5000, 0, 0), (window.Count, window.EvictedByCount, window.EvictedByAge));
    }

    [Fact]
    public void Of_what_left_the_log_the_least_recently_refreshed_is_forgotten_first()
    {
        var window = new SeenWindow(3, Age, 1);
        for (var n = 1; n <= 3; n++)
            Add(window, n, SeenSet.NoPosition, 0);

        Add(window, 1, SeenSet.NoPosition, 2 * Tick);
        Assert.True(window.Contains(Id(2), 4 * Tick, out _));
        Add(window, 4, SeenSet.NoPosition, 6 * Tick);
        Add(window, 5, SeenSet.NoPosition, 6 * Tick);

        Assert.Equal([2, 4, 5], Remembered(window, 5, 6 * Tick));
        Assert.Equal((2, 0), (window.EvictedByCount, window.EvictedByAge));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(60_000)]
    public void An_id_is_remembered_for_the_maximal_age_and_less_than_two_ticks_longer(long age)
    {
        for (var start = 0L; start <= 2 * Tick; start += 31)
        {
            var inTime = new SeenWindow(10, age, 1);
            Add(inTime, 1, SeenSet.NoPosition, start);
            Assert.Equal(SeenResult.Duplicate, Add(inTime, 1, SeenSet.NoPosition, start + age).Result);

            var tooLate = new SeenWindow(10, age, 1);
            Add(tooLate, 1, SeenSet.NoPosition, start);
            Assert.False(tooLate.Contains(Id(1), start + age + 2 * Tick - 1, out _));
            Assert.Equal(SeenResult.New, Add(tooLate, 1, SeenSet.NoPosition, start + age + 2 * Tick - 1).Result);
            Assert.Equal((1, 0, 1), (tooLate.Count, tooLate.EvictedByCount, tooLate.EvictedByAge));
        }
    }

    [Fact]
    public void Duplicates_keep_an_id_remembered_for_ever()
    {
        var window = new SeenWindow(10, Age, 1);
        Add(window, 1, SeenSet.NoPosition, 0);

        for (var now = 0L; now < 100 * Age; now += Age)
            Assert.Equal(SeenResult.Duplicate, Add(window, 1, SeenSet.NoPosition, now).Result);
    }

    [Fact]
    public void Age_begins_when_the_message_leaves_the_log()
    {
        var window = new SeenWindow(10, Age, 1);
        Add(window, 1, 0, 0);
        Add(window, 2, 1, 100 * Age);

        window.LeftLog(Id(1));

        Assert.True(window.Contains(Id(1), 101 * Age, out _));
        Assert.False(window.Contains(Id(1), 103 * Age, out _));
    }

    [Fact]
    public void Old_ids_are_cleared_by_the_new_ones_that_come_two_for_one()
    {
        var window = new SeenWindow(1000, Age, 1);
        for (var n = 0; n < 1000; n++)
            Add(window, n, SeenSet.NoPosition, 0);

        for (var n = 1000; n < 1500; n++)
            Add(window, n, SeenSet.NoPosition, 2 * Age);

        Assert.Equal((500, 0, 1000), (window.Count, window.EvictedByCount, window.EvictedByAge));
    }

    [Fact]
    public void A_clock_that_steps_back_neither_forgets_nor_disorders()
    {
        var window = new SeenWindow(2, Age, 1);
        Add(window, 1, SeenSet.NoPosition, 10 * Age);
        Add(window, 2, SeenSet.NoPosition, 0);
        Assert.True(window.Contains(Id(1), 0, out _));
        Add(window, 3, SeenSet.NoPosition, 10 * Age);

        Assert.Equal([2, 3], Remembered(window, 3, 11 * Age));
    }

    [Fact]
    public void An_age_without_end_and_a_clock_at_its_end_work()
    {
        var window = new SeenWindow(10, long.MaxValue, 1);
        Add(window, 1, SeenSet.NoPosition, 0);

        Assert.True(window.Contains(Id(1), uint.MaxValue * 1000L, out _));
    }

    [Fact]
    public void The_window_allocates_no_more_slots_than_its_bound_and_half_as_many_again_for_the_log()
    {
        var window = new SeenWindow(1000, Age, 1);
        for (var n = 0; n < 100_000; n++)
        {
            Add(window, n, n, n);
            if (n >= 100)
                window.LeftLog(Id(n - 100));
        }

        Assert.Equal((1100, 100), (window.Count, window.InLog));
        Assert.InRange(window.Capacity, 1100, 1152);
    }

    [Fact]
    public void The_same_salt_gives_the_same_answers_and_no_salt_changes_them()
    {
        var windows = Enumerable.Range(0, 5).Select(salt => new SeenWindow(50, Age, (ulong)salt)).ToList();
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var n = random.Next(200);
            var position = i % 3 == 0 ? i : SeenSet.NoPosition;
            Assert.Single(windows.Select(window => Add(window, n, position, i * 40L)).Distinct());
            windows.ForEach(window => window.LeftLog(Id(n - 1)));
        }
    }

    [Fact]
    public void A_duplicate_allocates_nothing()
    {
        var window = new SeenWindow(1000, Age, 1);
        for (var n = 0; n < 2000; n++)
            Add(window, n, n % 2 == 0 ? n : SeenSet.NoPosition, 0);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100_000; i++)
            window.TryAdd(Id(i % 2000), i, i, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal((2000, 0, 0), (window.Count, window.EvictedByCount, window.EvictedByAge));
    }

    [Fact]
    public void An_empty_window_takes_less_than_200_bytes()
    {
        var first = new SeenWindow(1_000_000, Age, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var window = new SeenWindow(1_000_000, Age, 2);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(bytes, 1, 199);
        Assert.Equal(first.Count, window.Count);
    }

    [Fact]
    public void A_full_window_takes_48_bytes_an_id()
    {
        const int count = 100_000;
        var window = new SeenWindow(count, Age, 1);
        for (var n = 0; n < count; n++)
            Add(window, n, SeenSet.NoPosition, 0);
        var bytes = Retained.By(window);

        Assert.Equal(count, window.Count);
        Assert.InRange((double)bytes / count, 47, 50);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    [InlineData(1, -1)]
    public void Bounds_that_make_no_sense_are_refused(int maxCount, long maxAge)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new SeenWindow(maxCount, maxAge, 1));

    private static MessageId Id(long n) => new((ulong)n * 0x9E3779B97F4A7C15UL, (ulong)n * 0xC2B2AE3D27D4EB4FUL);

    private static (SeenResult Result, long Known) Add(SeenWindow window, long n, long position, long now)
        => (window.TryAdd(Id(n), position, now, out var known), known);

    // Refreshes what it finds, so it is asked last.
    private static IEnumerable<int> Remembered(SeenWindow window, int upTo, long now)
        => Enumerable.Range(0, upTo + 1).Where(n => window.Contains(Id(n), now, out _));
}
