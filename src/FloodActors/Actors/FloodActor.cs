using Akka.Actor;
using Akka.Event;
using FloodActors.Actors;
using FloodActors.Core;
using FloodActors.Diagnostics;
using FloodActors.Links;
using FloodActors.Remoting;
using FloodActors.Wire;

namespace FloodActors;

/// <summary>
/// The driver of a <see cref="Node"/>: it passes each message to one of the node's methods, and creates a child
/// for each link and an actor for each subscriber. It decides nothing. When the node throws, it has ended, and
/// everybody who holds it is told. It is never restarted: a restarted node would look alive and know nobody.
/// </summary>
/// <remarks>
/// Usually started by <see cref="Flood.Get(ActorSystem)"/>; <see cref="Props(FloodSettings, FloodCallbacks)"/> is for
/// applications that create the actor themselves.
/// </remarks>
public sealed partial class FloodActor : UntypedActor, IWithTimers, INodeOutput
{
    private readonly FloodParts _parts;
    private readonly Node _node;
    private readonly NodeDiagnostics _diagnostics;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<IActorRef, Link> _links = [];
    private readonly LinkDials _dials = new(Dials.Of(Context.System));
    private readonly Dictionary<object, Subscriber> _subscribers = [];
    private readonly Alarm _alarm;
    private ICancelable? _validatorLooks;

