namespace FloodActors.Tests.Actors;

public sealed class FloodOverRemotingTests
{
    [Fact]
    public async Task A_message_reaches_every_node_of_a_line_once_and_in_order()
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b");
        await using var c = TestNode.Start("c");
        Assert.Equal(new Connected("b"), await a.Flood.ConnectAsync(b.Address));
        Assert.Equal(new Connected("c"), await b.Flood.ConnectAsync(c.Address));

        var texts = Enumerable.Range(0, 10_000).Select(i => $"message {i}").ToList();
        foreach (var text in texts) Assert.True(await a.Flood.AppendAsync(text) is Appended { IsNew: true });

        await Eventually.Holds(() => c.Received.Count >= texts.Count, "c has everything");
        Assert.Equal(texts, b.Received);
        Assert.Equal(texts, c.Received);
        Assert.All(c.Events.OfType<MessageReceived>(), e => Assert.Equal(2, e.Message.Hops));
        Assert.Equal(0, (await a.Flood.StatsAsync()).Delivered);
    }

    [Fact]
    public async Task A_late_node_catches_up_on_the_log()
    {
        await using var a = TestNode.Start("a");
        for (var i = 0; i < 250; i++) await a.Flood.AppendAsync($"m{i}");
        await using var b = TestNode.Start("b");
        await b.Flood.ConnectAsync(a.Address);
        await Eventually.Holds(() => b.Received.Count >= 100, "b holds the last hundred");
        Assert.Equal(Enumerable.Range(150, 100).Select(i => $"m{i}"), b.Received);
    }

    [Fact]
    public async Task A_message_of_four_mebibytes_crosses_a_line()
    {
        await using var a = TestNode.Start("a");
        await using var b = TestNode.Start("b");
        await using var c = TestNode.Start("c");
        await a.Flood.ConnectAsync(b.Address);
        await b.Flood.ConnectAsync(c.Address);
        var large = new byte[4 << 20];
        new Random(1).NextBytes(large);
        Assert.IsType<Appended>(await a.Flood.AppendAsync(large));
        await Eventually.Holds(() => c.Events.OfType<MessageReceived>().Any(), "the large message arrived");
        Assert.Equal(large, c.Events.OfType<MessageReceived>().Single().Message.Body.ToArray());
    }
}
