using Akka.Actor;
using Akka.Event;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors;

/// <summary>Links: who is dialled, who may come up, and what happens when one ends.</summary>
public sealed partial class FloodActor
{
    private readonly Dictionary<IActorRef, Link> _links = [];
    private readonly List<DialTarget> _targets = [];
    private readonly ContentIdHash? _hash;
    private readonly NodeInfo _self;
    private readonly RefusalReports _refusals = new();

    private int UpLinks => _links.Values.Count(link => link.IsUp);

    private void Dial(string address, string? peerId, IActorRef? asker)
    {
        if (_leaving)
        {
            asker?.Tell(new ConnectRefused(LinkEnd.Leaving, "this node is leaving the flood"));
            return;
        }
        if (FloodAddress.TryResolve(address, Self.Path, ((ExtendedActorSystem)Context.System).Provider.DefaultAddress, out var path, out var problem) is false)
        {
            _log.Error("Cannot dial '{0}': {1}", address, problem);
            asker?.Tell(new ConnectRefused(LinkEnd.Failure, $"cannot dial '{address}': {problem}"));
            return;
        }
        var target = _targets.Find(t => t.Address == path);
        if (target is null && peerId is not null && _targets.Find(t => t.Id == peerId) is { } taken)
        {
            asker?.Tell(new ConnectRefused(LinkEnd.IdTaken, $"the peer id '{peerId}' is taken by {taken.Address}: give each peer its own id"));
            return;
        }
        if (target is null) _targets.Add(target = new DialTarget(path, peerId));
        if (target.Current is { IsUp: true } up) asker?.Tell(new Connected(up.Cursor!.Id));
        else if (asker is not null) target.Waiting.Add(asker);
        if (target.Current is null) Dial(target);
    }

    private void Dial(DialTarget target)
    {
        target.ServedBy = 0;
        target.Current = StartLink(new LinkSetup(_settings, RandomId(), _self with { Dropped = _state.Log.DataStart }, _hash, target.Address, null, null), target);
    }

    private Link StartLink(LinkSetup setup, DialTarget? target)
    {
        var child = Context.ActorOf(PeerActor.Props(setup));
        Context.Watch(child);
        var link = new Link(child, setup.Session, target) { Node = setup.Peer, From = setup.Remote?.Path.Address.ToString() ?? "" };
        _links.Add(child, link);
        return link;
    }

    /// <summary>Dials again what is not linked and whose time has come.</summary>
    private void Redial(long now)
    {
        if (_leaving) return;
        foreach (var target in _targets)
            if (target.Current is null && now >= target.NotBefore && !IsServed(target)) Dial(target);
    }

    private bool IsServed(DialTarget target)
    {
        foreach (var link in _links.Values)
        {
            if (!link.IsUp || (link.Node!.Address != target.Address && link.Node.Incarnation != target.ServedBy)) continue;
            target.Answer(new Connected(link.Cursor!.Id));
            return true;
        }
        return false;
    }

    private void OnHello(Hello hello)
    {
        foreach (var known in _links.Values)
        {
            if (known.Session != hello.Session) continue;
            if (!known.Dialled) known.Child.Forward(hello);
            else Refuse(hello, LinkEnd.Self, $"{_self.NodeName} dialled itself");
            return;
        }
        var verdict = !_leaving
            ? Admission.OnHello(_self, hello, IdOf(hello.Node), _links.Values, _settings.MaxPeers)
            : Verdict.No(LinkEnd.Leaving, $"{_self.NodeName} is leaving the flood");
        if (verdict.Refuse is { } cause)
        {
            if (IsRefusal(cause)) ReportRefusal(hello.Node.NodeName, Sender.Path.Address.ToString(), cause, verdict.Reason);
            Refuse(hello, cause, verdict.Reason);
            return;
        }
        StartLink(new LinkSetup(_settings, hello.Session, _self with { Dropped = _state.Log.DataStart }, _hash, null, hello.Node, Sender), target: null);
    }

    private void Refuse(Hello hello, LinkEnd cause, string reason) => Sender.Tell(new Refused(hello.Session, cause, reason));

