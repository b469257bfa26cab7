using FloodActors.Links;

namespace FloodActors.Core;

/// <summary>Dialling: the addresses to which a link is kept.</summary>
internal sealed partial class Node
{
    private readonly List<DialTarget> _targets = [];

    /// <summary>Keeps a link to an address: dials it now, and again whenever the link is lost.</summary>
    public void Connect(string address, string? peerId, IAnswer<ConnectResult>? answer, FloodTime at)
    {
        if (!Begin(at))
        {
            answer?.GiveUp(_overReason);
            return;
        }
        Connect(address, peerId, answer);
        Settle();
    }

    /// <summary>
    /// Ends the link to a peer, on both sides; the peer is not dialled again, and is forgotten if it is away.
    /// </summary>
    /// <param name="id">The peer's id, or its address in any form that can be dialled.</param>
    /// <param name="at">Now.</param>
    /// <returns>Whether there was such a peer.</returns>
    public bool Disconnect(string id, FloodTime at)
    {
        if (!Begin(at)) return false;
        FloodAddress.TryResolve(id, _address, out var address, out _);
        var existed = false;
        foreach (var link in _links)
        {
            if (link.Phase == LinkPhase.Ending) continue;
            var isThere = address is not null && address.Equals(link.Address);
            if (!isThere && link.Cursor?.Id != id && link.Target?.IsNamed(id, address) != true) continue;
            existed = true;
            RemoveTargets(target => target.IsReachedBy(link));
            Close(link, LinkEnd.Disconnected, "disconnected on request");
        }
        List<string?> names = [id];
        foreach (var target in _targets)
            if (target.IsNamed(id, address)) names.Add(target.Id ?? target.LinkedAs);
        existed |= RemoveTargets(target => target.IsNamed(id, address)) > 0;
        foreach (var away in _state.Peers.Where(peer => !peer.Connected && names.Contains(peer.Id)).ToList())
        {
            existed = true;
            _state.Forget(away);
        }
        Settle();
        return existed;
    }

    /// <summary>A dialled address has not answered for a while.</summary>
    /// <param name="link">The link.</param>
    /// <param name="at">Now.</param>
    /// <param name="hint">The reason, as far as the transport knows it.</param>
    public void OnSilence(Link link, FloodTime at, string? hint = null)
    {
        if (!Begin(at) || link.Target is not { ReportedSilence: false } target) return;
        target.ReportedSilence = true;
        Raise(new PeerUnreachable(target.Address.Text, hint));
        Settle();
    }

    private void Connect(string text, string? peerId, IAnswer<ConnectResult>? answer)
    {
        if (_leaving)
        {
            answer?.Answer(new ConnectRefused(LinkEnd.Leaving, LeavingReason));
            return;
        }
        if (!FloodAddress.TryResolve(text, _address, out var address, out var problem))
        {
            RefuseToDial(text, LinkEnd.Failure, $"cannot dial '{text}': {problem}", answer);
            return;
        }
        var target = _targets.Find(t => t.Address.Equals(address));
        if (target is null)
        {
            if (address.Equals(_address))
            {
                RefuseToDial(text, LinkEnd.Self, $"'{text}' is this node itself", answer);
                return;
            }
            if (peerId is not null && _targets.Find(t => t.Id == peerId) is { } taken)
            {
                RefuseToDial(
                    text, LinkEnd.IdTaken,
                    $"the peer id '{peerId}' is taken by {taken.Address}: give each peer its own id", answer);
                return;
            }
            if (_targets.Count >= _settings.MaxPeers)
            {
                RefuseToDial(
                    text, LinkEnd.TooManyPeers,
                    $"{Name} keeps links to {_targets.Count} addresses already (flood.max-peers)", answer);
                return;
            }
            _targets.Add(target = new DialTarget(address, peerId));
        }
        else if (peerId is not null && target.Id != peerId)
        {
            var known = target.Id is null ? "without an id" : $"with the id '{target.Id}'";
            RefuseToDial(text, LinkEnd.IdTaken, $"{address} is dialled {known} already: disconnect it first", answer);
            return;
        }
        if (answer is not null) target.Waiting.Add(answer);
        if (target.Current is { IsUp: true } up) target.Answer(new Connected(up.Cursor!.Id));
        else if (target.Current is null && !IsServed(target)) Dial(target);
    }

    private void RefuseToDial(string text, LinkEnd cause, string reason, IAnswer<ConnectResult>? answer)
    {
        Raise(new PeerRefused(text, reason, cause));
        answer?.Answer(new ConnectRefused(cause, reason));
    }

    private void Dial(DialTarget target)
    {
        target.ServedBy = 0;
        var setup = NewLink();
        var link = new Link { Session = setup.Session, Target = target, Address = target.Address };
        target.Current = link;
        _links.Add(link);
        link.Driver = _output.Dial(link, setup, target.Address.Text);
    }

    /// <summary>Redials the targets that are not linked and whose time has come.</summary>
    private void Redial()
    {
        if (_leaving) return;
        foreach (var target in _targets)
            if (target.Current is null && _at.Now >= target.NotBefore && !IsServed(target)) Dial(target);
    }

    /// <summary>
    /// Whether a link that the other side dialled serves the target. Then the waiting callers are answered.
    /// </summary>
    private bool IsServed(DialTarget target)
    {
        foreach (var link in _links)
        {
            if (!link.IsUp || !target.IsReachedBy(link)) continue;
            target.Answer(new Connected(link.Cursor!.Id));
            return true;
        }
        return false;
    }

    /// <summary>A dialled link has ended: decides whether and when to redial.</summary>
    private void AfterDial(DialTarget target, Link link)
    {
        target.Current = null;
        target.NotBefore = _at.Now + _settings.RedialWaitMs(target.Attempts++, _output.Random());
        if (link.End.Cause is LinkEnd.Disconnected) RemoveTargets(other => ReferenceEquals(other, target));
        if (link.End.Cause is LinkEnd.Duplicate && IsServed(target)) return;
        if (link.WasUp || link.End.Cause == LinkEnd.Timeout || !link.End.IsRefusal) return;
        var refused = new ConnectRefused(link.End.Cause, link.End.Reason);
        target.Answer(refused);
        // A node that dials itself: the only failure that waiting cannot fix.
        if (link.End.Cause is LinkEnd.Self) _targets.Remove(target);
        if (target.Reported == link.End.Cause) return;
        target.Reported = link.End.Cause;
        Raise(new PeerRefused(target.Id ?? target.Address.Text, link.End.Reason, link.End.Cause));
    }

    /// <summary>Removed targets are not dialled again, and callers that wait for them are answered.</summary>
    private int RemoveTargets(Predicate<DialTarget> which) => _targets.RemoveAll(target =>
    {
        if (!which(target)) return false;
        target.Answer(new ConnectRefused(LinkEnd.Disconnected, "disconnected on request"));
        return true;
    });
}
