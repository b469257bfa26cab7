using System.Diagnostics;
using Xunit.Abstractions;

namespace FloodActors.Host.Tests;

[Collection(Alone.Name)]
public sealed class ClusterStartTests(ITestOutputHelper output)
{
    /// <summary>Ten processes start in half a minute on two cores: only when asked for.</summary>
    public static TheoryData<int> Sizes => FaultTests.IsLong ? [3, 5, 10] : [3, 5];

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Members_find_each_other_by_one_seed_and_everyone_has_everything_once(int count)
    {
        await using var cluster = new ClusterOfNodes("akka.loglevel = INFO");
        for (var i = 0; i < count; i++) await cluster.Start($"n{i}");
        // Whoever leads the cluster moves the others to Up, and logs it.
        var clock = new Stopwatch();
        foreach (var node in cluster.Nodes)
        {
            var up = $"[akka.tcp://flood@{node.Address}] to [Up]";
            await node.Until("it is up", () =>
                cluster.Nodes.Any(leader => leader.Errors.Contains(up, StringComparison.Ordinal)), seconds: 60);
        }
        clock.Start();
        await cluster.Nodes[0].Type("the last one is up");
        await cluster.AllHave(1);
        output.WriteLine($"{count} processes: {clock.Elapsed.TotalSeconds:F2} s after the last one is up everyone "
            + "has a message");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"{clock.Elapsed}");
        foreach (var node in cluster.Nodes)
            for (var i = 0; i < 10; i++) await node.Type($"{node.Name}: {i}");
        await cluster.AllHave((10 * count) + 1);
        foreach (var node in cluster.Nodes) Assert.Equal(node.Received.Count, node.Received.Distinct().Count());
    }
}
