using Akka.Actor;
using Akka.Event;
using FloodActors.Core;
using FloodActors.Diagnostics;
using FloodActors.Listening;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors;

/// <summary>What a flood's actor shares with its facade.</summary>
/// <param name="Settings">Checked.</param>
/// <param name="Queue">Appends on their way.</param>
/// <param name="Codec">Encodes and decodes payloads.</param>
/// <param name="Callbacks">Told from the first moment on.</param>
/// <param name="Rejected">Appends refused, by <see cref="RejectReason"/>; counted where they are refused.</param>
internal sealed record FloodSetupParts(FloodSettings Settings, AppendQueue Queue, PayloadCodec Codec, FloodCallbacks? Callbacks, long[] Rejected) : INoSerializationVerificationNeeded
{
    /// <summary>Akka prints an actor's arguments when it cannot be made.</summary>
    public override string ToString() => nameof(FloodSetupParts);

    public static FloodSetupParts Create(FloodSettings settings, FloodCallbacks? callbacks)
    {
        settings.Validate();
        PayloadCodec codec;
        try
        {
            codec = new PayloadCodec(new PayloadOptions(settings.ContentHash, settings.MaxMessageSize, settings.JsonMaxDepth, settings.HyperionTypes, settings.HyperionMaxDepth));
        }
        catch (ArgumentException e)
        {
            throw new FloodConfigurationException(e.Message, e);
        }
        return new FloodSetupParts(settings, new AppendQueue(settings.AppendQueue, settings.AppendQueueBytes), codec, callbacks, new long[Enum.GetValues<RejectReason>().Length]);
    }
}

/// <summary>
/// A node: owns the <see cref="FloodState"/> and one child per link and per subscriber. Each message is handed to one method; after each the
/// node <see cref="Pump"/>s: whoever has asked for more and can be given more is given it.
/// </summary>
/// <remarks>Usually started by <see cref="Flood.Get(ActorSystem)"/>; <see cref="Props(FloodSettings, FloodCallbacks)"/> is for those who place it themselves.</remarks>
public sealed partial class FloodActor : UntypedActor, IWithTimers
{
    private readonly FloodSetupParts _parts;
    private readonly FloodSettings _settings;
    private readonly AppendQueue _queue;
    private readonly FloodState _state;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<IActorRef, Listener> _listeners = [];
    private readonly List<(int Count, IActorRef Asker)> _awaitingPeers = [];
    private readonly List<(long Position, IActorRef Asker)> _flushes = [];
    private readonly NodeDiagnostics _diagnostics;
    private List<AppendRequest> _spareAppends = [];
    private List<AppendRequest> _heldAppends = [];
    private bool _leaving;
    private long _leaveBy;

