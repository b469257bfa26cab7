using FloodActors.Streams.Json;

namespace FloodActors.Streams.Tests.Json;

public sealed class ValueBudgetTests
{
    private const long Limit = 1000;

    private readonly ValueBudget _budget = new();
    private readonly List<string> _evicted = [];

    [Fact]
    public void Values_that_fit_together_keep_their_memory_and_give_it_back()
    {
        var (a, b) = (Memory("a"), Memory("b"));
        Take(a, 400);
        Take(b, 300);
        Take(b, 600);
        Assert.Equal(1000, _budget.Used);
        b.Release();
        b.Release();
        Assert.Equal(400, _budget.Used);
        Assert.Empty(_evicted);
        Take(b, 600);
        Assert.Equal(1000, _budget.Used);
    }

    [Fact]
    public void The_values_that_have_been_coming_for_longest_make_room()
    {
        var memories = Enumerable.Range(0, 10).Select(i => Memory($"{i}")).ToArray();
        foreach (var memory in memories) Take(memory, 100);
        Take(Memory("new"), 250);
        Assert.Equal(["0", "1", "2"], _evicted);
        // Nothing holds their bytes any more, whatever their streams are busy with.
        Assert.All(memories[..3], memory => Assert.Throws<FloodStreamException>(() => memory.Buffer));
        Assert.All(memories[3..], memory => Assert.Equal(100, memory.Buffer.Length));
        Assert.Equal(950, _budget.Used);
    }

    [Fact]
    public void A_value_that_is_the_oldest_itself_ends_and_names_the_setting()
    {
        var (old, young) = (Memory("old"), Memory("young"));
        Take(old, 500);
        Take(young, 500);
        var failure = Assert.Throws<FloodStreamException>(() => Take(old, 600));
        Assert.Equal(LinkEnd.Timeout, failure.Cause);
        Assert.Contains("flood-streams.json.unfinished-bytes", failure.Message, StringComparison.Ordinal);
        Assert.Equal(500, _budget.Used);
        Assert.Throws<FloodStreamException>(() => Take(old, 1));
        Assert.Empty(_evicted);
    }

    [Fact]
    public void A_value_that_begins_anew_is_young_again()
    {
        var (a, b) = (Memory("a"), Memory("b"));
        Take(a, 100);
        Take(b, 100);
        a.Release();
        Take(a, 100);
        Take(Memory("c"), 900);
        Assert.Equal(["b"], _evicted);
    }

    [Fact]
    public void A_complete_value_counts_until_it_is_in_the_log_and_makes_no_room()
    {
        var (whole, other) = (Memory("whole"), Memory("other"));
        Take(whole, 600);
        whole.Keep();
        Assert.Throws<FloodStreamException>(() => Take(other, 500));
        Assert.Empty(_evicted);
        Assert.Equal(600, _budget.Used);
        whole.Release();
        Assert.Equal(0, _budget.Used);
        Take(whole, 1000);
        Assert.Equal(1000, _budget.Used);
    }

    [Fact]
    public void What_many_threads_take_never_exceeds_the_limit()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            for (var i = 0; i < 5000; i++)
            {
                var memory = new ValueMemory(_budget, Limit);
                for (var size = 10; size <= 320 && _budget.TryTake(memory, size, Limit); size *= 2)
                    Assert.InRange(_budget.Used, 0, Limit);
                memory.Release();
            }
        });
        Assert.Equal(0, _budget.Used);
    }

    private static void Take(ValueMemory memory, int size) => memory.Take(size, []);

    private ValueMemory Memory(string name) => new(_budget, Limit) { Evict = () => _evicted.Add(name) };
}