    /// <summary>Damaged bytes where a hello is expected: the dialler hears of it if its session can be read.</summary>
    private void OnMalformed(Malformed malformed)
    {
        ReportRefusal("", Sender.Path.Address.ToString(), LinkEnd.ProtocolError, malformed.Reason);
        if (malformed.Session != 0) Sender.Tell(new Refused(malformed.Session, LinkEnd.ProtocolError, malformed.Reason));
    }

    private void OnLinkReady(LinkReady ready)
    {
        if (!_links.TryGetValue(Sender, out var link) || link.Closing is not null) return;
        link.Node = ready.Node;
        TryOpen(link);
    }

    private void TryOpen(Link link)
    {
        var peerId = link.Target?.Id ?? IdOf(link.Node!);
        var verdict = Admission.OnReady(_self, link, peerId, _links.Values);
        link.Held = verdict.Hold;
        if (verdict.Hold) return;
        if (verdict.Refuse is { } cause)
        {
            if (cause == LinkEnd.Duplicate && link.Target is { } target) target.ServedBy = link.Node!.Incarnation;
            Close(link, cause, verdict.Reason);
            return;
        }
        if (verdict.Replaces is { } old)
        {
            if (old.Target is { } served && verdict.ReplaceCause == LinkEnd.Duplicate) served.ServedBy = link.Node!.Incarnation;
            Close(old, verdict.ReplaceCause, "replaced by a newer link to the same node");
            Down(old);
        }
        Open(link, peerId);
    }

    /// <summary>A peer that was given an id here keeps it when it is the one who dials.</summary>
    private string IdOf(NodeInfo peer) => _targets.Find(target => target.Address == peer.Address)?.Id ?? peer.NodeName;

    private void Open(Link link, string peerId)
    {
        var node = link.Node!;
        // An earlier link to it that was told to end and has not yet must not take the cursor down with it when it does.
        foreach (var ending in _links.Values)
            if (ending.Closing is not null && ending.Cursor?.Id == peerId) Down(ending);
        link.Cursor = link.Stream is { } stream ? _state.ConnectStream(peerId, node.Incarnation, stream) : _state.Connect(peerId, node.Incarnation);
        link.Cursor.MaxMessageSize = node.MaxMessageSize;
        link.Cursor.MustDisconnect = false;
        link.Since = Context.System.Scheduler.Now;
        if (link.Target is { } target)
        {
            (target.Attempts, target.Reported, target.ReportedSilence) = (0, null, false);
            target.Answer(new Connected(peerId));
        }
        _state.Events.Raise(new PeerConnected(peerId, node.Address, link.Dialled, node.Dropped), _state.Log.Next);
        _log.Info("Connected with {0} at {1}", peerId, node.Address);
        link.Child.Tell(OpenLink.Instance);
        AnswerAwaitingPeers();
        foreach (var held in _links.Values.Where(l => l.Held && l.Node!.Incarnation == node.Incarnation).ToList()) TryOpen(held);
        Pump();
    }

    private void OnLinkAsk(LinkAsk ask)
    {
        if (!_links.TryGetValue(Sender, out var link) || link.Cursor is not { } cursor || link.Closing is not null) return;
        link.Ask = ask;
        cursor.Room = ask.Room;
        _state.Acked(cursor, ask.Acked);
        Feed(link);
        AfterAck();
    }

    private void OnLinkAcked(LinkAcked acked)
    {
        if (!_links.TryGetValue(Sender, out var link) || link.Cursor is not { } cursor || link.Closing is not null) return;
        _state.Acked(cursor, acked.Position);
        AfterAck();
    }

    private void AfterAck()
    {
        _state.Trim();
        if (_heldAppends.Count > 0) Drain();
        if (_flushes.Count > 0) AnswerFlushes();
        if (_leaving) ContinueLeaving(Time.Now);
    }

    private void Close(Link link, LinkEnd cause, string reason)
    {
        if (link.Closing is not null) return;
        link.Closing = new LinkEnded(cause, reason);
        link.Child.Tell(new CloseLink(cause, reason));
    }

