namespace FloodActors.Host.Tests;

/// <summary>Members on ports of their own, so that they can be started again where they were.</summary>
internal sealed class ClusterOfNodes(string hocon = "") : IAsyncDisposable
{
    /// <summary>
    /// Akka's own, but for how often it looks and asks again. A member that comes back where it was is told to wait
    /// until its old self is put out, and asks again after ten seconds by default.
    /// </summary>
    private const string Swift =
        """
        akka.cluster {
          retry-unsuccessful-join-after = 500ms
          seed-node-timeout = 1s
          gossip-interval = 200ms
          leader-actions-interval = 200ms
          unreachable-nodes-reaper-interval = 200ms
        }
        """;

    private readonly List<int> _ports = [];
    private readonly ConfigFile _config = new($"{Swift}\n{hocon}");

    public List<NodeProcess> Nodes { get; } = [];

    public async Task Start(string name)
    {
        _ports.Add(FreePort.Next());
        Nodes.Add(await StartMember(name, _ports[^1], Nodes.FirstOrDefault()));
    }

    public async Task StartAgain(int i)
    {
        var name = Nodes[i].Name;
        await Nodes[i].DisposeAsync();
        Nodes[i] = await StartMember(name, _ports[i], Nodes[(i + 1) % Nodes.Count]);
    }

    public Task AllLinked() => Task.WhenAll(Nodes.Select(node => node.Until("it is linked with everyone", () =>
        Nodes.All(other => other == node || node.Count("connected", other.Name) > 0), seconds: 60)));

    public Task AllHave(int count) => Task.WhenAll(Nodes.Select(node =>
        node.Until($"it has {count}", () => node.Count("message") + node.Count("appended") >= count, seconds: 60)));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) await node.DisposeAsync();
        _config.Dispose();
    }

    private Task<NodeProcess> StartMember(string name, int port, NodeProcess? seed) =>
        NodeProcess.Start(name, ["--config", _config.Path, "--cluster", "--capacity", "100000", "--port", $"{port}",
            .. seed is null ? [] : new[] { "--seed", seed.Address }]);
}

internal static class NodeTexts
{
    /// <summary>What is new on a node, from peers and typed.</summary>
    public static HashSet<string> Texts(this NodeProcess node) =>
        node.Events.Where(e => e.Name is "message" or "appended").Select(e => e.Text!).ToHashSet();
}
