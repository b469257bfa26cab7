using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Core;

/// <summary>What a node is created from.</summary>
/// <param name="Settings">Checked.</param>
/// <param name="Name">The node's name.</param>
/// <param name="Address">Where its flood is.</param>
/// <param name="Queue">Appends on their way.</param>
/// <param name="Refusals">Appends that were refused on the caller's thread.</param>
internal sealed record NodeSetup(
    FloodSettings Settings, string Name, FloodAddress Address, AppendQueue Queue, Refusals Refusals)
{
    /// <summary>Random for every start.</summary>
    public required ulong Incarnation { get; init; }

    /// <summary>Random, and unknown to the peers: see <see cref="IdHash"/>.</summary>
    public required ulong Salt { get; init; }

    /// <summary>Bytes of the largest frame that the transport carries.</summary>
    public int TransportFrame { get; init; } = int.MaxValue;

    /// <summary>Turns bodies into values when a message is read.</summary>
    public IPayloadDecoder? Decoder { get; init; }
}

/// <summary>
/// Everything that a node does, independent of its environment: no actors, no clock, no threads, no sockets, no
/// randomness of its own.
/// <c>FloodActor</c> drives it in production and <c>SimNode</c> under virtual time; neither decides anything.
/// </summary>
/// <remarks>
/// <para><b>The contract.</b> One caller at a time; every call passes the time. Effects come out through <see
/// cref="INodeOutput"/> and the drivers that it created, during the call; they must not call back.</para>
/// <code>
///   once          Start                          dials the configured peers
///   a user        Connect, Disconnect, WhenConnected, Flush, Subscribe, Unsubscribe, OpenStream, Leave;
///                 Forget                         ends a wait
///   the queue     TakeAppends                    when AppendQueue or Refusals said so
///   a stranger    OnHello, OnMalformed
///   a link        OnReady     both ends have spoken; answered by Open or Close, now or later
///                 OnDemand    room for records; answered by Give when there are any
///                 OnAcked     the peer has taken the log up to a position
///                 OnBatch     records came; answered by Taken
///                 OnSilence   the dialled address does not answer
///                 OnFault     a stream brought or was given what cannot be
///                 OnEnded     it has ended, and why; then LinkGone, the last call
///   a subscriber  OnDemand    room for notices; answered by Give
///   a timer       Tick        about four times a second
///   anyone        Data, Peers, Stats             reads
/// </code>
/// <para><b>The path of a message.</b> An append or a batch goes into <see cref="FloodState"/>. Then
/// <see cref="Settle"/> gives every link and subscriber with demand its next messages, drops messages that nobody
/// needs, and takes appends that had to wait.</para>
/// </remarks>
internal sealed partial class Node
{
    private const string FellBehind = "it fell behind by more than flood.max-lag, and flood.on-lag is disconnect";

    private readonly FloodSettings _settings;
    private readonly INodeOutput _output;
    private readonly FloodState _state;
    private readonly AppendQueue _queue;
    private readonly Refusals _refusals;
    private readonly NodeInfo _self;
    private readonly FloodAddress _address;
    private readonly ContentIdHash? _hash;
    private readonly List<Subscriber> _subscribers = [];
    private FloodTime _at;
    private long _wakeAt = long.MaxValue;
    private bool _appendsHeld;
    private bool _leaving;

    public Node(NodeSetup setup, INodeOutput output, FloodRule? rule = null, SeenSet? seen = null)
    {
        _settings = setup.Settings;
        _output = output;
        _queue = setup.Queue;
        _refusals = setup.Refusals;
        _address = setup.Address;
        _hash = ContentIds.Of(_settings);
        seen ??= SeenSet.Create(_settings, setup.Incarnation, setup.Salt);
        var self = new Origin(setup.Incarnation, setup.Name, "");
        _state = new FloodState(_settings, self, seen, rule, setup.Decoder, setup.Salt);
        _state.KeyTaken = output.ReceivedKey;
        _self = new NodeInfo(setup.Name, _address.Text, setup.Incarnation, Admission.ModeOf(_settings))
        {
            Window = _settings.Window,
            MaxFrame = Math.Max(FloodSettings.LeastFrame, Math.Min(_settings.MaxFrame, setup.TransportFrame)),
            MaxMessageSize = _settings.MaxMessageSize,
            PeerTimeoutMs = (int)_settings.PeerTimeoutMs,
        };
        Memory = new ReassemblyBudget(_settings.ReassemblyBytes);
        _admission = new Admission(_self, _settings, _links, _targets);
    }

