using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Event;
using FloodActors.Diagnostics;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Actors;

/// <summary>
/// One end of one link, a child of the flood's actor, which watches it: its death is the end of the link. It never
/// restarts, and it never watches the remote end: a remote watch that gives up quarantines the whole other system. It
/// turns messages and timers into calls of <see cref="LinkState"/>, and the output of that into messages; it decides
/// nothing.
/// </summary>
internal sealed class PeerActor : UntypedActor, IWithTimers, ILinkOutput
{
    private readonly LinkSetup _setup;
    private readonly string? _address;
    private readonly NodeDiagnostics _diagnostics;
    private readonly LinkState _link;
    private readonly LocalDemand _demand = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Alarm _alarm;
    private IActorRef? _remote;
    private ICanTell? _dialled;
    private Address? _dialledAddress;

    /// <param name="setup">How the link starts.</param>
    /// <param name="address">The path of the flood to dial; null when accepting.</param>
    /// <param name="remote">The dialler's actor, when accepting.</param>
    /// <param name="diagnostics">The node's.</param>
    public PeerActor(LinkSetup setup, string? address, IActorRef? remote, NodeDiagnostics diagnostics)
    {
        (_setup, _address, _remote, _diagnostics) = (setup, address, remote, diagnostics);
        _alarm = new Alarm(Self);
        _link = new LinkState(setup, this) { UseRecords = IsLocal(remote) };
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(LinkSetup setup, string? address, IActorRef? remote, NodeDiagnostics diagnostics) =>
        Akka.Actor.Props.Create(() => new PeerActor(setup, address, remote, diagnostics)).OfNode();

    private long Now => (long)Context.System.Scheduler.MonotonicClock.TotalMilliseconds;

    protected override void PreStart()
    {
        if (_address is not null)
        {
            _dialled = Context.ActorSelection(_address);
            _dialledAddress = ActorPath.Parse(_address).Address;
        }
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, Tick.Interval);
        _link.Greet(Now);
    }

    protected override void PostStop()
    {
        _alarm.Dispose();
        _link.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LinkLetter letter: OnLink(letter.Message); break;
            case LocalBatch batch: _link.OnTaken(batch, Now); break;
            case HeldBatch held: _link.OnHeld(held.Frames, Now); break;
            case LocalDemand answer:
                _link.OnRecords(CollectionsMarshal.AsSpan(answer.Records), answer.UpTo, Now, answer.Confirm);
                break;
            case Tick: OnTick(); break;
            case Wake: _link.Wake(Now); break;
            case GreetAgain: _link.Greet(Now); break;
            case OpenLink: _link.Open(Now); break;
            case WantAck: _link.WantAck(Now); break;
            case CloseLink close: _link.End(close.Cause, close.Reason); break;
            default: Unhandled(message); break;
        }
    }

    private void OnLink(LinkMessage message)
    {
        // Anyone can send anything to any actor. Before the welcome, only answers of the dialled node
        // are accepted, and those know the session.
        var isAnswer = _remote is null && message.Session == _setup.Session && IsWhereDialled(Sender);
        if (isAnswer && message is Welcome)
        {
            _remote = Sender;
            _link.UseRecords = IsLocal(_remote);
        }
        var isFromPeer = isAnswer || Sender.Equals(_remote);
        if (isFromPeer) _link.On(message, Now);
        else _log.Debug("Link {0:x16} ignores a {1} from {2}", _setup.Session, message.GetType().Name, Sender);
    }

    private void OnTick()
    {
        if (_link.IsUp) _diagnostics.WindowUsed(_link.UnderWay, _link.Peer!.NodeName);
        _link.Tick(Now);
    }

    private bool IsWhereDialled(IActorRef sender) =>
        sender.Path.Address.HasLocalScope || sender.Path.Address.Equals(_dialledAddress);

    private bool IsLocal(IActorRef? remote) =>
        _setup.Settings.LocalFrames && remote is { Path.Address.HasLocalScope: true };

    void ILinkOutput.Send(LinkMessage message)
    {
        if ((_remote ?? _dialled) is { } other) HandOverExecutor.TellOtherFlood(other, new LinkLetter(message), Self);
    }

    void ILinkOutput.Admit(NodeInfo peer) => Context.Parent.Tell(new LinkReady(peer));

    void ILinkOutput.Deliver(ReceivedBatch batch) => Context.Parent.Tell(batch);

    void ILinkOutput.Ask(int room, long acked)
    {
        _demand.Records.Clear();
        (_demand.Room, _demand.Acked) = (room, acked);
        Context.Parent.Tell(_demand);
    }

    void ILinkOutput.Acked(long acked) => Context.Parent.Tell(new LinkAcked(acked));

    void ILinkOutput.Silent() => Context.Parent.Tell(LinkSilent.Instance);

    void ILinkOutput.WakeAt(long time) => _alarm.Set(time - Now);

    ulong ILinkOutput.Random() => RandomId.Next();

    ReceivedBatch ILinkOutput.CreateBatch() => new LocalBatch();

    void ILinkOutput.Ended(LinkEnd cause, string reason)
    {
        _log.Debug("Link {0:x16} ended: {1}, {2}", _link.Session, cause, reason);
        Context.Parent.Tell(new LinkEnded(cause, reason));
        Context.Stop(Self);
    }
}