    private void OnLinkEnded(LinkEnded ended)
    {
        if (!_links.TryGetValue(Sender, out var link) || link.Closing is not null) return;
        link.Closing = ended;
        // On the other side's request: also when the link that served was dialled by the other. On ours, the targets are gone already, and one
        // that is there now was dialled since.
        if (ended.Cause is LinkEnd.Disconnected) RemoveTargets(target => Reaches(target, link));
    }

    /// <summary>The child's death is the end of the link, whatever the reason.</summary>
    private void OnLinkTerminated(IActorRef child)
    {
        if (!_links.Remove(child, out var link)) return;
        link.Closing ??= new LinkEnded(LinkEnd.Failure, "the link's actor failed; its log entry says how");
        Down(link);
        if (link.Target is { } target) AfterDial(target, link.Closing, cameUp: link.Since != default);
        else if (link is { Stream: null, Since: var since } && since == default && IsRefusal(link.Closing.Cause)) ReportRefusal(link.Node!.NodeName, link.From, link.Closing.Cause, link.Closing.Reason);
        foreach (var held in _links.Values.Where(l => l.Held).ToList()) TryOpen(held);
    }

    /// <summary>The peer is disconnected as far as everyone is told. Done once, at the latest when the child is dead.</summary>
    private void Down(Link link)
    {
        if (link.Cursor is not { } cursor) return;
        link.Cursor = null;
        link.Ask = null;
        var ended = link.Closing!;
        _state.Disconnect(cursor, keep: link.IsAwaited && ended.Cause is not (LinkEnd.Disconnected or LinkEnd.Leaving), Time.Now);
        _state.Events.Raise(new PeerDisconnected(cursor.Id, ended.Reason, ended.Cause), _state.Log.Next);
        _log.Info("Disconnected from {0}: {1}", cursor.Id, ended.Reason);
        AnswerFlushes();
    }

    /// <summary>A dialled link is over: when, and whether, to dial again.</summary>
    private void AfterDial(DialTarget target, LinkEnded ended, bool cameUp)
    {
        target.Current = null;
        target.NotBefore = Time.Now + _settings.RedialWaitMs(target.Attempts++, Random.Shared);
        if (ended.Cause is LinkEnd.Self or LinkEnd.Disconnected) _targets.Remove(target);
        if (ended.Cause is LinkEnd.Duplicate && IsServed(target)) return;
        if (!cameUp && ended.Cause is not LinkEnd.Timeout && IsRefusal(ended.Cause) && target.Reported != ended.Cause)
        {
            target.Reported = ended.Cause;
            RaiseRefused(target.Id ?? target.Address, ended.Cause, ended.Reason);
            target.Answer(new ConnectRefused(ended.Cause, ended.Reason));
        }
    }

    /// <summary>Whether a link that ended before it was up is worth telling people of; otherwise another link serves, or somebody wanted it so.</summary>
    private static bool IsRefusal(LinkEnd cause) => cause is not (LinkEnd.Duplicate or LinkEnd.Leaving or LinkEnd.Disconnected or LinkEnd.Restarted or LinkEnd.Completed);

    private void OnNoAnswer()
    {
        if (!_links.TryGetValue(Sender, out var link) || link.Target is not { ReportedSilence: false } target) return;
        target.ReportedSilence = true;
        _state.Events.Raise(new PeerUnreachable(target.Address), _state.Log.Next);
        _log.Warning("{0} does not answer; dialling goes on", target.Address);
        Pump();
    }

    /// <summary>For those who dialled us: they come as often as they like, and are reported once.</summary>
    private void ReportRefusal(string name, string address, LinkEnd cause, string reason)
    {
        if (_refusals.IsNews(address, cause, Time.Now)) RaiseRefused(name.Length > 0 ? name : address, cause, reason);
    }

    private void RaiseRefused(string peer, LinkEnd cause, string reason)
    {
        _state.Events.Raise(new PeerRefused(peer, reason, cause), _state.Log.Next);
        _log.Warning("No link with {0}: {1}", peer, reason);
        Pump();
    }

