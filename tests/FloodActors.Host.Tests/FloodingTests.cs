namespace FloodActors.Host.Tests;

public sealed class FloodingTests
{
    [Theory]
    [InlineData("abc", false)]
    [InlineData("cba", false)]
    [InlineData("bca", true)]
    [InlineData("cab", true)]
    public async Task Three_nodes_started_in_any_order_have_each_line_once_and_in_order(string order, bool ring)
    {
        var ports = "abc".ToDictionary(name => name, _ => FreePort.Next());
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
