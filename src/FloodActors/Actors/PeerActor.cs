using Akka.Actor;
using Akka.Event;
using FloodActors.Core;
using FloodActors.Diagnostics;

namespace FloodActors.Actors;

/// <summary>How a link starts.</summary>
/// <param name="Settings">The node's settings.</param>
/// <param name="Session">The link's random number.</param>
/// <param name="Self">What this node says of itself.</param>
/// <param name="Hash">Computes content ids; null with sequence ids.</param>
/// <param name="Address">The path of the flood to dial; null when accepting.</param>
/// <param name="Peer">When accepting: the dialler, as its hello says, and</param>
/// <param name="Remote">its actor.</param>
internal sealed record LinkSetup(
    FloodSettings Settings, ulong Session, NodeInfo Self, Wire.ContentIdHash? Hash, string? Address, NodeInfo? Peer, IActorRef? Remote);

/// <summary>
/// One end of one link, a child of the flood's actor, which watches it: its death is the end of the link. It never restarts, and it never
/// watches the remote end: a remote watch that gives up quarantines the whole other system. It turns messages and timers into calls of
/// <see cref="LinkState"/>, and that one's wishes into messages; it decides nothing.
/// </summary>
internal sealed class PeerActor : UntypedActor, IWithTimers, ILinkOutput
{
    /// <summary>Unanswered for so long, a dialled address is reported as unreachable.</summary>
    private const long PatienceMs = 2000;

    private readonly LinkSetup _setup;
    private readonly LinkState _link;
    private readonly LinkAsk _ask = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef? _remote;
    private ICanTell? _dialled;
    private long _started;
    private long _nextHello;
    private int _hellos;
    private bool _reportedSilence;

    public PeerActor(LinkSetup setup)
    {
        _setup = setup;
        _remote = setup.Remote;
        _link = new LinkState(setup.Settings, this, setup.Session, setup.Self, setup.Peer, IsLocal(setup.Remote), setup.Hash);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(LinkSetup setup) => Akka.Actor.Props.Create(() => new PeerActor(setup)).OfNode();

    private long Now => (long)Context.System.Scheduler.MonotonicClock.TotalMilliseconds;

    protected override void PreStart()
    {
        _started = Now;
        if (_setup.Address is not null) _dialled = Context.ActorSelection(_setup.Address);
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, Tick.Interval);
        Greet();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Hello:
                // The dialler has not got our welcome yet.
                _link.Greet(Now);
                break;
            case LinkMessage link:
                OnLink(link);
                break;
            case ReceivedBatch batch:
                _link.OnTaken(batch, Now);
                break;
            case LinkAsk answer:
                OnAnswer(answer);
                break;
            case Tick:
                OnTick();
                break;
            case OpenLink:
                _link.Open(Now);
                break;
            case WantAck:
                _link.WantAck(Now);
                break;
            case CloseLink close:
                _link.End(close.Cause, close.Reason);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnLink(LinkMessage message)
    {
        if (message is Welcome && _remote is null && message.Session == _setup.Session)
        {
            _remote = Sender;
            _link.UseRecords = IsLocal(_remote);
        }
        if (message is Malformed malformed && message.Session != _setup.Session && !Sender.Equals(_remote))
        {
            _log.Debug("Link {0:x16} ignores what {1} sent: {2}", _setup.Session, Sender, malformed.Reason);
            return;
        }
        _link.On(message, Now);
    }

    private void OnAnswer(LinkAsk answer)
    {
        _link.OnRecords(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(answer.Records), answer.UpTo, Now, answer.Confirm);
    }

    private void OnTick()
    {
        var now = Now;
        if (_link.Peer is null)
        {
            if (now >= _nextHello) Greet();
            if (!_reportedSilence && now - _started >= PatienceMs)
            {
                _reportedSilence = true;
                Context.Parent.Tell(NoAnswer.Instance);
            }
        }
        if (_link.IsUp) FloodDiagnostics.WindowUsed.Record(_link.UnderWay, new(FloodDiagnostics.NodeTag, _setup.Self.NodeName), new(FloodDiagnostics.PeerTag, _link.Peer!.NodeName));
        _link.Tick(now);
    }

    private void Greet()
    {
        _nextHello = Now + _setup.Settings.RedialWaitMs(_hellos++, Random.Shared);
        _link.Greet(Now);
    }

    private bool IsLocal(IActorRef? remote) => _setup.Settings.LocalFrames && remote is { Path.Address.HasLocalScope: true };

    void ILinkOutput.Send(LinkMessage message)
    {
        if (_remote is not null) _remote.Tell(message, Self);
        else _dialled?.Tell(message, Self);
    }

    void ILinkOutput.Admit(NodeInfo peer) => Context.Parent.Tell(new LinkReady(peer));

    void ILinkOutput.Deliver(ReceivedBatch batch) => Context.Parent.Tell(batch);

    void ILinkOutput.Ask(int room, long acked)
    {
        _ask.Records.Clear();
        (_ask.Room, _ask.Acked) = (room, acked);
        Context.Parent.Tell(_ask);
    }

    void ILinkOutput.Acked(long acked) => Context.Parent.Tell(new LinkAcked(acked));

    void ILinkOutput.Ended(LinkEnd cause, string reason)
    {
        _log.Debug("Link {0:x16} ended: {1}, {2}", _link.Session, cause, reason);
        Context.Parent.Tell(new LinkEnded(cause, reason));
        Context.Stop(Self);
    }
}
