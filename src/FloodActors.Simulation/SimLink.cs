using FloodActors.Core;
using FloodActors.Links;

namespace FloodActors.Simulation;

/// <summary>What waits in the mailbox of a link or a node.</summary>
internal readonly record struct Mail(MailKind Kind, SimLink? Link, object? Body, long Number, int Room);

internal enum MailKind : byte
{
    // For a link.
    FromPeer,
    HelloAgain,
    Taken,
    Answer,
    Open,
    Close,
    LinkTick,

    // For a node.
    Hello,
    Ready,
    Batch,
    Ask,
    Acked,
    Ended,
    Gone,
    Append,
    ListenerAsks,
    NodeTick,
}

/// <summary>
/// One end of a link: what <see cref="PeerActor"/> is to a <see cref="LinkState"/>, with a mailbox of its own. It does as that actor does,
/// message by message, so that what is found here would be found there.
/// </summary>
internal sealed class SimLink : ILinkOutput
{
    private readonly SimNode _owner;
    private readonly int _dialled; // the node that it dials; -1 when accepting
    private readonly Queue<Mail> _mailbox = new();
    private readonly LinkAsk _ask = new();
    private long _nextHello;
    private int _hellos;
    private int _fromPeers;
    private long _lastPosition = -1;

    public SimLink(SimNode owner, ulong session, NodeInfo self, NodeInfo? peer, SimLink? remote, DialTarget? target, int dialled)
    {
        _owner = owner;
        _dialled = dialled;
        Remote = remote;
        Record = new Link(Akka.Actor.ActorRefs.Nobody, session, target) { Node = peer };
        State = new LinkState(owner.World.Options.Settings, this, session, self, peer, !owner.World.Options.EncodedFrames, owner.World.Hash);
    }

    /// <summary>The node's notes on this link.</summary>
    public Link Record { get; }

    public LinkState State { get; }

    public SimNode Owner => _owner;

    /// <summary>The other end, once known; as an actor knows another's address.</summary>
    public SimLink? Remote { get; private set; }

    public bool IsDead { get; private set; }

    public bool HasMail => _mailbox.Count > 0;

    public int Waiting => _mailbox.Count;

    /// <summary>Whether it is among the node's links with mail.</summary>
    public bool IsReady { get; set; }

    /// <summary>Milliseconds of the node's clock at which something came from the peer.</summary>
    public long LastHeard { get; private set; }

    /// <summary>The highest frame sent: a lower one is a resend.</summary>
    public long HighestSent { get; private set; }

    /// <summary>Notes a message that is handed over. False: it, or a later one, was handed over before.</summary>
    public bool HandOver(long position)
    {
        if (position <= _lastPosition) return false;
        _lastPosition = position;
        return true;
    }

    public void Start()
    {
        LastHeard = _owner.Now;
        Greet();
    }

    /// <summary>Takes mail. Of link messages only so many wait; further ones are lost, as in <see cref="FloodMailbox"/>.</summary>
    public bool Post(in Mail mail)
    {
        if (IsDead) return false;
        if (mail.Kind == MailKind.FromPeer && ++_fromPeers > SimNode.ForeignLimit)
        {
            _fromPeers--;
            return false;
        }
        _mailbox.Enqueue(mail);
        _owner.NowReady(this);
        return true;
    }

    public void HandleNext()
    {
        var mail = _mailbox.Dequeue();
        var now = _owner.Now;
        switch (mail.Kind)
        {
            case MailKind.FromPeer:
                _fromPeers--;
                LastHeard = now;
                OnFromPeer((LinkMessage)mail.Body!, mail.Link!);
                break;
            case MailKind.HelloAgain:
                LastHeard = now;
                State.Greet(now);
                break;
            case MailKind.Taken:
                State.OnTaken((ReceivedBatch)mail.Body!, now);
                break;
            case MailKind.Answer:
                State.OnRecords(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ask.Records), _ask.UpTo, now);
                break;
            case MailKind.Open:
                State.Open(now);
                break;
            case MailKind.Close:
                var closing = (LinkEnded)mail.Body!;
                State.End(closing.Cause, closing.Reason);
                break;
            case MailKind.LinkTick:
                if (State.Peer is null && now >= _nextHello) Greet();
                State.Tick(now);
                break;
        }
    }

    /// <summary>The actor is gone without a word, because it failed or its node did.</summary>
    public void Die()
    {
        if (IsDead) return;
        IsDead = true;
        _mailbox.Clear();
        _owner.Post(new Mail(MailKind.Gone, this, null, 0, 0));
    }

    void ILinkOutput.Send(LinkMessage message)
    {
        if (_owner.World.Mutation.Swallows(this, message)) return;
        if (message is Frame frame) HighestSent = Math.Max(HighestSent, frame.Seq);
        if (Remote is not null) _owner.World.Network.Send(this, Remote.Owner.Index, Remote, message);
        else if (_dialled >= 0) _owner.World.Network.Send(this, _dialled, null, message);
    }

    void ILinkOutput.Admit(NodeInfo peer) => _owner.Post(new Mail(MailKind.Ready, this, peer, 0, 0));

    void ILinkOutput.Deliver(ReceivedBatch batch) => _owner.Post(new Mail(MailKind.Batch, this, batch, 0, 0));

    void ILinkOutput.Ask(int room, long acked)
    {
        _ask.Records.Clear();
        (_ask.Room, _ask.Acked) = (room, acked);
        _owner.Post(new Mail(MailKind.Ask, this, _ask, acked, room));
    }

    void ILinkOutput.Acked(long acked) => _owner.Post(new Mail(MailKind.Acked, this, null, acked, 0));

    void ILinkOutput.Ended(LinkEnd cause, string reason)
    {
        _owner.Post(new Mail(MailKind.Ended, this, new LinkEnded(cause, reason), 0, 0));
        Die();
    }

    private void OnFromPeer(LinkMessage message, SimLink sender)
    {
        if (message is Welcome && Remote is null && message.Session == State.Session)
        {
            Remote = sender;
            State.UseRecords = !_owner.World.Options.EncodedFrames;
        }
        State.On(message, _owner.Now);
    }

    private void Greet()
    {
        var settings = _owner.World.Options.Settings;
        var wait = Math.Min(settings.RedialMin.TotalMilliseconds * Math.Pow(2, Math.Min(_hellos++, 16)), settings.RedialMax.TotalMilliseconds);
        _nextHello = _owner.Now + (long)(wait * (1 + (_owner.Random.NextDouble() / 4)));
        State.Greet(_owner.Now);
    }
}
