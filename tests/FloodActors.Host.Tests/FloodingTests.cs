using System.Text;

namespace FloodActors.Host.Tests;

[Collection(Processes.Name)]
public sealed class FloodingTests
{
    private const int Lines = 10_000;

    [Theory]
    [InlineData("abc", false)]
    [InlineData("cba", false)]
    [InlineData("bca", true)]
    [InlineData("cab", true)]
    public async Task Three_nodes_started_in_any_order_have_each_line_once_and_in_order(string order, bool ring)
    {
        var ports = "abc".ToDictionary(name => name, _ => FloodProgram.FreePort());
        var peers = new Dictionary<char, string[]> { ['a'] = ["b"], ['b'] = ["c"], ['c'] = ring ? ["a"] : [] };
        var nodes = new List<NodeProcess>();
        try
        {
            foreach (var name in order)
                nodes.Add(await NodeProcess.Start($"{name}", ["--port", $"{ports[name]}", .. peers[name].SelectMany(p => new[] { "--peer", $"127.0.0.1:{ports[p[0]]}" })]));
            foreach (var node in nodes) await node.Until("it is linked", () => node.Count("connected") >= (ring || node.Name == "b" ? 2 : 1));
            foreach (var node in nodes)
            {
                await node.Type($"{node.Name} 1");
                await node.Type($"{node.Name} 2");
            }
            foreach (var node in nodes) await node.Until("all lines are there", () => node.Received.Count >= 4);
            foreach (var node in nodes)
            {
                var data = await node.Ask("/data", "data");
                Assert.Equal(6, data.GetProperty("messages").GetArrayLength());
                foreach (var other in nodes.Where(n => n != node))
                    Assert.Equal([$"{other.Name} 1", $"{other.Name} 2"], node.Received.Where(text => text!.StartsWith(other.Name, StringComparison.Ordinal)));
            }
        }
        finally
        {
            foreach (var node in nodes) await node.DisposeAsync();
        }
    }

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
        Assert.All(rejected, e => Assert.Contains("flood.max-message-size is 4194304", e.Reason, StringComparison.Ordinal));
        Assert.Contains("4194305 bytes", rejected[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_started_late_is_given_what_the_log_holds_in_order()
    {
        await using var a = await NodeProcess.Start("a", "--capacity", "50");
        for (var i = 0; i < 60; i++) await a.Type($"{i}");
        await a.Until("all are appended", () => a.Count("appended") == 60);
        await using var b = await NodeProcess.Start("b", "--peer", a.Address);
        await b.Until("it has caught up", () => b.Count("message") >= 50);
        Assert.Equal(Enumerable.Range(10, 50).Select(i => $"{i}"), b.Received);
    }
}
