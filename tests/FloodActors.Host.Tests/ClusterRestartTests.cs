using System.Collections.Concurrent;
using Xunit.Abstractions;

namespace FloodActors.Host.Tests;

public sealed class ClusterRestartTests(ITestOutputHelper output)
{
    /// <summary>Five take half a minute: only when asked for.</summary>
    public static TheoryData<int> RestartedSizes => FaultTests.IsLong ? [3, 5] : [3];

    [Theory]
    [MemberData(nameof(RestartedSizes))]
    public async Task Members_restarted_one_after_another_under_constant_appends_miss_nothing(int count)
    {
        await using var cluster = new ClusterOfNodes();
        for (var i = 0; i < count; i++) await cluster.Start($"n{i}");
        await cluster.AllLinked();
        // Whoever is away is typed nothing, and what was typed before is all there was: one at a time decides.
        using var deciding = new SemaphoreSlim(1);
        var away = -1;
        var typed = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var typing = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await timer.WaitForNextTickAsync(CancellationToken.None);
                await deciding.WaitAsync();
                if (i % count != away)
                {
                    typed.Enqueue($"message {i}");
                    await cluster.Nodes[i % count].Type($"message {i}");
                }
                deciding.Release();
            }
        });
        for (var i = 0; i < count; i++)
        {
            var node = cluster.Nodes[i];
            await Away(i);
            var soFar = typed.ToArray();
            await node.Until("it has what was appended while it was up", () => node.Texts().IsSupersetOf(soFar));
            await node.Signal("TERM");
            Assert.Equal(0, await node.Ended());
            await cluster.StartAgain(i);
            var started = cluster.Nodes[i];
            await started.Until("it is linked again", () => started.Count("connected") >= count - 1, seconds: 60);
            await Away(-1);
        }
        await stop.CancelAsync();
        await typing;
        foreach (var node in cluster.Nodes)
        {
            await node.Until($"it has all {typed.Count}", () => node.Texts().SetEquals(typed), seconds: 60);
            Assert.Equal(node.Received.Count, node.Received.Distinct().Count());
        }
        output.WriteLine($"{typed.Count} messages, all on all {count}");

        async Task Away(int who)
        {
            await deciding.WaitAsync();
            away = who;
            deciding.Release();
        }
    }
}
