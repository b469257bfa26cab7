using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>Links: which may come up, what comes over them, and what happens when one ends.</summary>
internal sealed partial class Node
{
    private readonly List<Link> _links = [];
    private readonly Admission _admission;
    private readonly RefusalReports _reports = new();
    private readonly RefusedSessions _refused = new();
    private readonly LinkRate _rate = new();

    private int UpLinks => _links.Count(link => link.IsUp);

    /// <summary>Another node asks for a link.</summary>
    public void OnHello(Hello hello, IHelloSender sender, FloodTime at)
    {
        if (!Begin(at)) return;
        foreach (var known in _links)
        {
            if (known.IsDialled ? known.Session != hello.Session : known.HelloSession != hello.Session) continue;
            if (known.IsDialled) Refuse(hello, sender, new EndOfLink(LinkEnd.Self, $"{Name} dialled itself"));
            else known.Driver.GreetAgain();
            return;
        }
        if (_refused.TryFind(hello.Session, out var again))
        {
            Refuse(hello, sender, again);
            return;
        }
        if (Objection(hello, sender, out var address) is { } objection)
        {
            _refused.Add(hello.Session, objection);
            if (objection.IsRefusal) Report(hello.Node.NodeName, sender.Path, objection);
            Refuse(hello, sender, objection);
        }
        else
        {
            var setup = NewLink();
            setup = setup with
            {
                Peer = hello.Node,
                PeerSession = hello.Session,
                Self = setup.Self with { DroppedHeard = hello.Node.Dropped },
            };
            var link = new Link
            {
                Session = setup.Session,
                HelloSession = hello.Session,
                Node = hello.Node,
                Address = address,
                DroppedTold = setup.Self.Dropped,
            };
            _links.Add(link);
            link.Driver = _output.Accept(link, setup, sender);
        }
        Settle();
    }

    /// <summary>Damaged bytes where a hello is expected: the dialler is told if its session can be read.</summary>
    public void OnMalformed(Malformed malformed, IHelloSender sender, FloodTime at)
    {
        if (!Begin(at)) return;
        var objection = new EndOfLink(LinkEnd.ProtocolError, malformed.Reason);
        Report("", sender.Path, objection);
        if (malformed.Session != 0) sender.Refuse(new Refused(malformed.Session, objection.Cause, objection.Reason));
        Settle();
    }

    /// <summary>A stream of values is to be a peer.</summary>
    /// <param name="stream">What is known of it.</param>
    /// <param name="start">Makes its driver. The origin is that of the values that come by it.</param>
    /// <param name="at">Now.</param>
    public void OpenStream(StreamPeer stream, Func<Link, Origin, ILinkDriver> start, FloodTime at)
    {
        if (!Begin(at)) return;
        // A stream has no incarnation: a stream that comes back under the id counts as having lost everything, and
        // shows what it has by sending it.
        var node = new NodeInfo(stream.Id, stream.Address, _output.Random(), _self.IdMode)
        {
            Window = _settings.Window,
            MaxFrame = _self.MaxFrame,
            MaxMessageSize = int.MaxValue,
            PeerTimeoutMs = _self.PeerTimeoutMs,
        };
        var link = new StreamLink(stream) { Session = _output.Random(), Node = node };
        var verdict = _leaving ? Verdict.No(LinkEnd.Leaving, LeavingReason) : _admission.OnStream(stream.Id);
        _links.Add(link);
        link.Driver = start(link, new Origin(_self.Incarnation, Name, stream.Id));
        if (verdict.Refuse is { } refusal)
        {
            if (!stream.TellsRefusal) Raise(new PeerRefused(stream.Id, refusal.Reason, refusal.Cause));
            Close(link, refusal.Cause, refusal.Reason);
        }
        else
        {
            Open(link, stream.Id);
        }
        Settle();
    }

    /// <summary>The code that accepts streams refused some.</summary>
    public void ReportRefused(PeerRefused refused, FloodTime at)
    {
        if (!Begin(at)) return;
        Raise(refused);
        Settle();
    }

    /// <summary>Both ends of a link have spoken.</summary>
    public void OnReady(Link link, NodeInfo peer, FloodTime at)
    {
        if (!Begin(at) || link.Phase != LinkPhase.Greeting) return;
        link.Node = peer;
        TryOpen(link);
        Settle();
    }

    /// <summary>A link has room for records.</summary>
    public void OnDemand(Link link, LinkDemand demand, FloodTime at)
    {
        if (!Begin(at) || link.Cursor is not { } cursor || !link.IsUp) return;
        link.Demand = demand;
        cursor.Room = demand.Room;
        _state.Acked(cursor, demand.Acked);
        Feed(link);
        AfterAck();
    }