    private void OnDisconnect(FloodCommand.Disconnect command)
    {
        var existed = false;
        foreach (var link in _links.Values)
        {
            if (link.Cursor?.Id != command.PeerId && link.Target?.Id != command.PeerId && link.Target?.Address != command.PeerId) continue;
            existed = true;
            RemoveTargets(target => Reaches(target, link));
            Close(link, LinkEnd.Disconnected, "disconnected on request");
        }
        existed |= RemoveTargets(target => target.Id == command.PeerId || target.Address == command.PeerId) > 0;
        Sender.Tell(new FloodCommand.Disconnected(existed));
    }

    /// <summary>They are not dialled again, and nobody waits for them in vain.</summary>
    private int RemoveTargets(Predicate<DialTarget> which) => _targets.RemoveAll(target =>
    {
        if (!which(target)) return false;
        target.Answer(new ConnectRefused(LinkEnd.Disconnected, "disconnected on request"));
        return true;
    });

    private static bool Reaches(DialTarget target, Link link) =>
        ReferenceEquals(target, link.Target) || target.Address == link.Node?.Address || (target.ServedBy != 0 && target.ServedBy == link.Node?.Incarnation);

    private void AnswerAwaitingPeers()
    {
        var up = UpLinks;
        _awaitingPeers.RemoveAll(waiting =>
        {
            if (waiting.Count > up) return false;
            waiting.Asker.Tell(FloodCommand.Done.Instance);
            return true;
        });
    }

    /// <summary>Whether something waits for peers to take what they are sent.</summary>
    private bool SomebodyWaits => _flushes.Count > 0 || _heldAppends.Count > 0 || _leaving;

    private void WantAcks()
    {
        foreach (var link in _links.Values)
            if (link.IsUp && link.Stream is null) link.Child.Tell(WantAck.Instance);
    }

    private void AnswerFlushes() => _flushes.RemoveAll(flush =>
    {
        foreach (var link in _links.Values)
            if (link.IsUp && link.Cursor!.Acked < flush.Position) return false;
        flush.Asker.Tell(FloodCommand.Done.Instance);
        return true;
    });

    private void OnLeave()
    {
        if (_leaving) return;
        _leaving = true;
        _queue.Close();
        Drain();
        WantAcks();
        _targets.Clear();
        _leaveBy = Time.Now + (long)_settings.LeaveTimeout.TotalMilliseconds;
        ContinueLeaving(Time.Now);
    }

    /// <summary>Each link says goodbye when its peer has everything, or when time is up; with the last the node stops.</summary>
    private void ContinueLeaving(long now)
    {
        foreach (var link in _links.Values)
        {
            var done = !link.IsUp || (link.Cursor!.IsLevel && link.Cursor.Acked >= _state.Log.Next && link.Ask is not null);
            if (done || now >= _leaveBy) Close(link, LinkEnd.Leaving, $"{_self.NodeName} left the flood");
        }
        if (_links.Count > 0 && now < _leaveBy + 1000) return;
        Context.Stop(Self);
    }

    private IReadOnlyList<PeerInfo> PeerInfos() => _state.Peers.Select(cursor =>
    {
        var link = _links.Values.FirstOrDefault(l => ReferenceEquals(l.Cursor, cursor));
        return new PeerInfo(
            cursor.Id, link?.Node?.Address ?? "", link is not null, link?.Dialled ?? false, link?.Since ?? default,
            _state.Log.Next - cursor.Acked, cursor.Forwarded, cursor.Received, cursor.Duplicates);
    }).ToArray();

    /// <summary>Host and port where there are any, and the path where it is not the usual one.</summary>
    private static string DefaultName(ActorPath path, string address) =>
        !Akka.Actor.Address.TryParse(address, out var host) || host.Host is null
            ? path.ToStringWithoutAddress()
            : $"{host.Host}:{host.Port}{(path.ToStringWithoutAddress() == Flood.DefaultPath ? "" : path.ToStringWithoutAddress())}";
}
