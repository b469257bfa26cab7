using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>The peers' side of a node: cursors, what each peer is to be sent, and which peers lag.</summary>
internal sealed partial class FloodState
{
    private readonly List<PeerCursor> _peers = [];
    private readonly Stack<int> _freeSlots = [];
    private int _slots;
    /// <summary>A tick may come sooner: see <see cref="WakeAt"/>.</summary>
    private const long UsualTickMs = 200;

    private long _usualTick;
    private long _lagReported;
    private long _givenUpReported;

    /// <summary>Every peer that is connected or was within <c>peer-grace</c>.</summary>
    public IReadOnlyList<PeerCursor> Peers => _peers;

    /// <summary>
    /// A link to the peer came up. If it is the incarnation that left within <c>peer-grace</c>, it continues at its
    /// cursor; otherwise it is offered everything that is in the log.
    /// </summary>
    /// <param name="id">The peer's id.</param>
    /// <param name="incarnation">The node behind it.</param>
    /// <param name="droppedTold">
    /// How many messages had left the log, as the peer was told when the link began. Messages that have left it since
    /// then count as skipped: the peer is told neither of them nor given them.
    /// </param>
    public PeerCursor Connect(string id, ulong incarnation, long droppedTold = long.MaxValue)
    {
        var peer = _peers.Find(p => p.Id == id);
        if (peer is not null && peer.Incarnation != incarnation)
        {
            // It restarted and lost everything; messages that waited for it are still in the log, and are offered
            // again. Messages that were skipped meanwhile are not.
            ReportLag(peer);
            Release(peer);
            peer = null;
        }
        if (peer is null)
        {
            if (_peers.Count >= _settings.MaxPeers) ForgetLongestSilent();
            peer = new PeerCursor(id, incarnation, TakeSlot());
            _peers.Add(peer);
            if (Log.First > droppedTold) AddSkipped(peer, Log.First - droppedTold);
        }
        peer.Connected = true;
        peer.Restart(Math.Max(peer.Acked, Log.First));
        peer.OfferEnd = Log.Next;
        OweKeys(peer);
        return peer;
    }

    /// <summary>
    /// A stream of values connects. It cannot say what it has, so it is told no ids: it is sent what is in memory, or
    /// only what comes from now on.
    /// </summary>
    public PeerCursor ConnectStream(string id, ulong incarnation, StreamPeer stream)
    {
        var peer = Connect(id, incarnation);
        peer.Kinds = stream.Kinds;
        peer.IsStream = true;
        peer.Due?.Clear();
        peer.Restart(stream.CatchUp ? peer.Acked : Log.Next);
        return peer;
    }

    /// <summary>
    /// The link to the peer ended. Its cursor is kept for <c>peer-grace</c> if <paramref name="keep"/>.
    /// </summary>
    public void Disconnect(PeerCursor peer, bool keep, long now)
    {
        peer.Connected = false;
        peer.SilentSince = now;
        peer.Room = 0;
        peer.Due?.Clear();
        EmptyInbox(peer);
        _routes.Replace(peer, _peers, Graft);
        // Messages in flight may have been lost with the link, and those of them that have left the log cannot be sent
        // again.
        AddSkipped(peer, peer.AtRisk);
        peer.AtRisk = 0;
        peer.Restart(peer.Acked);
        ReportLag(peer);
        Events.TellOf(peer.Id, Log.Next);
        if (!keep) Forget(peer);
    }

    /// <summary>The peer has taken everything before <paramref name="position"/>.</summary>
    public void Acked(PeerCursor peer, long position)
    {
        if (peer.Due is { } due) position = due.Acknowledged(position);
        peer.Traffic.Window.Taken(position);
        if (position >= peer.AtRiskEnd) peer.AtRisk = 0;
        // After the last message handed out there are only messages that need no sending.
        if (position >= peer.Handed) position = peer.Sent;
        peer.Acked = Math.Max(peer.Acked, Math.Min(position, peer.Sent));
    }

    /// <summary>
    /// Time passes: cursors of peers that stayed away are forgotten, and lag is reported, at most once a second for
    /// each peer.
    /// </summary>
    public void Tick(FloodTime at)
    {
        var now = at.Now;
        Now = now;
        for (var i = _peers.Count - 1; i >= 0; i--)
        {
            var peer = _peers[i];
            if (!peer.Connected && now - peer.SilentSince >= _settings.PeerGraceMs) Forget(peer);
        }
        if (now >= _tellAt) TellAll();
        _missing.AskForDue(_waiting, now);
        DrainAll(at);
        if (now - _usualTick < UsualTickMs) return;
        _usualTick = now;
        _missing.Tick();
        Events.Tick(Log.Next);
        if (now - _lagReported < 1000) return;
        _lagReported = now;
        if (_seen.GivenUp > _givenUpReported)
        {
            Events.Raise(new MessagesGivenUp(_seen.GivenUp - _givenUpReported), Log.Next);
            _givenUpReported = _seen.GivenUp;
        }
        foreach (var peer in _peers) ReportLag(peer);
    }

