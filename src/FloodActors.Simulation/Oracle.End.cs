using FloodActors.Core;

namespace FloodActors.Simulation;

/// <summary>After the faults: have all nodes caught up, and is everything accounted for?</summary>
internal sealed partial class Oracle
{
    /// <summary>
    /// What has not caught up yet, and which guarantee that breaks if it stays so; null when everything has.
    /// </summary>
    public (Guarantee Guarantee, string Text)? WhatIsUnsettled()
    {
        foreach (var (a, b) in world.Options.Topology.Links)
        {
            if (world.Nodes[a] is not { } left || world.Nodes[b] is not { } right) continue;
            if (Unsettled(left, right) is { } trouble) return trouble;
            if (Unsettled(right, left) is { } other) return other;
        }
        foreach (var node in world.Alive)
            if (Unsettled(node) is { } trouble) return trouble;
        return null;
    }

    /// <summary>The time has run out.</summary>
    public void Unsettled(Guarantee guarantee, string text) =>
        Break(guarantee, $"{world.Options.Limit.TotalSeconds} s after the last fault, {text}");

    public void CheckEnd()
    {
        foreach (var node in world.Alive) CheckCounters(node);
        foreach (var answer in world.Users.Answers)
        {
            if (!answer.IsOver && ReferenceEquals(world.Nodes[answer.Node.Index], answer.Node))
                Break(Guarantee.NothingSilent, $"{answer.Node.Name} has not answered {answer.What}");
        }
        foreach (var node in world.Alive)
        {
            foreach (var stream in node.Links.OfType<SimStream>())
                if (stream.Record.IsUp)
                    CheckDebt(node, stream.Record.Node!.Incarnation, stream.Holder, $"stream {stream.Use.Id}");
        }
        foreach (var (a, b) in world.Options.Topology.Links)
        {
            if (world.Nodes[a] is not { } left || world.Nodes[b] is not { } right) continue;
            if (left.Node.Links.Any(link => link.IsUp && link.Node!.Incarnation == right.Incarnation))
            {
                CheckKeys(left, right);
                CheckKeys(right, left);
            }
            CheckDebt(left, right.Incarnation, right.Record, right.Name);
            CheckDebt(right, left.Incarnation, left.Record, left.Name);
        }
        // Every node except the authors has each message from a neighbour, and does not send it back to that neighbour.
        var topology = world.Options.Topology;
        var most = (((2L * topology.Links.Count) - topology.Nodes) * _byIndex.Count) + _authors;
        if (world.Options.Faults.Count == 0 && world.Options.Uses.Count == 0 && !_someForgot
            && !world.Options.Network.IsFaulty && topology.IsConnected && world.Options.Absent.Count == 0
                && _whole.Payloads > most)
            Break(Guarantee.Cheap,
                $"{_whole.Payloads} transmissions of {_byIndex.Count} messages; 2E-N+1 for each come to {most}");
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
            Transmissions = _whole.Payloads,
            Duplicates = _duplicates,
            Skipped = _skipped,
            Hops = _hops,
            TimeToLast = TimeSpan.FromMicroseconds(_whole.Longest),
            Whole = _whole.ToFigures(),
            SecondHalf = _secondHalf.ToFigures(),
            Times = _times,
            PeakLogMessages = _peakMessages,
            PeakLogBytes = _peakBytes,
            NodesWithAll = _nodesWithAll,
            FramesLost = world.Network.Lost,
            FramesResent = _resent,
            LinkEnds = _ends,
            Events = events,
            VirtualTime = TimeSpan.FromMicroseconds(world.Time),
            RealTime = realTime,
        };
    }

    private static (Guarantee, string)? Unsettled(SimNode node)
    {
        if (node.LeaveBy is not null) return (Guarantee.Alive, $"{node.Name} is leaving");
        if (node.Links.Any(driver => driver is SimLink { Remote: SimImpostor })) return (Guarantee.Alive,
            $"{node.Name} has not got rid of an impostor");
        if (node.Queue.Count > 0) return (Guarantee.Alive, $"{node.Queue.Count} appends wait on {node.Name}");
        if (node.Waiting > 0) return (Guarantee.Bounded, $"{node.Waiting} messages wait for {node.Name}");
        if (node.Node.Memory.Reserved > 0) return (Guarantee.Bounded,
            $"{node.Name} has reserved {node.Node.Memory.Reserved} bytes, with nothing under way");
        if (node.Node.State.MissingCount > 0) return (Guarantee.Bounded,
            $"{node.Name} keeps {node.Node.State.MissingCount} messages as missing, and nobody waits for them");
        if (node.Node.WaitingRows > 0) return (Guarantee.Bounded, $"{node.Node.WaitingRows} wait for {node.Name}");
        if (node.Record.RefusedTold < node.Record.Refused) return (Guarantee.NothingSilent,
            $"{node.Name} has not told of all refused appends");
        if (node.Record.GivenUpTold < node.Node.State.Counters.GivenUp)
            return (Guarantee.NothingSilent, $"{node.Name} has not told of all the numbers that it gave up");
        if (node.Links.Any(driver => driver is SimLink { State: { IsUp: true, UnderWay: > 0 } }))
            return (Guarantee.Alive, $"frames are under way from {node.Name}");
        var next = node.Node.State.Log.Next;
        if (node.Subscribers.Any(subscriber =>
            subscriber.Subscriber is null || subscriber.Subscriber.Cursor.Due?.Count > 0
                || (subscriber.Topic is null && subscriber.Subscriber.Cursor.Next < next)))
            return (Guarantee.Everywhere, $"a subscriber of {node.Name} is behind");
        if (node.Links.Any(driver =>
            driver is SimStream { Record: { IsUp: true, Cursor: { } cursor } } && cursor.Acked < next))
            return (Guarantee.Everywhere, $"{node.Name} is still giving to a stream");
        return null;
    }

    private static (Guarantee, string)? Unsettled(SimNode node, SimNode peer)
    {
        var up = node.Node.Links.Where(link => link.IsUp && link.Node!.Incarnation == peer.Incarnation).ToList();
        if (up.Count == 0 && (IsFull(node) || IsFull(peer))) return null;
        if (up.Count != 1) return (Guarantee.Alive,
            $"there is no link at {node.Name} to {peer.Name} ({up.Count} are up)");
        var (cursor, next) = (up[0].Cursor!, node.Node.State.Log.Next);
        if (cursor.Acked < next) return (Guarantee.Everywhere,
            $"{peer.Name} has taken {cursor.Acked} of {next} messages from {node.Name}");
        if (!cursor.IsDoneWith(next, long.MinValue)) return (Guarantee.Everywhere,
            $"{cursor.AtRisk} messages that have left the log of {node.Name} are under way to {peer.Name}");
        if (!cursor.IsDoneWith(next, node.Node.State.KeyChanges)) return (Guarantee.Everywhere,
            $"{node.Name} has keys to give to {peer.Name}");
        return cursor.Traffic.Wanted.Count > 0 || cursor.Traffic.Inbox.Length > 0
            ? (Guarantee.Everywhere, $"{node.Name} owes {peer.Name} an answer") : null;
    }

    /// <summary>Whether it accepts no more peers, or dials no more addresses.</summary>
    private static bool IsFull(SimNode node) =>
        node.Node.Links.Count(link => link.IsUp) >= node.Settings.MaxPeers
            || node.Settings.Peers.Count >= node.Settings.MaxPeers;

    private void CheckCounters(SimNode node)
    {
        var (counters, record, state) = (node.Node.State.Counters, node.Record, node.Node.State);
        void Agree(string what, long counted, long is_)
        {
            if (counted != is_) Break(Guarantee.NothingSilent, $"{node.Name} counted {counted} {what}; it is {is_}");
        }

        Agree("skipped messages", counters.Skipped, record.SkippedTold + state.Peers.Sum(peer => peer.Skipped));
        Agree("messages that did not reach gone peers", counters.Unreachable, record.MissedTold);
        Agree("messages not sent", counters.TooLargeForPeer + counters.UnsuitableForPeer, record.NotSentTold);
        Agree("messages not taken", counters.OriginsFull + counters.InvalidFromPeer + counters.RejectedFromPeer
            + counters.KeysFull, record.TurnedAwayTold);
        Agree("values that subscribers were spared", counters.SparedSubscribers,
            record.Subscribers.Sum(s => s.SparedTold + (s.Subscriber?.Cursor.Due?.Spared ?? 0)));
        Agree("bytes of keys", state.KeyBytes, record.Keys.Values.Sum(key => key.Weight));
        Agree("numbers given up", counters.GivenUp, record.GivenUpTold);
        Agree("dropped messages", counters.Dropped, state.Log.DataStart);
        Agree("appended and delivered messages", counters.Appended + counters.Delivered, state.Log.Next);
        Agree("notices that subscribers were not given", counters.SubscriberSkipped + counters.EventsLost,
            record.Subscribers.Sum(s => s.LagTold + (s.Subscriber?.Cursor.Skipped ?? 0)));
        Agree("subscribers", state.ListenerCount, node.Subscribers.Count);
        CheckRefusals(node);
    }

    /// <summary>
    /// Checks the messages that a node has had and its neighbour has not: all of them must have been reported.
    /// </summary>
    private void CheckDebt(SimNode node, ulong incarnation, Holder neighbour, string name)
    {
        if (!node.Record.Ledgers.TryGetValue(incarnation, out var ledger)
            || !node.Node.Links.Any(link => link.IsUp && link.Node!.Incarnation == incarnation)) return;
        long missing = 0;
        var example = -1;
        foreach (var index in node.Record.History.Distinct())
        {
            if (neighbour.Delivered.Contains(index) || neighbour.TurnedAway.Contains(index)
                || ledger.Gone.Contains(index) || ledger.NotSent.Contains(index)) continue;
            missing++;
            example = index;
        }
        var toTell = node.Node.State.Peers.FirstOrDefault(p => p.Incarnation == incarnation)?.Skipped ?? 0;
        var givenUp = neighbour is NodeRecord peer ? peer.Node.Node.State.Counters.GivenUp : 0;
        if (missing <= ledger.Reported + toTell + givenUp) return;
        Break(
            ledger.Reported == 0 ? Guarantee.Everywhere : Guarantee.NothingSilent,
            $"{name} lacks {missing} messages that its neighbour {node.Name} has had (message {example} is one); "
            + $"{ledger.Reported} were reported");
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
        _skipped += node.Node.State.Counters.Skipped;
        _duplicates += node.Node.State.Counters.Duplicates;
        foreach (var link in node.Links.OfType<SimLink>()) _resent += link.State.FramesResent;
    }
}