    internal FloodActor(FloodSetupParts parts)
    {
        _parts = parts;
        _settings = parts.Settings;
        _queue = parts.Queue;
        _codec = parts.Codec;
        var incarnation = RandomId();
        _hash = _settings.MessageId == MessageIdMode.Sequence ? null : parts.Codec.ContentId;
        _state = new FloodState(_settings, incarnation, CreateSeenSet(_settings), FloodRule.Flood, parts.Codec);
        var address = Self.Path.ToStringWithAddress(((ExtendedActorSystem)Context.System).Provider.DefaultAddress);
        _self = new NodeInfo(
            _settings.NodeName.Length > 0 ? _settings.NodeName : DefaultName(Self.Path, address),
            address, incarnation, Admission.ModeOf(_settings), _settings.Window, _settings.MaxMessageSize, 0);
        _diagnostics = new NodeDiagnostics(_self.NodeName, _state.Counters, parts.Rejected);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>For those who place the actor themselves; <see cref="Flood.OfAsync"/> makes a facade for it. Other nodes dial its path.</summary>
    /// <exception cref="FloodConfigurationException">A setting is wrong.</exception>
    public static Props Props(FloodSettings settings, FloodCallbacks? callbacks = null) => Props(FloodSetupParts.Create(settings, callbacks));

    internal static Props Props(FloodSetupParts parts) => Akka.Actor.Props.CreateBy(new Producer(parts)).OfNode();

    private FloodTime Time
    {
        get
        {
            var scheduler = Context.System.Scheduler;
            return new FloodTime((long)scheduler.MonotonicClock.TotalMilliseconds, scheduler.Now.UtcTicks);
        }
    }

    /// <summary>A link or subscription that fails is over; nothing of it is worth restarting.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    /// <summary>Also after a restart, which loses the log and is a new incarnation: peers then give back what they hold.</summary>
    protected override void PreStart()
    {
        _queue.Open();
        FloodDiagnostics.Add(_diagnostics);
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, Tick.Interval);
        if (_parts.Callbacks is { } callbacks) AddListener(new CallbackSink(callbacks), callbacks.WantsDrops, replay: false);
        foreach (var address in _settings.Peers) Dial(address, null, asker: null);
        // Appends may be waiting since before a restart of this actor.
        Self.Tell(FloodCommand.Drain.Instance);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        FloodDiagnostics.Remove(_diagnostics);
        _queue.CloseAndReject();
        foreach (var request in _heldAppends) request.Answer?.TrySetResult(new Rejected(AppendQueue.Left));
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReceivedBatch batch: OnReceived(batch); break;
            case LinkAsk ask: OnLinkAsk(ask); break;
            case LinkAcked acked: OnLinkAcked(acked); break;
            case ListenerAsk ask: OnListenerAsk(ask); break;
            case FloodCommand.Drain: Drain(); break;
            case Tick: OnTick(); break;
            case Hello hello: OnHello(hello); break;
            case LinkReady ready: OnLinkReady(ready); break;
            case LinkEnded ended: OnLinkEnded(ended); break;
            case NoAnswer: OnNoAnswer(); break;
            case Terminated terminated: OnTerminated(terminated.ActorRef); break;
            case FloodCommand.OpenStream open: OnOpenStream(open); break;
            case StreamFault fault: OnStreamFault(fault); break;
            case FloodCommand.Connect connect: Dial(connect.Address, connect.PeerId, Sender); break;
            case FloodCommand.Disconnect disconnect: OnDisconnect(disconnect); break;
            case FloodCommand.GetParts: Sender.Tell(_parts); break;
            case FloodCommand.GetData: Sender.Tell(Data()); break;
            case FloodCommand.GetPeers: Sender.Tell(PeerInfos()); break;
            case FloodCommand.GetStats: Sender.Tell(Stats()); break;
            case FloodCommand.WhenConnected awaited: _awaitingPeers.Add((awaited.Count, Sender)); AnswerAwaitingPeers(); break;
            case FloodCommand.Flush: _flushes.Add((_state.Log.Next, Sender)); WantAcks(); AnswerFlushes(); break;
            case FloodCommand.Listen listen: Sender.Tell(AddListener(listen.Sink, listen.WantsDrops, listen.Replay)); break;
            case FloodCommand.StopListening stop: if (_listeners.ContainsKey(stop.Listener)) Context.Stop(stop.Listener); break;
            case FloodCommand.Leave: OnLeave(); break;
            case MessageRejected rejected: _state.Events.Raise(rejected, _state.Log.Next); Pump(); break;
            case Malformed malformed: OnMalformed(malformed); break;
            case LinkMessage: break; // what is left of a link that is gone
            default: Unhandled(message); break;
        }
    }

    /// <summary>Takes the waiting appends, unless <c>on-lag = wait</c> tells them to wait on.</summary>
    private void Drain()
    {
        // The list goes to and fro with the queue; what has to wait stays in a list of its own, in order.
        var requests = _queue.TakeAll(_spareAppends);
        if (_heldAppends.Count > 0)
        {
            _heldAppends.AddRange(requests);
            requests.Clear();
            _spareAppends = requests;
            (requests, _heldAppends) = (_heldAppends, []);
        }
        var time = Time;
        var done = 0;
        for (; done < requests.Count && !_state.MustAppendsWait; done++)
        {
            if (done + FloodState.PrefetchAhead < requests.Count) _state.Prefetch(requests[done + FloodState.PrefetchAhead].ContentId);
            var request = requests[done];
            var isNew = _state.Append(request.Kind, request.Body, request.ContentId, time, out var id, request.Header);
            request.Answer?.TrySetResult(new Appended(id, isNew));
            if (_settings.OnLag == LagPolicy.Wait) _state.Trim();
        }
        if (done < requests.Count)
        {
            WantAcks();
            _heldAppends = requests.GetRange(done, requests.Count - done);
        }
        requests.Clear();
        _spareAppends = requests;
        Pump();
    }

    private void OnReceived(ReceivedBatch batch)
    {
        if (!_links.TryGetValue(Sender, out var link)) return;
        var before = _state.Log.Next;
        if (link.Cursor is { } cursor && link.Closing is null) _state.Receive(cursor, batch.Span, Time);
        _diagnostics.Delivered(_state.Log, before);
        Sender.Tell(batch);
        Pump();
    }

    private void OnTick()
    {
        var time = Time;
        _state.Tick(time.Now);
        if (FloodDiagnostics.WantsGauges) _diagnostics.Gauges = Gauges();
        foreach (var link in _links.Values)
            if (link.IsUp && link.Cursor!.MustDisconnect) Close(link, LinkEnd.Lagged, "it fell behind by more than flood.max-lag, and flood.on-lag is disconnect");
        Redial(time.Now);
        if (_leaving) ContinueLeaving(time.Now);
        if (_heldAppends.Count > 0) Drain();
        else Pump();
    }

    /// <summary>Whoever has asked for more and can be given more is given it.</summary>
    private void Pump()
    {
        foreach (var link in _links.Values) Feed(link);
        foreach (var listener in _listeners.Values)
        {
            if (listener.Ask is not { } ask || !_state.Pull(listener.Cursor, ask.Notices)) continue;
            listener.Ask = null;
            listener.Child.Tell(ask);
        }
        _state.Trim();
        if (_flushes.Count > 0) AnswerFlushes();
    }

    private void Feed(Link link)
    {
        if (link.Ask is not { } ask || link.Cursor is not { } cursor || !_state.Pull(cursor, ask.Records)) return;
        ask.UpTo = cursor.Handed;
        ask.Confirm = SomebodyWaits;
        link.Ask = null;
        link.Child.Tell(ask);
    }

    private void OnListenerAsk(ListenerAsk ask)
    {
        if (!_listeners.TryGetValue(Sender, out var listener)) return;
        listener.Cursor.Room = _settings.ListenerBatch;
        listener.Ask = ask;
        Pump();
    }

    private IActorRef AddListener(IListenerSink sink, bool wantsDrops, bool replay)
    {
        var listener = Context.ActorOf(ListenerActor.Props(sink, _state.Counters, _settings.ListenerDispatcher));
        Context.Watch(listener);
        _listeners.Add(listener, new Listener(listener, _state.AddListener(wantsDrops, replay)));
        return listener;
    }

    private sealed class Producer(FloodSetupParts parts) : IIndirectActorProducer
    {
        public Type ActorType => typeof(FloodActor);

        public ActorBase Produce() => new FloodActor(parts);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class Listener(IActorRef child, ListenerCursor cursor)
    {
        public IActorRef Child { get; } = child;

        public ListenerCursor Cursor { get; } = cursor;

        /// <summary>Its question for notices while it is unanswered.</summary>
        public ListenerAsk? Ask { get; set; }
    }

    private void OnTerminated(IActorRef child)
    {
        if (_listeners.Remove(child, out var listener)) _state.RemoveListener(listener.Cursor);
        else OnLinkTerminated(child);
        Pump();
    }

    private FloodData Data()
    {
        var log = _state.Log;
        var messages = new FloodMessage[log.Count];
        for (var i = 0; i < messages.Length; i++) messages[i] = log[log.DataStart + i];
        return new FloodData(messages);
    }

    private NodeGauges Gauges() => new(
        UpLinks, _state.Log.Count, _state.Log.DataBytes, _state.Log.RetainedBytes, _state.SeenCount,
        _state.Peers.Select(peer => KeyValuePair.Create(peer.Id, _state.Log.Next - peer.Acked)).ToArray());

    private FloodStats Stats()
    {
        var counters = _state.Counters;
        var rejected = new Dictionary<RejectReason, long>();
        foreach (var reason in Enum.GetValues<RejectReason>())
            if (Volatile.Read(ref _parts.Rejected[(int)reason]) is var count and > 0) rejected[reason] = count;
        return new FloodStats
        {
            Appended = counters.Appended,
            AppendedAgain = counters.AppendedAgain,
            Delivered = counters.Delivered,
            Duplicates = counters.Duplicates,
            Forwarded = counters.Forwarded,
            ForwardedBytes = counters.ForwardedBytes,
            Spared = counters.Spared,
            Dropped = counters.Dropped,
            Skipped = counters.Skipped,
            SubscriberSkipped = counters.SubscriberSkipped,
            EventsLost = counters.EventsLost,
            Unreachable = counters.Unreachable,
            TooLargeForPeer = counters.TooLargeForPeer,
            OriginsFull = counters.OriginsFull,
            GivenUp = _state.GivenUp,
            UnsuitableForPeer = counters.UnsuitableForPeer,
            InvalidFromPeer = counters.InvalidFromPeer,
            Undecodable = Volatile.Read(ref counters.Undecodable),
            CallbackFailures = Volatile.Read(ref counters.CallbackFailures),
            Rejected = rejected,
            Peers = UpLinks,
            LogCount = _state.Log.Count,
            LogBytes = _state.Log.DataBytes,
            RetainedBytes = _state.Log.RetainedBytes,
            Seen = _state.SeenCount,
        };
    }

    private static SeenSet CreateSeenSet(FloodSettings settings)
    {
        var age = (long)settings.SeenMaxAge.TotalMilliseconds;
        return settings.MessageId == MessageIdMode.Sequence
            ? new SeenIntervals(settings.SeenMaxOrigins, settings.SeenMaxIntervals, age, RandomId())
            : new SeenWindow(settings.SeenMaxCount, age, RandomId());
    }

    private static ulong RandomId()
    {
        Span<byte> bytes = stackalloc byte[8];
        System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
