using FloodActors.Core;
using FloodActors.Links;

namespace FloodActors.Simulation;

/// <summary>What nodes report, and how they answer callers that wait.</summary>
internal sealed partial class Oracle
{
    /// <summary>For tests: called with every event of every node.</summary>
    public Action<SimNode, FloodEvent>? Watch { get; set; }

    /// <summary>A node raised an event.</summary>
    public void Raised(SimNode node, FloodEvent @event)
    {
        var record = node.Record;
        Sync(node);
        NoteCursors(node);
        Watch?.Invoke(node, @event);
        switch (@event)
        {
            case PeerConnected connected:
                Connected(node, connected);
                break;
            case PeerDisconnected disconnected:
                Disconnected(node, disconnected);
                break;
            case PeerLagged lagged:
                record.SkippedTold += lagged.Skipped;
                if (record.Current.TryGetValue(lagged.Peer, out var slow)) slow.Reported += lagged.Skipped;
                break;
            case PeerForgotten forgotten:
                record.MissedTold += forgotten.Missed;
                if (record.Current.TryGetValue(forgotten.Peer, out var gone)) gone.Reported += forgotten.Missed;
                break;
            case MessageNotSent notSent:
                record.NotSentTold++;
                if (!record.Current.TryGetValue(notSent.Peer, out var unfit)) break;
                if (!_messages.ContainsKey(notSent.Message))
                {
                    unfit.KeysNotSent.Add(notSent.Message);
                    unfit.KeysUnfit++;
                    break;
                }
                unfit.NotSent.Add(Index(notSent.Message));
                unfit.Peer.Excused.Add(Index(notSent.Message));
                break;
            case MessageRefused refused:
                record.TurnedAwayTold++;
                if (!_messages.TryGetValue(refused.Message, out var message))
                {
                    record.KeysRefused.Add(refused.Message);
                    break;
                }
                record.TurnedAway.Add(message.Index);
                if (refused.Reason == SimValidator.Reason && !record.Rejected.Add(message.Index)
                    && CannotForget(node))
                    Break(Guarantee.Once, $"{node.Name} asked its validator twice about message {message.Index}");
                record.Excused.Add(message.Index);
                break;
            case MessageRejected rejected:
                record.RefusedTold += rejected.Count;
                break;
            case OriginForgotten forgot:
                record.ForgottenOrigins.Add(forgot.Origin);
                break;
            case MessagesGivenUp givenUp:
                record.GivenUpTold += givenUp.Count;
                break;
        }
    }

    /// <summary>A node says goodbye to a peer, or closes the link for another reason.</summary>
    public void Closing(SimNode node, Link link, LinkEnd cause)
    {
        if (cause != LinkEnd.Leaving || node.LeaveBy is not { } leaveBy || link.Cursor is null) return;
        var timeout = (long)node.Settings.LeaveTimeout.TotalMilliseconds;
        if (node.Now >= leaveBy - Math.Min(500, timeout / 4)) return;
        var log = node.Node.State.Log;
        if (FirstLacking(node, node.Record.Ledgers[link.Node!.Incarnation], log.First, log.Next) is { } lacking)
            Break(Guarantee.NothingSilent,
                $"{node.Name} leaves, with time left, before {link.Node.NodeName} has message {lacking}");
    }

    /// <summary>A node refuses a link, or ends it.</summary>
    public void Refusing(SimNode node, LinkEnd cause)
    {
        if (cause != LinkEnd.TooManyPeers) return;
        var (links, settings) = (node.Node.Links, node.Settings);
        if (links.Count(link => link.IsUp) < settings.MaxPeers
            && links.Count(link => link.IsPending) < settings.MaxPendingLinks)
            Break(Guarantee.Alive,
                $"{node.Name} refuses a link as one too many, and has fewer than flood.max-peers = "
                + $"{settings.MaxPeers}");
    }

    /// <summary>A node has left.</summary>
    public void Left(SimNode node)
    {
        if (!node.WasHeldUp && node.Now > node.LeaveBy + world.Options.TickInterval.TotalMilliseconds)
            Break(Guarantee.Alive,
                $"{node.Name} took {node.Now - node.LeaveBy} ms longer to leave than flood.leave-timeout allows");
        Failed(node);
    }

    /// <summary>A node has ended, and every caller that waits for it must have been told.</summary>
    public void Failed(SimNode node)
    {
        Sync(node);
        CheckRefusals(node);
        foreach (var answer in world.Users.Answers)
            if (ReferenceEquals(answer.Node, node) && !answer.IsOver && !IsOnItsWay(node))
                Break(Guarantee.NothingSilent, $"{node.Name} is over and does not answer {answer.What}");
        Add(node);
    }