    /// <summary>A link's peer has taken the log up to a position.</summary>
    public void OnAcked(Link link, long position, FloodTime at)
    {
        if (!Begin(at) || link.Cursor is not { } cursor || !link.IsUp) return;
        _state.Acked(cursor, position);
        Feed(link);
        AfterAck();
    }

    /// <summary>Records came over a link.</summary>
    public void OnBatch(Link link, ReceivedBatch batch, FloodTime at)
    {
        if (!Begin(at)) return;
        var isTaken = true;
        if (link.Cursor is { } cursor && link.IsUp)
        {
            var before = _state.Log.Next;
            isTaken = _state.Receive(cursor, batch, at);
            if (_state.Log.Next > before) _output.Received(before);
            if (_state.HasOverrun(cursor)) Close(link, LinkEnd.ProtocolError, "sent more than may wait to be taken");
        }
        if (isTaken) link.Driver.Taken(batch);
        else link.Driver.Held(batch);
        if (link.Cursor?.Refusals is { Offence: { } offence }) Close(link, LinkEnd.Rejected, offence);
        Settle();
    }

    /// <summary>
    /// A stream brought a value that cannot be taken, or cannot be given a message that it should get.
    /// </summary>
    public void OnFault(Link link, in MessageId message, bool wasIncoming, string reason, FloodTime at)
    {
        if (!Begin(at)) return;
        var peer = link.Node!.NodeName;
        if (wasIncoming)
        {
            _state.Counters.InvalidFromPeer++;
            Raise(new MessageRefused(peer, message, reason));
        }
        else
        {
            _state.Counters.UnsuitableForPeer++;
            if (link.Cursor is { } cursor) cursor.NotGiven++;
            Raise(new MessageNotSent(peer, message, reason));
        }
        Settle();
    }

    /// <summary>A link has ended: the other side said so, or its own driver did.</summary>
    public void OnEnded(Link link, LinkEnd cause, string reason, FloodTime at)
    {
        if (!Begin(at) || link.Phase == LinkPhase.Ending) return;
        var wasUp = link.IsUp;
        link.Ends(new EndOfLink(cause, reason));
        // The other side asked for it. It also counts when that side dialled the link: both ends have proved their
        // addresses.
        if (cause == LinkEnd.Disconnected && (wasUp || link.IsDialled))
            RemoveTargets(target => target.IsReachedBy(link));
    }

    /// <summary>A link's driver is gone: the end of the link, whatever the reason.</summary>
    public void LinkGone(Link link, FloodTime at)
    {
        if (!Begin(at) || !_links.Remove(link)) return;
        if (link.Phase != LinkPhase.Ending)
            link.Ends(new EndOfLink(LinkEnd.Failure, "the link's actor failed; its log entry says how"));
        Down(link);
        if (link.Target is { } target) AfterDial(target, link);
        else if (!link.WasUp && link is not StreamLink && link.End.IsRefusal)
            Report(link.Node!.NodeName, link.Where, link.End);
        foreach (var held in _links.Where(l => l.Phase == LinkPhase.Held).ToList()) TryOpen(held);
        Settle();
        if (_leaving) ContinueLeaving();
    }

    private string LeavingReason => $"{Name} is leaving the flood";

    private LinkSetup NewLink() => new(
        _settings, _output.Random(), _self with { Dropped = _state.Log.DataStart }, _hash, Memory)
    {
        Dropped = () => _state.Log.DataStart,
    };

    /// <summary>Why the sender of a hello may not link; null when it may.</summary>
    private EndOfLink? Objection(Hello hello, IHelloSender sender, out FloodAddress? address)
    {
        address = null;
        if (_leaving) return new EndOfLink(LinkEnd.Leaving, LeavingReason);
        if (hello.SpokenVersion != LinkMessage.Version)
        {
            return new EndOfLink(
                LinkEnd.Version,
                $"{Name} speaks version {LinkMessage.Version} of the link protocol, "
                + $"the dialler version {hello.SpokenVersion}: run the same FloodActors version on both");
        }
        if (!FloodAddress.TryParse(hello.Node.Address, _address.Path, out address) || !IsFrom(address, sender))
        {
            return new EndOfLink(
                LinkEnd.ProtocolError, $"a hello from {sender.Path} says that it is from {hello.Node.Address}");
        }
        if (address.Host.Length > 0 && !_rate.MayCome(address.SystemText, _at.Now))
        {
            return new EndOfLink(
                LinkEnd.TooManyPeers,
                $"{LinkRate.Burst} links of {address.SystemText} have come and gone at {Name} within a short time: "
                + "it may come again in a second");
        }
        return _admission.OnHello(hello, address).Refuse;
    }

