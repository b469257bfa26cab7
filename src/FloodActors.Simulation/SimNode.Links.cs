using FloodActors.Core;
using FloodActors.Links;

namespace FloodActors.Simulation;

/// <summary>Links: who is dialled, who may come up, and what happens when one ends. As <c>FloodActor.Links</c>.</summary>
internal sealed partial class SimNode
{
    private readonly List<SimLink> _links = [];
    private readonly List<(DialTarget Target, int Node)> _targets = [];

    public IReadOnlyList<SimLink> Links => _links;

    public void Dial(int neighbour)
    {
        var address = AddressOf(neighbour);
        var index = _targets.FindIndex(t => t.Target.Address == address);
        if (index < 0)
        {
            _targets.Add((new DialTarget(address, null), neighbour));
            index = _targets.Count - 1;
        }
        if (_targets[index].Target.Current is null) Dial(_targets[index].Target, neighbour);
    }

    /// <summary>A user's wish to be linked with a peer no more.</summary>
    public void Disconnect(int neighbour)
    {
        var (name, address) = (NameOf(neighbour), AddressOf(neighbour));
        foreach (var link in _links)
        {
            if (link.Record.Cursor?.Id != name && link.Record.Target?.Address != address) continue;
            RemoveTargetsOf(link);
            Close(link, LinkEnd.Disconnected, "disconnected on request");
        }
        _targets.RemoveAll(t => t.Target.Address == address);
    }

    private void Dial(DialTarget target, int neighbour)
    {
        target.ServedBy = 0;
        target.Current = StartLink(Random.NextULong(), null, null, target, neighbour).Record;
    }

    private SimLink StartLink(ulong session, NodeInfo? peer, SimLink? remote, DialTarget? target, int dialled)
    {
        var link = new SimLink(this, session, _self with { Dropped = State.Log.DataStart }, peer, remote, target, dialled);
        _links.Add(link);
        link.Start();
        return link;
    }

    private void Redial(long now)
    {
        foreach (var (target, neighbour) in _targets)
            if (target.Current is null && now >= target.NotBefore && !IsServed(target)) Dial(target, neighbour);
    }

    private bool IsServed(DialTarget target)
    {
        foreach (var link in _links)
            if (link.Record.IsUp && (link.Record.Node!.Address == target.Address || link.Record.Node.Incarnation == target.ServedBy)) return true;
        return false;
    }

    private void OnHello(Hello hello, SimLink sender)
    {
        foreach (var known in _links)
        {
            if (known.State.Session != hello.Session) continue;
            if (!known.Record.Dialled) known.Post(new Mail(MailKind.HelloAgain, known, null, 0, 0));
            else Refuse(hello, sender, LinkEnd.Self, "dialled itself");
            return;
        }
        var verdict = Admission.OnHello(_self, hello, hello.Node.NodeName, [.. _links.Select(l => l.Record)], _settings.MaxPeers);
        if (verdict.Refuse is { } cause) Refuse(hello, sender, cause, verdict.Reason);
        else StartLink(hello.Session, hello.Node, sender, target: null, dialled: -1);
    }

    private void Refuse(Hello hello, SimLink sender, LinkEnd cause, string reason) =>
        World.Network.Send(Index, sender.Owner.Index, sender, sender, new Refused(hello.Session, cause, reason));

    private void OnLinkReady(SimLink link, NodeInfo node)
    {
        if (!_links.Contains(link) || link.Record.Closing is not null) return;
        link.Record.Node = node;
        TryOpen(link);
    }

    private void TryOpen(SimLink link)
    {
        var record = link.Record;
        var peerId = record.Node!.NodeName;
        var verdict = Admission.OnReady(_self, record, peerId, [.. _links.Select(l => l.Record)]);
        record.Held = verdict.Hold;
        if (verdict.Hold) return;
        if (verdict.Refuse is { } cause)
        {
            if (cause == LinkEnd.Duplicate && record.Target is { } target) target.ServedBy = record.Node!.Incarnation;
            Close(link, cause, verdict.Reason);
            return;
        }
        if (verdict.Replaces is { } old)
        {
            if (old.Target is { } served && verdict.ReplaceCause == LinkEnd.Duplicate) served.ServedBy = record.Node!.Incarnation;
            Close(_links.First(l => ReferenceEquals(l.Record, old)), verdict.ReplaceCause, "replaced by a newer link to the same node");
            Down(old);
        }
        Open(link, peerId);
    }

