namespace FloodActors.Host.Tests;

/// <summary>Nodes linked one behind the other.</summary>
internal sealed class LineOfNodes : IAsyncDisposable
{
    private readonly List<NodeProcess> _nodes = [];

    public NodeProcess First => _nodes[0];

    public NodeProcess Last => _nodes[^1];

    public static async Task<LineOfNodes> Start(int count, params string[] arguments)
    {
        var line = new LineOfNodes();
        for (var i = 0; i < count; i++) line._nodes.Add(
            await NodeProcess.Start($"n{i}", i == 0 ? arguments : ["--peer", line.Last.Address, .. arguments]));
        for (var i = 0; i < count - 1; i++) await line._nodes[i].Connected($"n{i + 1}");
        for (var i = 1; i < count; i++) await line._nodes[i].Connected($"n{i - 1}");
        return line;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
    }
}
