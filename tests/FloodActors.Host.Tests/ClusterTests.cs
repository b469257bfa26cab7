using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit.Abstractions;

namespace FloodActors.Host.Tests;

[Collection(Processes.Name)]
public sealed class ClusterTests(ITestOutputHelper output)
{
    /// <summary>Ten processes start in half a minute on two cores: only when asked for.</summary>
    public static TheoryData<int> Sizes => FaultTests.IsLong ? [3, 5, 10] : [3, 5];

    /// <summary>Each restart takes up to twenty seconds.</summary>
    public static TheoryData<int> RestartedSizes => FaultTests.IsLong ? [3, 5] : [3];

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Members_find_each_other_by_one_seed_and_everyone_has_everything_once(int count)
    {
        using var config = new ConfigFile("akka.loglevel = INFO");
        await using var cluster = new ClusterOfNodes("--config", config.Path);
        for (var i = 0; i < count; i++) await cluster.Start($"n{i}");
        // Whoever leads the cluster moves the others to Up, and logs it.
        var clock = new Stopwatch();
        foreach (var node in cluster.Nodes)
        {
            var up = $"[akka.tcp://flood@{node.Address}] to [Up]";
            await node.Until("it is up", () => cluster.Nodes.Any(leader => leader.Errors.Contains(up, StringComparison.Ordinal)), seconds: 60);
        }
        clock.Start();
        await cluster.Nodes[0].Type("the last one is up");
        await cluster.AllHave(1);
        output.WriteLine($"{count} processes: {clock.Elapsed.TotalSeconds:F2} s after the last one is up everyone has a message");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"{clock.Elapsed}");
        foreach (var node in cluster.Nodes)
            for (var i = 0; i < 10; i++) await node.Type($"{node.Name}: {i}");
        await cluster.AllHave((10 * count) + 1);
        foreach (var node in cluster.Nodes) Assert.Equal(node.Received.Count, node.Received.Distinct().Count());
    }

    [Fact]
    public async Task The_ready_made_file_starts_a_cluster_and_joins_it()
    {
        var port = FloodProgram.FreePort();
        using var file = new ConfigFile((await File.ReadAllTextAsync("hocon/cluster.conf")).Replace("4080", $"{port}", StringComparison.Ordinal));
        await using var first = await NodeProcess.Start("first", "--config", file.Path);
        await using var second = await NodeProcess.Start("second", "--config", file.Path, "--port", "0", "--cluster", "--seed", $"127.0.0.1:{port}");
        await first.Until("they are linked", () => first.Count("connected", "second") > 0, seconds: 60);
        await second.Type("from the second");
        await first.Until("it has it", () => first.Received.Contains("from the second"));
    }

    [Fact]
    public async Task A_member_that_is_killed_is_missed_by_nobody_else_and_catches_up_when_it_is_started_again()
    {
        await using var cluster = new ClusterOfNodes();
        for (var i = 0; i < 3; i++) await cluster.Start($"n{i}");
        await cluster.AllLinked();
        await cluster.Nodes[0].Type("before");
        await cluster.AllHave(1);
        await cluster.Nodes[2].Signal("KILL");
        await cluster.Nodes[0].Disconnected("n2");
        await cluster.Nodes[1].Disconnected("n2");
        await cluster.Nodes[1].Type("while it is away");
        await cluster.Nodes[0].Until("the others go on", () => cluster.Nodes[0].Received.Contains("while it is away"));
        await cluster.StartAgain(2);
        await cluster.Nodes[2].Until("it has caught up", () => cluster.Nodes[2].Received.Count == 2, seconds: 60);
        Assert.Equal(["before", "while it is away"], cluster.Nodes[2].Received);
        await cluster.Nodes[2].Type("after");
        await cluster.Nodes[0].Until("it is heard again", () => cluster.Nodes[0].Received.Contains("after"));
    }

    [Fact]
    public async Task A_member_that_is_killed_is_downed_and_the_others_go_on()
    {
        using var config = new ConfigFile(
            """
            akka.cluster {
              downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
              split-brain-resolver.active-strategy = keep-majority
              split-brain-resolver.stable-after = 3s
            }
            """);
        await using var cluster = new ClusterOfNodes("--config", config.Path);
        for (var i = 0; i < 3; i++) await cluster.Start($"n{i}");
        await cluster.AllLinked();
        await cluster.Nodes[2].Signal("KILL");
        // Whoever leads the cluster decides, and logs it.
        var decision = $"is downing [akka.tcp://flood@{cluster.Nodes[2].Address}]";
        await cluster.Nodes[0].Until("the cluster has downed it", () => cluster.Nodes.Take(2).Any(node => node.Errors.Contains(decision, StringComparison.Ordinal)), seconds: 60);
        await cluster.Nodes[0].Disconnected("n2");
        await cluster.Nodes[1].Type("without it");
        await cluster.Nodes[0].Until("the others go on", () => cluster.Nodes[0].Received.Contains("without it"));
    }

    [Theory]
    [MemberData(nameof(RestartedSizes))]
    public async Task Members_restarted_one_after_another_under_constant_appends_miss_nothing(int count)
    {
        await using var cluster = new ClusterOfNodes();
        for (var i = 0; i < count; i++) await cluster.Start($"n{i}");
        await cluster.AllLinked();
        var away = -1;
        var typed = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var typing = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await timer.WaitForNextTickAsync(CancellationToken.None);
                if (i % count == Volatile.Read(ref away)) continue;
                typed.Enqueue($"message {i}");
                await cluster.Nodes[i % count].Type($"message {i}");
            }
        });
        for (var i = 0; i < count; i++)
        {
            var node = cluster.Nodes[i];
            Volatile.Write(ref away, i);
            var soFar = typed.ToArray();
            await node.Until("it has what was appended while it was up", () => node.Texts().IsSupersetOf(soFar));
            await node.Signal("TERM");
            Assert.Equal(0, await node.Ended());
            await cluster.StartAgain(i);
            var started = cluster.Nodes[i];
            await started.Until("it is linked again", () => started.Count("connected") >= count - 1, seconds: 60);
            Volatile.Write(ref away, -1);
        }
        await stop.CancelAsync();
        await typing;
        foreach (var node in cluster.Nodes)
        {
            await node.Until($"it has all {typed.Count}", () => node.Texts().SetEquals(typed), seconds: 60);
            Assert.Equal(node.Received.Count, node.Received.Distinct().Count());
        }
        output.WriteLine($"{typed.Count} messages, all on all {count}");
    }

    /// <summary>Members on ports of their own, so that they can be started again where they were.</summary>
    private sealed class ClusterOfNodes(params string[] arguments) : IAsyncDisposable
    {
        private readonly List<int> _ports = [];

        public List<NodeProcess> Nodes { get; } = [];

        public async Task Start(string name)
        {
            _ports.Add(FloodProgram.FreePort());
            Nodes.Add(await NodeProcess.Start(name, [.. arguments, "--cluster", "--capacity", "100000", "--port", $"{_ports[^1]}", .. Nodes.Count > 0 ? new[] { "--seed", Nodes[0].Address } : []]));
        }

        public async Task StartAgain(int i)
        {
            var name = Nodes[i].Name;
            await Nodes[i].DisposeAsync();
            Nodes[i] = await NodeProcess.Start(name, [.. arguments, "--cluster", "--capacity", "100000", "--port", $"{_ports[i]}", "--seed", Nodes[(i + 1) % Nodes.Count].Address]);
        }

        public Task AllLinked() => Task.WhenAll(Nodes.Select(node => node.Until("it is linked with everyone", () => Nodes.All(other => other == node || node.Count("connected", other.Name) > 0), seconds: 60)));

        public Task AllHave(int count) => Task.WhenAll(Nodes.Select(node => node.Until($"it has {count}", () => node.Count("message") + node.Count("appended") >= count, seconds: 60)));

        public async ValueTask DisposeAsync()
        {
            foreach (var node in Nodes) await node.DisposeAsync();
        }
    }
}

internal static class NodeTexts
{
    /// <summary>What is new on a node, from peers and typed.</summary>
    public static HashSet<string> Texts(this NodeProcess node) => node.Events.Where(e => e.Name is "message" or "appended").Select(e => e.Text!).ToHashSet();
}
