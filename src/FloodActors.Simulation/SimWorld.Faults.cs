using FloodActors.Core;

namespace FloodActors.Simulation;

/// <summary>What goes wrong, and how nodes come and go.</summary>
internal sealed partial class SimWorld
{
    private readonly HashSet<(int, int)> _unlinked = [];
    private readonly List<SimImpostor> _impostors = [];

    public bool IsUnlinked(int a, int b) => _unlinked.Contains(Pair(a, b));

    /// <summary>A node says that it has left.</summary>
    public void Left(SimNode node)
    {
        Oracle.Left(node);
        Remove(node);
    }

    private void Begin(SimulatedFault fault)
    {
        switch (fault)
        {
            case PartitionFault partition:
                Partition(partition.Nodes, 1);
                break;
            case CutFault cut:
                Cut(cut, 1);
                break;
            case BlackholeFault hole:
                Partition([hole.Node], 1);
                break;
            case SlowLinkFault slow:
                Network.Slow(slow.Node, slow.Neighbour, Micros(slow.Longer));
                break;
            case StopFault stop when Nodes[stop.Node] is { } node:
                Stop(stop, node);
                break;
            case FreezeFault freeze when Nodes[freeze.Node] is { } node:
                node.Process.IsFrozen = node.WasHeldUp = true;
                break;
            case SlowFault slow when Nodes[slow.Node] is { } node:
                (node.EachMessage, node.WasHeldUp) = (Micros(slow.EachMessage), true);
                break;
            case ClockFault clock when Nodes[clock.Node] is { } node:
                node.WallShift += Micros(clock.By);
                break;
            case LinkFailureFault failure when Nodes[failure.Node] is { } node:
                foreach (var link in node.Links.OfType<SimLink>().ToList())
                    if (link.Record.Node?.NodeName == SimNode.NameOf(failure.Neighbour)) link.Die();
                node.Process.Run();
                break;
            case UnlinkFault unlink:
                _unlinked.Add(Pair(unlink.Node, unlink.Neighbour));
                Users.Disconnect(unlink);
                break;
            case ImpostorFault impostor:
                _impostors.Add(new SimImpostor(this, impostor));
                break;
        }
    }

    private void End(SimulatedFault fault)
    {
        switch (fault)
        {
            case PartitionFault partition:
                Partition(partition.Nodes, -1);
                break;
            case CutFault cut:
                Cut(cut, -1);
                break;
            case BlackholeFault hole:
                Partition([hole.Node], -1);
                break;
            case SlowLinkFault slow:
                Network.Slow(slow.Node, slow.Neighbour, -Micros(slow.Longer));
                break;
            case StopFault { Restarts: true } stop when Nodes[stop.Node] is null && !Options.Absent.Contains(stop.Node):
                _settings[stop.Node] = stop.Then ?? _settings[stop.Node];
                StartNode(stop.Node);
                break;
            case StopFault { Restarts: true } stop when Nodes[stop.Node] is { LeaveBy: not null } leaving:
                // Leaving takes time: the node starts again afterwards.
                leaving.StartsAgain = () =>
                {
                    _settings[stop.Node] = stop.Then ?? _settings[stop.Node];
                    StartNode(stop.Node);
                };
                break;
            case FreezeFault freeze when Nodes[freeze.Node] is { } node:
                node.Process.IsFrozen = false;
                node.Process.Run();
                break;
            case SlowFault slow when Nodes[slow.Node] is { } node:
                node.EachMessage = 0;
                break;
            case UnlinkFault unlink:
                _unlinked.Remove(Pair(unlink.Node, unlink.Neighbour));
                Connect(unlink);
                break;
            case ImpostorFault:
                foreach (var impostor in _impostors)
                    if (ReferenceEquals(impostor.Fault, fault)) impostor.IsGone = true;
                break;
        }
    }

    private void Stop(StopFault stop, SimNode node)
    {
        switch (stop)
        {
            case CrashFault:
                Oracle.Crashed(node);
                Remove(node);
                break;
            case FailFault:
                node.Node.Fail("a planned failure");
                Oracle.Failed(node);
                Remove(node);
                break;
            case LeaveFault:
                Users.Leave(node);
                break;
        }
    }

    private void Remove(SimNode node)
    {
        node.Stop();
        Nodes[node.Index] = null;
        if (node.StartsAgain is { } start) Later(0, start);
    }

    private void Connect(UnlinkFault unlink)
    {
        var (a, b) = Pair(unlink.Node, unlink.Neighbour);
        Users.Connect(a, b);
        if (Options.BothEndsDial) Users.Connect(b, a);
    }

    private void Partition(IEnumerable<int> nodes, int by)
    {
        var inside = nodes.ToHashSet();
        foreach (var (a, b) in Options.Topology.Links)
        {
            if (inside.Contains(a) == inside.Contains(b)) continue;
            Network.Cut(a, b, by);
            Network.Cut(b, a, by);
        }
    }

    private void Cut(CutFault cut, int by)
    {
        Network.Cut(cut.From, cut.To, by);
        if (cut.BothWays) Network.Cut(cut.To, cut.From, by);
    }

    private void StartNode(int index)
    {
        var settings = _settings[index] ?? Options.NodeSettings.GetValueOrDefault(index) ?? Options.Settings;
        var dials = new List<string>();
        foreach (var neighbour in Options.Topology.NeighboursOf(index))
            if ((Options.BothEndsDial || neighbour > index) && !_unlinked.Contains(Pair(index, neighbour)))
                dials.Add(Network.AddressOf(neighbour).Text);
        var node = new SimNode(this, index, Random.NextULong(),
            settings with { Peers = [.. dials.Take(settings.MaxPeers)] });
        Nodes[index] = node;
        Oracle.Started(node);
        node.Start();
    }

    private static (int, int) Pair(int a, int b) => (Math.Min(a, b), Math.Max(a, b));
}