    /// <summary>Gives up a peer's cursor. Messages that it was still to get count as not reached.</summary>
    public void Forget(PeerCursor peer)
    {
        ReportLag(peer);
        var missed = CountToSend(peer, peer.Acked, Log.Next);
        Counters.Unreachable += missed;
        if (missed > 0) Events.Raise(new PeerForgotten(peer.Id, missed), Log.Next);
        Release(peer);
    }

    private bool Fits(FloodMessage message, PeerCursor peer)
    {
        if (!peer.Carries(message))
        {
            Counters.UnsuitableForPeer++;
            peer.NotGiven++;
            Events.Raise(
                new MessageNotSent(
                    peer.Id, message.Id,
                    message.HasTopic
                        ? "it is of a topic, and the peer's stream carries values alone"
                        : $"its payload is of kind {message.Kind}, which the peer's stream does not carry")
                {
                    Topic = EventTopic.WrongKind,
                },
                Log.Next);
            return false;
        }
        if (IsFit(message, peer)) return true;
        Counters.TooLargeForPeer++;
        peer.NotGiven++;
        Events.Raise(
            new MessageNotSent(
                peer.Id, message.Id,
                $"its {message.Body.Length} bytes exceed the peer's flood.max-message-size of {peer.MaxMessageSize}")
            {
                Topic = EventTopic.TooLarge,
            },
            Log.Next);
        return false;
    }

    private static bool IsFit(FloodMessage message, PeerCursor peer) =>
        peer.Carries(message) && message.Body.Length <= peer.MaxMessageSize;

    private long SlowestCursor()
    {
        var slowest = SlowestListener();
        foreach (var peer in _peers) slowest = Math.Min(slowest, peer.Acked);
        return slowest;
    }

    private long SlowestConnected()
    {
        var slowest = SlowestListener();
        foreach (var peer in _peers)
            if (peer.Connected) slowest = Math.Min(slowest, peer.Acked);
        return slowest;
    }

    private void SkipTo(long floor)
    {
        SkipListenersTo(floor);
        foreach (var peer in _peers)
        {
            if (peer.Acked >= floor) continue;
            if (peer.Connected && peer.Acked < peer.Sent)
            {
                var underWay = Math.Min(peer.Sent, floor);
                peer.AtRisk += CountToSend(peer, peer.Acked, underWay);
                // Messages after the last one handed out are acknowledged with that one.
                peer.AtRiskEnd = Math.Min(underWay, peer.Handed);
            }
            if (peer.Sent < floor)
            {
                AddSkipped(peer, CountToSend(peer, peer.Sent, floor));
                peer.Sent = floor;
                peer.Scanned = Math.Max(peer.Scanned, floor);
                peer.Traffic.ToTell.RemoveAll(position => position < floor);
                if (peer.Connected && _settings.OnLag == LagPolicy.Disconnect) peer.MustDisconnect = true;
            }
            peer.Acked = floor;
        }
    }

    private long CountToSend(PeerCursor peer, long from, long to)
    {
        long count = 0;
        for (var position = Math.Max(from, Log.First); position < to; position++)
            // A message that does not fit is reported when the cursor reaches it.
            if ((position < peer.Scanned ? IsFit(Log[position], peer) : peer.Carries(Log[position]))
                && _rule.ShouldSend(Log[position], peer, Log.IsKnown(position, peer.Slot)))
                count++;
        return count;
    }

    private void AddSkipped(PeerCursor peer, long count)
    {
        peer.Skipped += count;
        peer.NotGiven += count;
        Counters.Skipped += count;
    }

    private void ReportLag(PeerCursor peer)
    {
        if (peer.Skipped == 0) return;
        Events.Raise(new PeerLagged(peer.Id, peer.Skipped), Log.Next);
        peer.Skipped = 0;
    }

    private int TakeSlot()
    {
        var slot = _freeSlots.Count > 0 ? _freeSlots.Pop() : _slots++;
        Log.EnsureSlot(slot);
        return slot;
    }

    private void Release(PeerCursor peer)
    {
        Log.ClearSlot(peer.Slot);
        _seen.Disown(peer.Slot);
        ForgetKnown(peer);
        _freeSlots.Push(peer.Slot);
        _peers.Remove(peer);
    }

    private void ForgetLongestSilent()
    {
        PeerCursor? oldest = null;
        foreach (var peer in _peers)
            if (!peer.Connected && (oldest is null || peer.SilentSince < oldest.SilentSince)) oldest = peer;
        if (oldest is not null) Forget(oldest);
    }
}
