using System.Text;

namespace FloodActors.Host.Tests;

[Collection(Alone.Name)]
public sealed class LoadTests
{
    private const int Lines = 10_000;

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    public async Task Ten_thousand_lines_piped_into_a_line_of_four_arrive_complete_and_in_order(int capacity)
    {
        await using var line = await LineOfNodes.Start(4, "--capacity", $"{capacity}");
        var text = new StringBuilder();
        for (var i = 0; i < Lines; i++) text.Append(i).Append('\n');
        await line.First.Type(Encoding.UTF8.GetBytes(text.ToString()));
        line.First.EndInput();

        await line.Last.Until("all lines are there", () => line.Last.Count("message") >= Lines);
        Assert.Equal(Enumerable.Range(0, Lines).Select(i => $"{i}"), line.Last.Received);
        await line.First.Until("all lines are answered", () => line.First.Count("appended") >= Lines);
        Assert.Equal(Enumerable.Range(0, Lines).Select(i => $"{i}"), line.First.Of("appended").Select(e => e.Text));
        Assert.All(line.Last.Of("message"), e => Assert.Equal(3, e.Json!.Value.GetProperty("hops").GetInt32()));
        Assert.Equal(Math.Max(0, Lines - capacity), line.First.Count("dropped"));
    }

    [Fact]
    public async Task A_message_of_4_MiB_crosses_a_line_of_four_and_one_byte_more_is_refused_with_the_setting_named()
    {
        const int Largest = 4 << 20;
        await using var line = await LineOfNodes.Start(4);
        await line.First.Type(new string('x', Largest + 1));
        await line.First.Type(new string('y', 3 * Largest));
        await line.First.Type(new string('x', Largest));
        await line.Last.Until("it is there", () => line.Last.Count("message") > 0, seconds: 60);
        var message = Assert.Single(line.Last.Of("message"));
        Assert.Equal((Largest, 'x'), (message.Length, message.Text![^1]));
        var rejected = line.First.Of("rejected").ToList();
        Assert.Equal(2, rejected.Count);
        Assert.All(rejected, e =>
            Assert.Contains("flood.max-message-size is 4194304", e.Reason, StringComparison.Ordinal));
        Assert.Contains("4194305 bytes", rejected[0].Reason, StringComparison.Ordinal);
    }
}
