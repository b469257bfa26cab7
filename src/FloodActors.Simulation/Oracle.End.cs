using FloodActors.Core;

namespace FloodActors.Simulation;

/// <summary>When faults are over: is everything level again, and is everything accounted for?</summary>
internal sealed partial class Oracle
{
    /// <summary>What is not level yet, in words; null when all is.</summary>
    public string? WhatIsUnsettled()
    {
        foreach (var (a, b) in world.Options.Topology.Links)
        {
            if (world.Nodes[a] is not { } left || world.Nodes[b] is not { } right) continue;
            if (Unsettled(left, right) is { } trouble) return trouble;
            if (Unsettled(right, left) is { } other) return other;
        }
        foreach (var node in world.Alive)
        {
            if (node.HeldAppends > 0) return $"{node.HeldAppends} appends wait on {Name(node)}";
            if (node.Waiting > 0) return $"{node.Waiting} messages wait for {Name(node)}";
            if (node.Listener.Next < node.State.Log.Next) return $"the subscriber of {Name(node)} is behind";
        }
        return null;
    }

    /// <summary>Time is up.</summary>
    public void Unsettled(string trouble)
    {
        var linkIsMissing = trouble.StartsWith(NoLink, StringComparison.Ordinal);
        Break(linkIsMissing ? Guarantee.Alive : Guarantee.Everywhere, $"{world.Options.Limit.TotalSeconds} s after the last fault, {trouble}");
    }

    public void CheckEnd()
    {
        foreach (var node in world.Alive) CheckCounters(node);
        foreach (var (a, b) in world.Options.Topology.Links)
        {
            if (world.Nodes[a] is not { } left || world.Nodes[b] is not { } right) continue;
            CheckDebt(left, right);
            CheckDebt(right, left);
        }
        // Every node but the authors has each message from a neighbour to whom it does not send it.
        var topology = world.Options.Topology;
        var most = (((2L * topology.Links.Count) - topology.Nodes) * _byIndex.Count) + _authors;
        if (world.Options.Faults.Count == 0 && !world.Options.Network.IsFaulty && topology.IsConnected && world.Options.Absent.Count == 0 && _transmissions > most)
            Break(Guarantee.Cheap, $"{_transmissions} transmissions of {_byIndex.Count} messages; 2E-N+1 for each come to {most}");
        CountNodesWithAll();
    }

    public SimulationReport Report(ulong trace, long events, TimeSpan realTime)
    {
        foreach (var node in world.Alive) Add(node);
        return new SimulationReport
        {
            Seed = world.Options.Seed,
            TraceHash = trace,
            Broken = Broken,
            Messages = _byIndex.Count,
            Deliveries = Deliveries,
            Transmissions = _transmissions,
            Duplicates = _duplicates,
            Skipped = _skipped,
            Hops = _hops,
            TimeToLast = TimeSpan.FromMicroseconds(_timeToLast),
            PeakLogMessages = _peakMessages,
            PeakLogBytes = _peakBytes,
            NodesWithAll = _nodesWithAll,
            FramesLost = world.Network.Lost,
            FramesResent = _resent,
            Events = events,
            VirtualTime = TimeSpan.FromMicroseconds(world.Time),
            RealTime = realTime,
        };
    }

    private const string NoLink = "there is no link";

    private static string? Unsettled(SimNode node, SimNode peer)
    {
        var name = SimNode.NameOf(peer.Index);
        var up = node.Links.Where(l => l.Record.IsUp && l.Record.Node!.Incarnation == peer.Incarnation).ToList();
        if (up.Count != 1) return $"{NoLink} at {Name(node)} to {name} ({up.Count} are up)";
        var cursor = up[0].Record.Cursor!;
        if (!cursor.IsLevel) return $"{Name(node)} is still bringing {name} level";
        if (cursor.Acked < node.State.Log.Next) return $"{name} has taken {cursor.Acked} of {node.State.Log.Next} messages from {Name(node)}";
        return cursor.Replies is { Count: > 0 } ? $"{Name(node)} owes {name} an answer" : null;
    }

    private void CheckCounters(SimNode node)
    {
        ReadEvents(node);
        var (counters, record) = (node.State.Counters, node.Record);
        var toTell = node.State.Peers.Sum(peer => peer.Skipped);
        if (counters.Skipped != record.SkippedTold + toTell)
            Break(Guarantee.NothingSilent, $"{Name(node)} counted {counters.Skipped} skipped messages and told of {record.SkippedTold}");
        if (counters.Unreachable != record.MissedTold)
            Break(Guarantee.NothingSilent, $"{Name(node)} counted {counters.Unreachable} messages that did not reach gone peers and told of {record.MissedTold}");
        if (counters.Dropped != node.State.Log.DataStart)
            Break(Guarantee.NothingSilent, $"{Name(node)} counted {counters.Dropped} dropped messages; {node.State.Log.DataStart} left its data");
        if (counters.Appended + counters.Delivered != node.State.Log.Next)
            Break(Guarantee.NothingSilent, $"{Name(node)} counted {counters.Appended} appended and {counters.Delivered} delivered messages; its log took {node.State.Log.Next}");
        if (counters.SubscriberSkipped + counters.EventsLost != record.LagTold + node.Listener.Skipped)
            Break(Guarantee.NothingSilent, $"{Name(node)} counted {counters.SubscriberSkipped + counters.EventsLost} notices that its subscriber was not given and told it of {record.LagTold}");
    }

    /// <summary>What a node has had and its neighbour has not: all of it must have been reported.</summary>
    private void CheckDebt(SimNode node, SimNode neighbour)
    {
        if (!node.Record.Ledgers.TryGetValue(neighbour.Incarnation, out var ledger)) return;
        long missing = 0;
        var example = -1;
        for (var position = 0; position < node.Record.History.Count; position++)
        {
            var index = node.Record.History[position];
            if (neighbour.Record.Delivered.Contains(index) || ledger.Gone.Any(gone => position >= gone.From && position < gone.To)) continue;
            missing++;
            example = index;
        }
        var toTell = node.State.Peers.FirstOrDefault(p => p.Incarnation == neighbour.Incarnation)?.Skipped ?? 0;
        if (missing <= ledger.Reported + toTell) return;
        Break(
            ledger.Reported == 0 ? Guarantee.Everywhere : Guarantee.NothingSilent,
            $"{Name(neighbour)} lacks {missing} messages that its neighbour {Name(node)} has had (message {example} is one); {ledger.Reported} were reported");
    }

    private void CountNodesWithAll()
    {
        var all = new MessageSet(world.Options.Appends.Count);
        foreach (var node in world.Alive) all.AddAll(node.Record.Delivered);
        foreach (var node in world.Alive)
            if (all.FirstNotIn(node.Record.Delivered) < 0) _nodesWithAll++;
    }

    private void Add(SimNode node)
    {
        _skipped += node.State.Counters.Skipped;
        _duplicates += node.State.Counters.Duplicates;
        foreach (var link in node.Links) _resent += link.State.FramesResent;
    }
}