    private void Open(SimLink link, string peerId)
    {
        var node = link.Record.Node!;
        foreach (var ending in _links)
            if (ending.Record.Closing is not null && ending.Record.Cursor?.Id == peerId) Down(ending.Record);
        World.Oracle.CursorsMayBeGone(this);
        var kept = State.Peers.Any(p => p.Id == peerId && p.Incarnation == node.Incarnation);
        var cursor = State.Connect(peerId, node.Incarnation);
        World.Oracle.Connected(this, cursor, kept);
        World.Mutation.Connected(State, cursor, kept);
        link.Record.Cursor = cursor;
        cursor.MaxMessageSize = node.MaxMessageSize;
        cursor.MustDisconnect = false;
        if (link.Record.Target is { } target) target.Attempts = 0;
        link.Post(new Mail(MailKind.Open, link, null, 0, 0));
        foreach (var held in _links.Where(l => l.Record.Held && l.Record.Node!.Incarnation == node.Incarnation).ToList()) TryOpen(held);
        Pump();
    }

    private void OnLinkAsk(SimLink link, LinkAsk ask)
    {
        if (!_links.Contains(link) || link.Record.Cursor is not { } cursor || link.Record.Closing is not null) return;
        link.Record.Ask = ask;
        cursor.Room = ask.Room;
        State.Acked(cursor, ask.Acked);
        Feed(link);
        AfterAck();
    }

    private void OnLinkAcked(SimLink link, long position)
    {
        if (!_links.Contains(link) || link.Record.Cursor is not { } cursor || link.Record.Closing is not null) return;
        State.Acked(cursor, position);
        AfterAck();
    }

    private void AfterAck()
    {
        State.Trim();
        if (_held.Count > 0) Drain();
    }

    private static void Close(SimLink link, LinkEnd cause, string reason)
    {
        if (link.Record.Closing is not null) return;
        link.Record.Closing = new LinkEnded(cause, reason);
        link.Post(new Mail(MailKind.Close, link, link.Record.Closing, 0, 0));
    }

    private void OnLinkEnded(SimLink link, LinkEnded ended)
    {
        if (!_links.Contains(link) || link.Record.Closing is not null) return;
        link.Record.Closing = ended;
        if (ended.Cause is LinkEnd.Disconnected) RemoveTargetsOf(link);
    }

    private void RemoveTargetsOf(SimLink link)
    {
        var record = link.Record;
        _targets.RemoveAll(t => ReferenceEquals(t.Target, record.Target) || t.Target.Address == record.Node?.Address || (t.Target.ServedBy != 0 && t.Target.ServedBy == record.Node?.Incarnation));
    }

    private void OnLinkGone(SimLink link)
    {
        if (!_links.Remove(link)) return;
        link.Record.Closing ??= new LinkEnded(LinkEnd.Failure, "the link's actor failed");
        Down(link.Record);
        if (link.Record.Target is { } target) AfterDial(target, link.Record.Closing);
        foreach (var held in _links.Where(l => l.Record.Held).ToList()) TryOpen(held);
    }

    private void Down(Link link)
    {
        if (link.Cursor is not { } cursor) return;
        link.Cursor = null;
        link.Ask = null;
        State.Disconnect(cursor, keep: link.Closing!.Cause is not (LinkEnd.Disconnected or LinkEnd.Leaving), Now);
        World.Oracle.CursorsMayBeGone(this);
    }

    private void AfterDial(DialTarget target, LinkEnded ended)
    {
        target.Current = null;
        var wait = Math.Min(_settings.RedialMin.TotalMilliseconds * Math.Pow(2, Math.Min(target.Attempts++, 16)), _settings.RedialMax.TotalMilliseconds);
        target.NotBefore = Now + (long)(wait * (1 + (Random.NextDouble() / 4)));
        if (ended.Cause is LinkEnd.Self or LinkEnd.Disconnected) _targets.RemoveAll(t => ReferenceEquals(t.Target, target));
    }
}