    /// <summary>
    /// Whether the sender is the flood at that address, or a part of it: an address that a stranger claims is not
    /// believed.
    /// </summary>
    private bool IsFrom(FloodAddress address, IHelloSender sender) =>
        FloodAddress.TryParse(sender.Path, _address.Path, out var path)
        && (path.Equals(address) || address.Equals(path.Parent));

    private static void Refuse(Hello hello, IHelloSender sender, EndOfLink objection) =>
        sender.Refuse(new Refused(hello.Session, objection.Cause, objection.Reason));

    private void TryOpen(Link link)
    {
        var peerId = _admission.IdOf(link.Node!, link.Address!, link.Target);
        var verdict = _admission.OnReady(link, peerId);
        if (verdict.Hold)
        {
            link.Hold();
            return;
        }
        if (verdict.Refuse is { } refusal)
        {
            if (refusal.Cause == LinkEnd.Duplicate && link.Target is { } target)
                target.ServedBy = link.Node!.Incarnation;
            Close(link, refusal.Cause, refusal.Reason);
            return;
        }
        if (verdict.Replaces is { } old)
        {
            if (old.Target is { } served && verdict.ReplaceCause == LinkEnd.Duplicate)
                served.ServedBy = link.Node!.Incarnation;
            Close(old, verdict.ReplaceCause, "replaced by a newer link to the same node");
            Down(old);
        }
        Open(link, peerId);
    }

    private void Open(Link link, string peerId)
    {
        var node = link.Node!;
        // An earlier link to this peer that was told to end, but has not ended yet, must not disconnect the cursor
        // when it does.
        foreach (var ending in _links)
            if (ending.Phase == LinkPhase.Ending && ending.Cursor?.Id == peerId) Down(ending);
        link.Up();
        link.Cursor = link.Connect(_state, peerId);
        link.Cursor.MustDisconnect = false;
        if (link.Cursor.Refusals is { } refusals) refusals.Offence = null;
        link.Since = new DateTimeOffset(_at.WallTicks, TimeSpan.Zero);
        if (!link.IsDialled && link.Address is { Host.Length: > 0 } where) _rate.Came(where.SystemText, _at.Now);
        Raise(new PeerConnected(peerId, link.Where, link.IsDialled, node.Dropped));
        link.Driver.Open();
        if (link.Target is { } target)
        {
            (target.Attempts, target.Reported, target.ReportedSilence, target.LinkedAs) = (0, null, false, peerId);
            target.Answer(new Connected(peerId));
        }
        AnswerWaitingForPeers();
        bool WaitsForIt(Link held) => held.Phase == LinkPhase.Held && link.IsTo(held.Node!, held.Address!);
        foreach (var held in _links.Where(WaitsForIt).ToList()) TryOpen(held);
    }

    private void AfterAck()
    {
        _state.Trim();
        if (_appendsHeld) Settle();
        else if (_flushes.Count > 0) AnswerFlushes();
        if (_leaving) ContinueLeaving();
    }

    private static void Close(Link link, LinkEnd cause, string reason)
    {
        if (link.Phase == LinkPhase.Ending) return;
        link.Ends(new EndOfLink(cause, reason));
        link.Driver.Close(cause, reason);
    }

    /// <summary>
    /// Reports the peer as disconnected. Done once, at the latest when the link's driver is gone.
    /// </summary>
    private void Down(Link link)
    {
        if (link.Cursor is not { } cursor) return;
        link.Cursor = null;
        link.Demand = null;
        EndFlushes(cursor);
        var isAwaited = link.IsAwaited && link.End.Cause is not (LinkEnd.Disconnected or LinkEnd.Leaving);
        _state.Disconnect(cursor, isAwaited, _at.Now);
        Raise(new PeerDisconnected(cursor.Id, link.End.Reason, link.End.Cause));
    }

    /// <summary>For peers that dialled us: they may dial as often as they like, and are reported once.</summary>
    private void Report(string name, string address, EndOfLink refusal)
    {
        // A sender's address is that of its system, whatever its actors are called.
        var system = FloodAddress.TryParse(address, "/", out var parsed) ? parsed.SystemText : address;
        if (_reports.IsNews(system, refusal.Cause, _at.Now))
            Raise(new PeerRefused(name.Length > 0 ? name : system, refusal.Reason, refusal.Cause));
    }

    private void WantAcks()
    {
        _state.TellAll();
        foreach (var link in _links)
            if (link.IsUp && link.Acknowledges) link.Driver.WantAck();
    }
}