    /// <summary>The node's own name.</summary>
    public string Name => _self.NodeName;

    /// <summary>Whether it has left, or failed. Nothing that is called then has an effect.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The log, the seen-set and the cursors. For reading.</summary>
    public FloodState State => _state;

    public IReadOnlyList<Link> Links => _links;

    /// <summary>Appends that wait.</summary>
    public int AppendsWaiting => _queue.Count;

    /// <summary>Room for unfinished messages, shared by the links.</summary>
    public ReassemblyBudget Memory { get; }

    /// <summary>Dials the configured peers.</summary>
    public void Start(FloodTime at)
    {
        if (!Begin(at)) return;
        foreach (var address in _settings.Peers) Connect(address, null, null);
        TakeWaitingAppends();
        Settle();
    }

    /// <summary>
    /// Takes the appends in the queue, unless <c>on-lag = wait</c> holds them back; and reports refused appends.
    /// </summary>
    public void TakeAppends(FloodTime at)
    {
        if (!Begin(at)) return;
        _refusals.Tell(at.Now, Raise);
        TakeWaitingAppends();
        Settle();
    }

    /// <summary>Time passes.</summary>
    public void Tick(FloodTime at)
    {
        if (!Begin(at)) return;
        var before = _state.Log.Next;
        _state.Tick(at);
        if (_state.Log.Next > before) _output.Received(before);
        _refusals.Tell(at.Now, Raise);
        foreach (var link in _links)
        {
            if (link.IsUp && link.Cursor!.MustDisconnect)
                Close(link, LinkEnd.Lagged, FellBehind);
        }
        Redial();
        Settle();
        if (_leaving) ContinueLeaving();
    }

    /// <summary>
    /// Tells a subscriber from now on or, with <paramref name="replay"/>, from the oldest message of <c>data</c>; with
    /// a topic's name, of that topic only.
    /// </summary>
    public Subscriber Subscribe(ISubscriberDriver driver, bool wantsDrops, bool replay, string? topic = null)
    {
        var subscriber = new Subscriber(driver, _state.AddListener(wantsDrops, replay, topic));
        _subscribers.Add(subscriber);
        return subscriber;
    }

    public void Unsubscribe(Subscriber subscriber, FloodTime at)
    {
        if (!Begin(at) || !_subscribers.Remove(subscriber)) return;
        _state.RemoveListener(subscriber.Cursor);
        Settle();
    }

    /// <summary>A subscriber has handled its notices.</summary>
    public void OnDemand(Subscriber subscriber, NoticeDemand demand, FloodTime at)
    {
        if (!Begin(at) || !_subscribers.Contains(subscriber)) return;
        subscriber.Cursor.Room = _settings.ListenerBatch;
        subscriber.Demand = demand;
        Settle();
    }

    /// <summary>The node has failed: all waiting callers are answered.</summary>
    public void Fail(string why)
    {
        if (IsOver) return;
        End(new FloodRejection(RejectReason.Failed, why));
    }

    public FloodData Data()
    {
        var log = _state.Log;
        var messages = new FloodMessage[log.Count];
        for (var i = 0; i < messages.Length; i++) messages[i] = log[log.DataStart + i];
        return new FloodData(messages, _state.Latest());
    }

    public IReadOnlyList<PeerInfo> Peers() => _state.Peers.Select(cursor =>
    {
        var link = _links.Find(l => ReferenceEquals(l.Cursor, cursor));
        return new PeerInfo(
            cursor.Id, link?.Where ?? "", link is not null, link?.IsDialled ?? false, link?.Since ?? default,
            _state.Log.Next - cursor.Acked, cursor.Forwarded, cursor.Received, cursor.Duplicates)
        {
            EagerRoutes = link is null ? 0 : _state.RouteCount - cursor.Traffic.LazyRoutes,
            LazyRoutes = cursor.Traffic.LazyRoutes,
            KeysBehind = cursor.Due?.Count ?? 0,
            Spared = cursor.Due?.SparedEver ?? 0,
            Refused = cursor.Refusals?.Counts ?? new Dictionary<string, long>(),
        };
    }).ToArray();

    public FloodStats Stats()
    {
        var stats = new FloodStats
        {
            Rejected = _refusals.All(),
            Peers = UpLinks,
            LogCount = _state.Log.Count,
            LogBytes = _state.Log.DataBytes,
            RetainedBytes = _state.Log.RetainedBytes,
            Seen = _state.SeenCount,
            AppendsWaiting = _queue.Count,
            Keys = _state.KeyCount,
            KeyBytes = _state.KeyBytes,
        };
        stats.CopyFrom(_state.Counters);
        return stats;
    }

