using System.Runtime.InteropServices;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>
/// One end of a link: what <c>PeerActor</c> is to a <see cref="LinkState"/>. It turns mail into calls of the link
/// state, and the link state's output into mail for the node and the other end; it decides nothing.
/// </summary>
internal sealed class SimLink : Mailbox, ILinkOutput, ILinkDriver, INetworkEnd
{
    private readonly int _dialled; // the node that it dials; -1 when it dials none
    private readonly LinkDemand _demand = new();
    private long _wakes;
    private long _confirmed; // the last frame that the peer says it has received

    public SimLink(SimNode owner, int number, Link record, LinkSetup setup, int dialled, INetworkEnd? remote)
        : base(owner.Process)
    {
        (Owner, Record, Remote, _dialled) = (owner, record, remote, dialled);
        Path = $"{owner.World.Network.AddressOf(owner.Index)}/link-{number}";
        State = new LinkState(setup, this) { UseRecords = remote is not null && !owner.World.Options.EncodedFrames };
        Tick = () =>
        {
            owner.World.Mutation.Ticking(this);
            State.Tick(Owner.Now);
        };
        LastHeard = owner.Now;
        Post(() => State.Greet(Owner.Now));
    }

    public SimNode Owner { get; }

    public string Path { get; }

    public int Index => Owner.Index;

    public bool IsGone => IsClosed || Process.IsOver;

    /// <summary>The node's notes on this link.</summary>
    public Link Record { get; }

    public LinkState State { get; }

    /// <summary>The other end, once it is known.</summary>
    public INetworkEnd? Remote { get; private set; }

    /// <summary>Its timer.</summary>
    public Action Tick { get; }

    /// <summary>When something last came from the peer, in milliseconds of the node's clock.</summary>
    public long LastHeard { get; private set; }

    /// <summary>The highest frame sent: a lower one is a retransmission.</summary>
    public long HighestSent { get; private set; }

    /// <summary>Whether the peer has not acknowledged a frame that was sent.</summary>
    public bool AwaitsConfirmation => HighestSent > _confirmed;

    /// <summary>When frames were last seen to get through, in milliseconds of the node's clock.</summary>
    public long PassedAt { get; private set; }

    public bool Arrive(LinkMessage message, INetworkEnd from)
    {
        var taken = Post(() => OnMessage(message, from), isForeign: true);
        Process.Run();
        return taken;
    }

    /// <summary>The actor is gone, whatever the reason: its share of the resources of all links is released.</summary>
    public void Die()
    {
        if (IsClosed) return;
        Close();
        Owner.World.Mutation.Disposing(this);
        State.Dispose();
        Owner.Gone(this, Record);
    }

    private void OnMessage(LinkMessage message, INetworkEnd from)
    {
        if (message is Welcome && Remote is null && message.Session == State.Session)
        {
            Remote = from;
            State.UseRecords = !Owner.World.Options.EncodedFrames;
        }
        // Anyone can send anything. Before the welcome, only a refusal by the dialled node is accepted.
        if (Remote is null ? message.Session != State.Session : !ReferenceEquals(Remote, from)) return;
        LastHeard = Owner.Now;
        NoteConfirmed(message);
        State.On(message, Owner.Now);
    }

    /// <summary>Notes whether frames get through, by the peer's acknowledgements.</summary>
    private void NoteConfirmed(LinkMessage message)
    {
        var (received, passes) = message switch
        {
            // The acknowledgement may be queued behind the peer's other traffic.
            Frame frame => (frame.Confirmed.Received, frame.Size > FloodSettings.LeastFrame / 2),
            Ping ping => (ping.Confirmed.Received, false),
            Ack ack => (ack.Confirmed.Received, ack.Reason is AckReason.NoRoom or AckReason.Repeated),
            _ => (0, false),
        };
        if (received > _confirmed || passes) PassedAt = Owner.Now;
        _confirmed = Math.Max(_confirmed, received);
    }

    protected override void Served() => Owner.World.Oracle.AfterLink(this);

    void ILinkDriver.Open()
    {
        Owner.World.Mutation.Opened(Owner, Record);
        Post(() => State.Open(Owner.Now));
    }

    void ILinkDriver.Close(LinkEnd cause, string reason)
    {
        Owner.World.Oracle.Closing(Owner, Record, cause);
        Owner.World.Oracle.Refusing(Owner, cause);
        Post(() => State.End(cause, reason));
    }

    void ILinkDriver.Give(LinkDemand demand)
    {
        Owner.World.Oracle.HandedOut(Owner, Record, demand.Records);
        Owner.World.Mutation.HandedOut(Record.Cursor!, demand.Records);
        Post(() => State.OnRecords(CollectionsMarshal.AsSpan(demand.Records), demand.UpTo, Owner.Now, demand.Confirm));
    }

    void ILinkDriver.Held(ReceivedBatch batch)
    {
        var frames = new HeldFrames(batch);
        Post(() => State.OnHeld(frames, Owner.Now));
    }

    void ILinkDriver.Taken(ReceivedBatch batch)
    {
        Post(() => State.OnTaken(batch, Owner.Now));
    }

    void ILinkDriver.WantAck() => Post(() => State.WantAck(Owner.Now));

    void ILinkDriver.GreetAgain() => Post(() => State.Greet(Owner.Now));

    void ILinkOutput.Send(LinkMessage message)
    {
        if (Owner.World.Mutation.Rewrite(this, message) is not { } sent) return;
        if (sent is Frame frame)
        {
            if (!AwaitsConfirmation) PassedAt = Owner.Now;
            HighestSent = Math.Max(HighestSent, frame.Seq);
        }
        if (Remote is not null) Owner.World.Network.Send(Index, this, Remote, sent);
        else if (_dialled >= 0) Owner.World.Network.Dial(this, _dialled, sent);
    }

    void ILinkOutput.Admit(NodeInfo peer) => Owner.Post(() =>
    {
        Owner.World.Mutation.Admitting(Owner, Record);
        Owner.Node.OnReady(Record, peer, Owner.Time);
    });

    void ILinkOutput.Deliver(ReceivedBatch batch) => Owner.Post(() => Owner.OnBatch(Record, batch));

    void ILinkOutput.Ask(int room, long acked)
    {
        _demand.Records.Clear();
        (_demand.Room, _demand.Acked) = (room, acked);
        Owner.Post(() => Owner.Node.OnDemand(Record, _demand, Owner.Time));
    }

    void ILinkOutput.Acked(long acked) => Owner.Post(() => Owner.Node.OnAcked(Record, acked, Owner.Time));

    void ILinkOutput.Silent() => Owner.Post(() => Owner.Node.OnSilence(Record, Owner.Time));

    void ILinkOutput.WakeAt(long time)
    {
        var wake = ++_wakes;
        Owner.World.Later(Math.Max(1, time - Owner.Now) * 1000, () =>
        {
            if (wake != _wakes || IsClosed || Process.IsOver) return;
            if (Process.IsFrozen)
            {
                ((ILinkOutput)this).WakeAt(time + 50);
                return;
            }
            Post(() => State.Wake(Owner.Now));
            Process.Run();
        });
    }

    ulong ILinkOutput.Random() => Owner.Random.NextULong();

    ReceivedBatch ILinkOutput.CreateBatch() => new();

    void ILinkOutput.Ended(LinkEnd cause, string reason)
    {
        Owner.World.Mutation.Ended(this);
        Owner.Post(() => Owner.Node.OnEnded(Record, cause, reason, Owner.Time));
        Die();
    }
}