    /// <summary>What a flush is to be checked against.</summary>
    public FlushNote NoteForFlush(SimNode node)
    {
        Sync(node);
        var log = node.Node.State.Log;
        var peers = node.Node.Links.Where(link => link.IsUp)
            .ToDictionary(link => link.Cursor!.Id, link => node.Record.Ledgers[link.Node!.Incarnation]);
        return new FlushNote(log.First, log.Next, peers, [.. node.Node.State.Keys.Select(entry => entry.Message)]);
    }

    /// <summary>A flush was answered: peers that are said to have taken everything must have.</summary>
    public void Flushed(SimNode node, FlushNote note, FlushResult result, bool mayTimeOut)
    {
        Sync(node);
        if (result.Peers.Count != note.Peers.Count)
            Break(Guarantee.NothingSilent,
                $"{node.Name} answers a flush for {result.Peers.Count} peers; {note.Peers.Count} were linked");
        foreach (var (peer, outcome, notGiven) in result.Peers)
        {
            if (outcome == FlushOutcome.TimedOut && !mayTimeOut)
                Break(Guarantee.NothingSilent, $"{node.Name} says that a flush timed out, which has no time limit");
            if (outcome == FlushOutcome.Skipped && notGiven == 0)
                Break(Guarantee.NothingSilent, $"{node.Name} says that {peer} was skipped, and of nothing");
            if (outcome != FlushOutcome.Taken || !note.Peers.TryGetValue(peer, out var ledger)) continue;
            if (FirstLacking(node, ledger, note.First, note.Next) is { } lacking)
                Break(Guarantee.NothingSilent,
                    $"{node.Name} says that {peer} has taken everything, but it lacks message {lacking}");
            CheckFlushedKeys(node, note, ledger);
        }
    }

    /// <summary>A caller was told that this many peers are connected.</summary>
    public void AreUp(SimNode node, int count)
    {
        var up = node.Node.Links.Count(link => link.IsUp);
        if (up < count) Break(Guarantee.NothingSilent, $"{node.Name} says that {count} peers are connected; {up} are");
    }

    /// <summary>A caller was told the outcome of connecting a peer.</summary>
    public void IsUp(SimNode node, ConnectResult outcome)
    {
        if (outcome is Connected connected
            && !node.Node.Links.Any(link => link.IsUp && link.Cursor!.Id == connected.Peer))
            Break(Guarantee.NothingSilent, $"{node.Name} says that {connected.Peer} is connected, and it is not");
    }

    // A command that is still in the mailbox is answered by the facade, which sees the actor end.
    private static bool IsOnItsWay(SimNode node) => node.Waiting > 0;

    private int? FirstLacking(SimNode node, Ledger ledger, long first, long next)
    {
        // The peer counts numbers as seen that never came, and cannot say which.
        if (ledger.Peer is NodeRecord peer && peer.Node.Node.State.Counters.GivenUp > 0) return null;
        for (var position = first; position < next; position++)
        {
            var index = node.Record.History[(int)position];
            if (!ledger.Peer.Delivered.Contains(index) && !ledger.NotSent.Contains(index)
                && !ledger.Peer.TurnedAway.Contains(index) && !ledger.Gone.Contains(index))
                return index;
        }
        return null;
    }

    private void CheckRefusals(SimNode node)
    {
        var given = Enum.GetValues<RejectReason>().Sum(node.Refusals.Of);
        var left = node.Node.IsOver
            ? node.Record.Pending.Count(append => !append.IsAwaited) : 0;
        if (given != node.Record.Refused + left)
            Break(Guarantee.NothingSilent,
                $"{node.Name} counted {given} refused appends; there were {node.Record.Refused + left}");
    }