    /// <summary>Whether the call may continue.</summary>
    private bool Begin(FloodTime at)
    {
        _at = at;
        _state.Now = at.Now;
        return !IsOver;
    }

    /// <summary>Returns whether anything was taken.</summary>
    private bool TakeWaitingAppends()
    {
        var before = _state.Log.Next + _state.Counters.AppendedAgain;
        // While appends were held back, a poke for a new one had no effect: so look a second time when they
        // no longer are.
        for (var looks = _appendsHeld ? 2 : 1; looks > 0 && _queue.Load(); looks--)
        {
            while (_queue.TryPeek(0, out var request))
            {
                if (_state.MustAppendsWait)
                {
                    _queue.Release();
                    if (!_appendsHeld) WantAcks();
                    _appendsHeld = true;
                    return _state.Log.Next + _state.Counters.AppendedAgain > before;
                }
                if (_state.Objection(request) is { } objection)
                {
                    _queue.Advance();
                    _refusals.Count(objection); // told at the next tick
                    request.Answer?.Answer(new Rejected(objection));
                    continue;
                }
                if (request.HasKey)
                {
                    var refusal = _state.SetKey(request, _at, out var keyed);
                    _queue.Advance();
                    if (refusal is not null) _refusals.Count(refusal);
                    request.Answer?.Answer(refusal is null ? new Appended(keyed, true) : new Rejected(refusal));
                    continue;
                }
                if (_queue.TryPeek(FloodState.PrefetchAhead, out var later)) _state.Prefetch(later.ContentId);
                var isNew = _state.Append(
                    request.Kind, request.Body, request.ContentId, _at, out var id, request.Header);
                if (_state.DrainedFrom is { } drained) _output.Received(drained);
                _queue.Advance();
                request.Answer?.Answer(new Appended(id, isNew));
                if (_settings.OnLag == LagPolicy.Wait) _state.Trim();
            }
        }
        _queue.Release();
        _appendsHeld = false;
        return _state.Log.Next + _state.Counters.AppendedAgain > before;
    }

    /// <summary>
    /// Links and subscribers with demand are given their next messages; messages that nobody needs leave the log;
    /// appends that waited are taken.
    /// </summary>
    private void Settle()
    {
        foreach (var (peer, batch) in _state.Passed)
            _links.Find(link => link.Cursor == peer)?.Driver.Taken(batch);
        _state.Passed.Clear();
        Pump();
        // Each round takes appends, and receivers that make room show their demand in other calls, so the loop ends.
        while (_appendsHeld && TakeWaitingAppends()) Pump();
        if (_flushes.Count > 0) AnswerFlushes();
        if (_state.WakeAt == _wakeAt) return;
        _wakeAt = _state.WakeAt;
        if (_wakeAt < long.MaxValue) _output.WakeAt(_wakeAt);
    }

    private void Pump()
    {
        foreach (var link in _links) Feed(link);
        foreach (var subscriber in _subscribers)
        {
            if (subscriber.Demand is not { } demand || !_state.Pull(subscriber.Cursor, demand.Notices)) continue;
            subscriber.Demand = null;
            subscriber.Driver.Give(demand);
        }
        _state.Trim();
    }

    private void Feed(Link link)
    {
        if (link.Demand is not { } demand || link.Cursor is not { } cursor) return;
        if (!_state.Pull(cursor, demand.Records)) return;
        demand.UpTo = cursor.UpTo;
        demand.Confirm = SomebodyWaits;
        link.Demand = null;
        link.Driver.Give(demand);
    }

    private void Raise(FloodEvent @event)
    {
        _state.Events.Raise(@event, _state.Log.Next);
        _output.Raised(@event);
    }

    private void End(FloodRejection why)
    {
        IsOver = true;
        _refusals.Count(why, _queue.CloseAndReject(why));
        GiveUpWaiting(why.Message);
    }
}

/// <summary>A subscriber of the node.</summary>
internal sealed class Subscriber(ISubscriberDriver driver, ListenerCursor cursor)
{
    public ISubscriberDriver Driver { get; } = driver;

    public ListenerCursor Cursor { get; } = cursor;

    /// <summary>Its pending demand for notices.</summary>
    public NoticeDemand? Demand { get; set; }
}
