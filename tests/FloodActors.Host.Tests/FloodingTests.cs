using System.Diagnostics;
using Xunit.Abstractions;

namespace FloodActors.Host.Tests;

public sealed class FloodingTests(ITestOutputHelper output)
{
    /// <summary>Lines typed one at a time on each node.</summary>
    private const int Single = 10;

    [Theory]
    [InlineData("abc", false)]
    [InlineData("cba", false)]
    [InlineData("bca", true)]
    [InlineData("cab", true)]
    public async Task Three_nodes_started_in_any_order_have_each_line_within_a_second_once_and_in_order(string order,
        bool ring)
    {
        var ports = "abc".ToDictionary(name => name, _ => FreePort.Next());
        var peers = new Dictionary<char, string[]> { ['a'] = ["b"], ['b'] = ["c"], ['c'] = ring ? ["a"] : [] };
        var nodes = new List<NodeProcess>();
        try
        {
            foreach (var name in order)
                nodes.Add(await NodeProcess.Start($"{name}", ["--port", $"{ports[name]}",
                    .. peers[name].SelectMany(p => new[] { "--peer", $"127.0.0.1:{ports[p[0]]}" })]));
            var up = Stopwatch.StartNew();
            foreach (var node in nodes) await node.Until("it is linked", () =>
                node.Count("connected") >= (ring || node.Name == "b" ? 2 : 1));
            output.WriteLine($"linked {up.Elapsed.TotalMilliseconds:n0} ms after the last one listens");
            foreach (var node in nodes)
            {
                var times = new List<TimeSpan>();
                for (var i = 0; i < Single; i++) times.Add(await TimeToAll(node, $"{node.Name} {i}", nodes));
                output.WriteLine($"{node.Name}: the first line is everywhere after {times[0].TotalMilliseconds:n0} "
                    + $"ms, the others after {times[1..].Min().TotalMilliseconds:n0} to "
                    + $"{times[1..].Max().TotalMilliseconds:n0} ms");
                // A machine that is busy with other things may hold a line up, but not every one.
                Assert.True((FaultTests.IsLong ? times.Max() : times.Min()) < TimeSpan.FromSeconds(1),
                    string.Join(", ", times));
            }
            // And some at once.
            const int All = Single + 2;
            foreach (var node in nodes)
                for (var i = Single; i < All; i++) await node.Type($"{node.Name} {i}");
            foreach (var node in nodes) await node.Until("all lines are there", () => node.Received.Count >= 2 * All);
            foreach (var node in nodes)
            {
                var data = await node.Ask("/data", "data");
                Assert.Equal(3 * All, data.GetProperty("messages").GetArrayLength());
                foreach (var other in nodes.Where(n => n != node))
                    Assert.Equal(Enumerable.Range(0, All).Select(i => $"{other.Name} {i}"),
                        node.Received.Where(text => text!.StartsWith(other.Name, StringComparison.Ordinal)));
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

    /// <summary>Types a line; answers how long it took until it had arrived on all other nodes.</summary>
    private static async Task<TimeSpan> TimeToAll(NodeProcess from, string line, List<NodeProcess> nodes)
    {
        var clock = Stopwatch.StartNew();
        await from.Type(line);
        foreach (var node in nodes.Where(n => n != from)) await node.Until("the line is there", () =>
            node.Received.Contains(line));
        return clock.Elapsed;
    }
}