    private void Connected(SimNode node, PeerConnected connected)
    {
        var record = node.Record;
        var link = node.Node.Links.First(l => l.IsUp && l.Cursor!.Id == connected.Peer);
        var incarnation = link.Node!.Incarnation;
        if (!_holders.TryGetValue(incarnation, out var holder))
            _holders.Add(incarnation, holder = new Holder(world.Options.Appends.Count));
        if (!record.Ledgers.TryGetValue(incarnation, out var ledger))
            record.Ledgers.Add(incarnation, ledger = new Ledger(world.Options.Appends.Count, incarnation, holder));
        CheckLinks(node, link);
        var wasKept = ReferenceEquals(ledger.Cursor, link.Cursor);
        record.Current[connected.Peer] = ledger;
        ledger.Begin(link, connected.HistoryDropped);
        if (wasKept) return;
        var log = node.Node.State.Log;
        var start = holder is { IsStream: true, CatchesUp: false } ? log.Next : log.First;
        ledger.GoneAtOpen = log.First;
        for (var position = 0; position < start; position++)
        {
            var index = record.History[position];
            if (holder.Delivered.Contains(index)) continue;
            holder.Excused.Add(index);
            // Messages still in the log when an earlier cursor was given up were reported then.
            if (position >= ledger.GivenUpAt) ledger.Gone.Add(index);
        }
    }

    private void Disconnected(SimNode node, PeerDisconnected disconnected)
    {
        _ends[disconnected.Cause] = _ends.GetValueOrDefault(disconnected.Cause) + 1;
        if (!node.Record.Current.TryGetValue(disconnected.Peer, out var ledger)
            || ledger.Peer is not NodeRecord peer) return;
        if (disconnected.Cause is LinkEnd.ProtocolError or LinkEnd.MessageTooLarge)
            Break(Guarantee.Alive,
                $"{node.Name} ended the link with {disconnected.Peer}, which keeps to the protocol: "
                + $"{disconnected.Reason}");
        // If bandwidth is short, one frame may take longer than the shortest timeout. Frames get
        // through anyway.
        var isLost = disconnected.Cause == LinkEnd.FrameLost
            || (disconnected.Cause == LinkEnd.Timeout && world.Options.Network.BytesPerSecond == 0)
            || (disconnected.Cause == LinkEnd.Unfinished && !_isShort);
        // Traffic from before the end of the faults may affect a link, and if bandwidth is short, it may
        // block the link for long.
        var isShort = world.Options.Network.BytesPerSecond > 0 && world.Options.Network.LargestFrame > 0;
        var patience = LongestTimeout * disconnected.Cause switch
        {
            LinkEnd.FrameLost => 3,
            LinkEnd.Unfinished => LinkState.UnfinishedTimeouts + 1,
            _ => 1,
        };
        if (isLost && !isShort && world.SoundFor > patience + SimWorld.Micros(TimeSpan.FromSeconds(1))
            && ReferenceEquals(world.Nodes[peer.Node.Index], peer.Node))
            Break(Guarantee.Alive,
                $"{node.Name} ended the link with {disconnected.Peer}, although all has been sound for long: "
                + $"{disconnected.Reason}");
    }

    /// <summary>
    /// A link came up: are there too many, or two to one node, and is the other end where the node believes it to be?
    /// </summary>
    private void CheckLinks(SimNode node, Link added)
    {
        var up = 0;
        foreach (var link in node.Node.Links)
        {
            if (!link.IsUp) continue;
            up++;
            if (!ReferenceEquals(link, added) && link.Node!.Incarnation == added.Node!.Incarnation)
                Break(Guarantee.Cheap, $"{node.Name} has two links with {added.Node.NodeName}");
        }
        if (up > node.Settings.MaxPeers)
            Break(Guarantee.Bounded, $"{node.Name} has {up} links; flood.max-peers is {node.Settings.MaxPeers}");
        if (added.Driver is SimLink { Remote: { } remote } && world.Network.AddressOf(remote.Index) is var where
            && added.Address is { } taken
            && !taken.Equals(where) && !where.Equals(taken.Parent))
            Break(Guarantee.NothingSilent, $"{node.Name} takes {where} for {taken}");
    }

    /// <summary>Notes which cursors a node has given up.</summary>
    private static void NoteCursors(SimNode node)
    {
        node.Record.PeersSeen = node.Node.State.Peers.Count;
        foreach (var ledger in node.Record.Ledgers.Values)
        {
            if (ledger.Cursor is not { } cursor || node.Node.State.Peers.Contains(cursor)) continue;
            ledger.Cursor = null;
            ledger.GivenUpAt = node.Node.State.Log.Next;
        }
    }
}

/// <summary>The contents of a node's log, and its linked peers, when it was asked to flush.</summary>
/// <param name="First">The oldest position.</param>
/// <param name="Next">The end.</param>
/// <param name="Peers">By their ids.</param>
/// <param name="Keys">The latest value of each key.</param>
internal sealed record FlushNote(
    long First, long Next, IReadOnlyDictionary<string, Ledger> Peers, IReadOnlyList<FloodMessage> Keys);