    internal FloodActor(FloodParts parts)
    {
        _parts = parts;
        var system = (ExtendedActorSystem)Context.System;
        var address = Self.Path.ToStringWithAddress(system.Provider.DefaultAddress);
        if (!FloodAddress.TryParse(address, "/", out var self))
            throw new FloodConfigurationException($"'{address}' is no address that peers could dial.");
        var validator = parts.Validator = parts.Settings.Validator is { } own
            ? new MeasuredValidator(own, parts.Settings.ValidatorTime, _log) : null;
        var setup = new NodeSetup(
            parts.Settings with { Validator = validator },
            parts.Settings.NodeName.Length > 0 ? parts.Settings.NodeName : self.ShortName(Flood.DefaultPath),
            self, parts.Queue, parts.Refusals)
        {
            Incarnation = RandomId.Next(),
            Salt = RandomId.Next(),
            TransportFrame = Transport.LargestFrame(system),
            Decoder = parts.Codec,
        };
        if (setup.TransportFrame < parts.Settings.MaxFrame)
        {
            _log.Warning(
                "Frames are limited to {0} bytes by {1}; flood.max-frame is {2}",
                setup.TransportFrame, Transport.FrameKey, parts.Settings.MaxFrame);
        }
        _alarm = new Alarm(Self);
        _node = new Node(setup, this);
        if (validator is not null) validator.Counters = _node.State.Counters;
        _diagnostics = parts.Diagnostics =
            new NodeDiagnostics(Self.Path.Name, _node, parts.Refusals, validator, _log);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>
    /// For applications that create the actor themselves; <see cref="Flood.OfAsync"/> makes a facade for it. Other
    /// nodes dial its path.
    /// </summary>
    /// <exception cref="FloodConfigurationException">A setting is wrong.</exception>
    public static Props Props(FloodSettings settings, FloodCallbacks? callbacks = null) =>
        Props(FloodParts.Create(settings, callbacks));

    internal static Props Props(FloodParts parts) => Akka.Actor.Props.CreateBy(new Producer(parts)).OfNode();

    private FloodTime Now
    {
        get
        {
            var scheduler = Context.System.Scheduler;
            return new FloodTime((long)scheduler.MonotonicClock.TotalMilliseconds, scheduler.Now.UtcTicks);
        }
    }

    /// <summary>A link that fails has ended; it is not restarted.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        if (_parts.Completion.IsCompleted)
        {
            // Somebody's supervisor restarted the actor of a node that has ended.
            Context.Stop(Self);
            return;
        }
        _diagnostics.Start();
        _validatorLooks = _parts.Validator?.StartLooking(Context.System.Scheduler);
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, Tick.Interval);
        if (_parts.Callbacks is { } callbacks)
            AddListener(new CallbackSink(callbacks), callbacks.WantsDrops, replay: false);
        _node.Start(Now);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        FloodDiagnostics.Remove(_diagnostics);
        _validatorLooks?.Cancel();
        _alarm.Dispose();
        _dials.EndAll();
        _parts.End(new FloodEnd(FloodEndCause.Stopped, "The flood's actor was stopped."));
        _node.Fail(_parts.Completion.Result.Reason);
    }

    /// <inheritdoc/>
    protected override void PreRestart(Exception reason, object message)
    {
        _parts.End(new FloodEnd(FloodEndCause.Failed, $"The flood failed: {reason.Message}"));
        base.PreRestart(reason, message);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        try
        {
            Handle(message);
        }
        catch (Exception e)
        {
            _log.Error(e, "The flood failed at a {0} and has ended", message.GetType());
            _parts.End(new FloodEnd(FloodEndCause.Failed, $"The flood failed: {e.Message}"));
            Context.Stop(Self);
        }
    }

    private void Handle(object message)
    {
        switch (message)
        {
            case LocalBatch batch: if (_links.TryGetValue(Sender, out var from)) _node.OnBatch(from, batch, Now); break;
            case LocalDemand demand:
                if (_links.TryGetValue(Sender, out var asking)) _node.OnDemand(asking, demand, Now);
                break;
            case LinkAcked acked:
                if (_links.TryGetValue(Sender, out var acking)) _node.OnAcked(acking, acked.Position, Now);
                break;
            case LocalNoticeDemand demand:
                if (_subscribers.TryGetValue(demand.Listener, out var told)) _node.OnDemand(told, demand, Now);
                break;
            case FloodCommand command: Handle(command); break;
            case Tick: OnTick(); break;
            case Wake: _node.Tick(Now); break;
            case LinkLetter letter: Handle(letter.Message); break;
            case LinkReady ready:
                if (_links.TryGetValue(Sender, out var spoken)) _node.OnReady(spoken, ready.Node, Now);
                break;
            case LinkEnded ended:
                if (_links.TryGetValue(Sender, out var ending)) _node.OnEnded(ending, ended.Cause, ended.Reason, Now);
                break;
            case LinkSilent:
                if (_links.TryGetValue(Sender, out var silent)) _node.OnSilence(silent, Now, _dials.HintOn(Sender));
                break;
            case StreamFault fault:
                if (_links.TryGetValue(Sender, out var stream))
                    _node.OnFault(stream, fault.Message, fault.WasIncoming, fault.Reason, Now);
                break;
            case Terminated terminated: OnTerminated(terminated.ActorRef); break;
            default: Unhandled(message); break;
        }
    }

    private void Handle(LinkMessage message)
    {
        switch (message)
        {
            case Hello hello: _node.OnHello(hello, new HelloSender(Sender, Context.System), Now); break;
            case Malformed malformed: _node.OnMalformed(malformed, new HelloSender(Sender, Context.System), Now); break;
            default: break; // a late message of a link that is gone
        }
    }

    private void Handle(FloodCommand command)
    {
        switch (command)
        {
            case FloodCommand.TakeAppends: _node.TakeAppends(Now); break;
            case FloodCommand.Connect connect:
                _node.Connect(connect.Address, connect.PeerId, connect.Answer, Now);
                break;
            case FloodCommand.Disconnect disconnect:
                disconnect.Answer.Answer(_node.Disconnect(disconnect.Id, Now));
                break;
            case FloodCommand.WhenConnected wait: _node.WhenConnected(wait.Count, wait.Answer, Now); break;
            case FloodCommand.Flush flush: _node.Flush(flush.Answer, Now); break;
            case FloodCommand.Leave leave: _node.Leave(leave.Answer, Now); break;
            case FloodCommand.Forget forget: _node.Forget(forget.Answer); break;
            case FloodCommand.Listen listen:
                listen.Answer.Answer(AddListener(listen.Sink, listen.WantsDrops, listen.Replay, listen.Topic));
                break;
            case FloodCommand.StopListening stop: StopListening(stop.Listener); break;
            case FloodCommand.OpenStream open: OnOpenStream(open.Peer, Sender); break;
            case FloodCommand.ReportRefused report: _node.ReportRefused(report.Refused, Now); break;
            case FloodCommand.ReadCommand read: read.Execute(_node); break;
            case FloodCommand.GetParts: Sender.Tell(_parts); break;
        }
    }

    private void OnTick()
    {
        if (FloodDiagnostics.WantsGauges) _diagnostics.Publish();
        _node.Tick(Now);
    }

    private void OnTerminated(IActorRef actor)
    {
        if (_subscribers.Remove(actor, out var subscriber)) _node.Unsubscribe(subscriber, Now);
        if (!_links.Remove(actor, out var link)) return;
        _dials.End(actor);
        _node.LinkGone(link, Now);
    }

    private object AddListener(ListenerSink sink, bool wantsDrops, bool replay, string? topic = null)
    {
        var (listeners, counters) = (_parts.Settings.ListenerDispatcher, _node.State.Counters);
        if (sink.MayBlock)
        {
            var callbacks = new CallbackListener(
                sink, Self, counters, Context.System.Dispatchers.Lookup(listeners), _log);
            _subscribers.Add(callbacks, _node.Subscribe(callbacks, wantsDrops, replay, topic));
            callbacks.Ask();
            return callbacks;
        }
        // Not a child: it ends by itself, after it has told everything that it was given.
        var actor = ((ExtendedActorSystem)Context.System)
            .SystemActorOf(ListenerActor.Props(sink, Self, counters, listeners));
        Context.Watch(actor);
        _subscribers.Add(actor, _node.Subscribe(new ActorSubscriber(actor), wantsDrops, replay, topic));
        return actor;
    }

    private void StopListening(object listener)
    {
        if (listener is IActorRef actor) Context.Stop(actor);
        else if (_subscribers.Remove(listener, out var subscriber)) _node.Unsubscribe(subscriber, Now);
    }

    private void OnOpenStream(StreamPeer peer, IActorRef endpoint) => _node.OpenStream(
        peer, (link, origin) =>
            AddLink(link, StreamPeerActor.Props(endpoint, _parts.Codec, origin, _parts.Settings.MaxMessageSize)), Now);

    private ActorLink AddLink(Link link, Props props)
    {
        var child = Context.ActorOf(props);
        Context.Watch(child);
        _links.Add(child, link);
        return new ActorLink(child);
    }

    private sealed class Producer(FloodParts parts) : IIndirectActorProducer
    {
        public Type ActorType => typeof(FloodActor);

        public ActorBase Produce() => new FloodActor(parts);

        public void Release(ActorBase actor)
        {
        }
    }
}
