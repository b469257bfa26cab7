using FloodActors.Simulation;

namespace FloodActors.Host.Demo;

/// <summary>The shapes that nodes can be linked in.</summary>
internal enum TopologyKind
{
    Ring,
    Line,
    Star,
    Complete,
    Random,
}

/// <summary>Which processes of a demo are linked with which.</summary>
internal static class DemoTopology
{
    /// <summary>The graph of a kind. It is always connected; a random one has about four links at each node.</summary>
    public static Topology Of(TopologyKind kind, int nodes, int seed) => kind switch
    {
        // One or two nodes have only one shape.
        _ when nodes < 3 => Topology.Line(nodes),
        TopologyKind.Ring => Topology.Ring(nodes),
        TopologyKind.Star => Topology.Star(nodes),
        TopologyKind.Complete => Topology.Complete(nodes),
        TopologyKind.Random => Topology.RandomConnected(nodes, nodes + 1, unchecked((ulong)seed)),
        _ => Topology.Line(nodes),
    };
}
