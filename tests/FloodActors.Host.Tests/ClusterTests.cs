namespace FloodActors.Host.Tests;

public sealed class ClusterTests
{
    [Fact]
    public async Task The_ready_made_file_starts_a_cluster_and_joins_it()
    {
        var port = FreePort.Next();
        using var file = new ConfigFile((await File.ReadAllTextAsync("hocon/cluster.conf"))
            .Replace("4080", $"{port}", StringComparison.Ordinal));
        await using var first = await NodeProcess.Start("first", "--config", file.Path);
        await using var second = await NodeProcess.Start("second", "--config", file.Path, "--port", "0", "--cluster",
            "--seed", $"127.0.0.1:{port}");
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
        await using var cluster = new ClusterOfNodes(
            """
            akka.cluster {
              downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
              split-brain-resolver.active-strategy = keep-majority
              split-brain-resolver.stable-after = 3s
            }
            """);
        for (var i = 0; i < 3; i++) await cluster.Start($"n{i}");
        await cluster.AllLinked();
        await cluster.Nodes[2].Signal("KILL");
        // Whoever leads the cluster decides, and logs it.
        var decision = $"is downing [akka.tcp://flood@{cluster.Nodes[2].Address}]";
        await cluster.Nodes[0].Until("the cluster has downed it", () =>
            cluster.Nodes.Take(2).Any(node => node.Errors.Contains(decision, StringComparison.Ordinal)), seconds: 60);
        await cluster.Nodes[0].Disconnected("n2");
        await cluster.Nodes[1].Type("without it");
        await cluster.Nodes[0].Until("the others go on", () => cluster.Nodes[0].Received.Contains("without it"));
    }
}
