namespace FloodActors.Host.Demo;

/// <summary>The options of the demo.</summary>
/// <param name="Nodes">Processes.</param>
/// <param name="Topology">How they are linked.</param>
/// <param name="Messages">Messages in all, spread over the nodes.</param>
/// <param name="Size">Bytes of a message.</param>
/// <param name="Seed">Of a random topology.</param>
internal sealed record DemoOptions(int Nodes, TopologyKind Topology, int Messages, int Size, int Seed);

/// <summary>What one node of the demo counted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Links">Its links.</param>
/// <param name="Appended">Messages created there.</param>
/// <param name="Delivered">Messages that its callback was given from peers.</param>
/// <param name="Duplicates">Copies that it had seen before, and went no further.</param>
/// <param name="Transmissions">Copies it sent.</param>
/// <param name="Lost">Messages of all that it does not have.</param>
/// <param name="Repeated">Messages that its callback was given more than once.</param>
internal sealed record NodeReport(string Name, int Links, long Appended, long Delivered, long Duplicates,
    long Transmissions, long Lost, long Repeated);

/// <summary>The demo's result.</summary>
internal sealed record DemoResult(DemoOptions Options, int Links, IReadOnlyList<NodeReport> Nodes, double Seconds)
{
    public long Delivered => Nodes.Sum(n => n.Delivered);

    public long Duplicates => Nodes.Sum(n => n.Duplicates);

    public long Transmissions => Nodes.Sum(n => n.Transmissions);

    public long Lost => Nodes.Sum(n => n.Lost);

    public long Repeated => Nodes.Sum(n => n.Repeated);

    /// <summary>
    /// The most that flooding may cost: each message once over each link, and twice where two copies meet.
    /// </summary>
    public long MaxTransmissions => Options.Messages * ((2L * Links) - Options.Nodes + 1);

    public bool Passed => Lost == 0 && Repeated == 0 && Transmissions <= MaxTransmissions;
}

/// <summary>
/// How far the publishers may run ahead of the slowest node, so that no log has to drop what a neighbour
/// still needs.
/// </summary>
internal static class DemoBudget
{
    /// <summary>What a node of the demo keeps for peers that lag, in bytes.</summary>
    public const long MaxLag = 64 << 20;

    /// <summary>The number below which messages may be published, given how many every node holds.</summary>
    public static int Allowed(DemoOptions options, int heldByAll)
    {
        var weight = options.Size + FloodMessage.Overhead;
        return (int)Math.Min(options.Messages, heldByAll + Math.Max(options.Nodes, MaxLag / 2 / weight));
    }
}
