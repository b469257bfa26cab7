using System.Collections.Concurrent;

namespace FloodActors.Tests.Actors;

/// <summary>Keys between nodes that are linked over Akka.Remote.</summary>
public sealed class KeyedTopicTests
{
    [Theory]
    [InlineData(MessageIdMode.Content), InlineData(MessageIdMode.Sequence)]
    public async Task A_late_joiner_gets_the_latest_of_each_key_through_a_node_in_between(MessageIdMode mode)
    {
        FloodSettings Small(FloodSettings settings) => settings with { Capacity = 2, MessageId = mode };
        await using var first = TestNode.Start("first", configure: Small);
        await using var middle = TestNode.Start("middle", configure: Small);
        Assert.IsType<Connected>(await first.Flood.ConnectAsync(middle.Address));
        var prices = first.Flood.Topic("prices", PriceJson.Default.Price);
        for (var i = 0; i < 100; i++)
            Assert.IsType<Appended>(await prices.AppendAsync(new Price("x", i), key: $"k{i % 10}"));
        Assert.IsType<Appended>(await prices.RemoveAsync("k3"));
        Assert.IsType<Appended>(await prices.AppendAsync(new Price("of no key", 1)));
        // The same value again is a new version: nothing of content ids applies.
        Assert.IsType<Appended>(await prices.AppendAsync(new Price("x", 92), key: "k2"));
        Assert.True((await first.Flood.FlushAsync()).IsComplete);

        await using var last = TestNode.Start("last", configure: Small);
        Assert.IsType<Connected>(await last.Flood.ConnectAsync(middle.Address));
        var late = last.Flood.Topic("prices", PriceJson.Default.Price);
        await Eventually.HoldsAsync(
            async () => (await last.Flood.StatsAsync()).Keys == 10, "all keys are there, the removed one too");
        var latest = await late.LatestAsync();
        Assert.Equal(
            [90, 91, 92, 94, 95, 96, 97, 98, 99], latest.Select(m => (int)m.Value.Rate).Order());
        Assert.All(latest, m => Assert.Equal("first", m.Origin));
        Assert.Null(await late.LatestAsync("k3"));
        Assert.Equal(92, (await late.LatestAsync("k2"))!.Value.Rate);
        Assert.Equal(9, (await last.Flood.DataAsync()).Latest.Count);

        var told = new ConcurrentQueue<TopicMessage<Price>>();
        await late.Listen(told.Enqueue, replay: true);
        await Eventually.Holds(() => told.Count(m => m.Key is not null) == 9, "a late subscriber is told of each");
        Assert.IsType<Appended>(await late.AppendAsync(new Price("x", 1000), key: "k3"));
        await Eventually.HoldsAsync(
            async () => (await prices.LatestAsync("k3"))?.Value.Rate == 1000,
            "it has a value again, on the first node");
    }

    [Fact]
    public async Task A_slow_subscriber_lags_by_keys_and_is_told_how_many_values_it_was_spared()
    {
        await using var node = TestNode.Start("node");
        var prices = node.Flood.Topic("prices", PriceJson.Default.Price);
        using var gate = new ManualResetEventSlim();
        var (told, spared) = (new ConcurrentQueue<TopicMessage<Price>>(), 0L);
        await prices.Listen(
            m =>
            {
                gate.Wait(TimeSpan.FromSeconds(20));
                told.Enqueue(m);
            },
            e => Interlocked.Add(ref spared, e is ValuesSpared values ? values.Count : 0));
        for (var i = 0; i < 5000; i++) await prices.AppendAsync(new Price("x", i), key: $"k{i % 10}");
        gate.Set();
        await Eventually.Holds(
            () => told.Any(m => m.Value.Rate == 4999), "the latest of the last key came");
        await Eventually.Holds(() => Interlocked.Read(ref spared) + told.Count == 5000, "all values are accounted for");
        Assert.Equal(
            Enumerable.Range(4990, 10), told.GroupBy(m => m.Key).Select(g => (int)g.Last().Value.Rate).Order());
        foreach (var key in told.GroupBy(m => m.Key))
            Assert.Equal(key.Select(m => m.Value.Rate).Order(), key.Select(m => m.Value.Rate));
    }
}
