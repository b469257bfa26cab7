using System.Collections.Concurrent;
using Akka.Actor;

namespace FloodActors.Cluster.Tests;

public sealed class RollingRestartTests
{
    [Fact]
    public async Task Five_nodes_restarted_one_after_another_under_constant_appends_miss_nothing()
    {
        static FloodSettings Large(FloodSettings settings) => settings with { Capacity = 100_000 };
        var nodes = await ClusterNode.StartCluster(5, configure: Large);
        await Eventually.Holds(() => nodes.All(n => n.Links == 4), "everyone is linked with everyone");

        var up = nodes.ToArray();
        var appended = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var appending = AppendAlways(() => Volatile.Read(ref up), appended, stop.Token);

        for (var i = 0; i < 5; i++)
        {
            var before = appended.Count;
            await Eventually.Holds(() => appended.Count >= before + 100, "appends go on");
            var old = nodes[i];
            var soFar = appended.ToArray();
            await Eventually.Holds(
                () => old.Texts.ToHashSet().IsSupersetOf(soFar), $"{old.Name} has what was appended while it was up");
            Volatile.Write(ref up, nodes.Where(n => n != old).ToArray());
            await CoordinatedShutdown.Get(old.System).Run(CoordinatedShutdown.ClrExitReason.Instance);

            nodes[i] = ClusterNode.Start(old.Name, configure: Large);
            nodes[i].Cluster.Join(nodes[(i + 1) % 5].Address);
            await Eventually.Holds(() => nodes[i].Links >= 4, $"{old.Name} is back and linked");
            Volatile.Write(ref up, nodes.ToArray());
        }
        await stop.CancelAsync();
        await appending;

        var all = appended.ToHashSet();
        Assert.True(all.Count > 500);
        foreach (var node in nodes)
        {
            await Eventually.Holds(() => node.Texts.Count >= all.Count, $"{node.Name} has all {all.Count}");
            Assert.Equal(all.Order(), node.Texts.Order());
        }
        await Task.WhenAll(nodes.Select(n => n.System.Terminate()));
    }

    /// <summary>Appends on one node after another, for as long as there are any; what is answered counts.</summary>
    private static async Task AppendAlways(
        Func<ClusterNode[]> up, ConcurrentQueue<string> appended, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            var nodes = up();
            var text = $"message {i}";
            if (await nodes[i % nodes.Length].Flood.AppendAsync(text) is Appended) appended.Enqueue(text);
        }
    }
}
