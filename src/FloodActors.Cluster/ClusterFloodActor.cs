using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using FloodActors.Overlays;

namespace FloodActors.Cluster;

/// <summary>
/// Keeps a flood's links as the overlay wants them. The node that dialled a link ends it when the overlay no longer
/// wants it; any node ends a link to a member that is gone. So two nodes whose views or settings differ keep the link
/// that one of them wants, and do not fight over it. A new link comes up before an old one ends.
/// </summary>
internal sealed class ClusterFloodActor : UntypedActor, IWithTimers
{
    /// <summary>A burst of joins is one change.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A removed member may not know it yet and dial once more. It is disconnected again for this number of checks.
    /// </summary>
    private const int FarewellLooks = 5;

    private readonly Flood _flood;
    private readonly ClusterFloodSettings _settings;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Membership _members;
    private readonly string _self;
    private readonly string _path;
    private readonly Dictionary<string, Dial> _dials = [];
    private readonly Dictionary<string, long> _missingSince = [];
    private readonly Dictionary<string, int> _gone = [];
    private HashSet<string> _neighbours = [];
    private bool _looking;

    public ClusterFloodActor(Flood flood, ClusterFloodSettings settings)
    {
        _flood = flood;
        _settings = settings;
        _self = _cluster.SelfAddress.ToString();
        _path = flood.Actor.Path.ToStringWithoutAddress();
        _members = new Membership(_self, settings.Role);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => (long)Context.System.Scheduler.MonotonicClock.TotalMilliseconds;

    public static Props Props(Flood flood, ClusterFloodSettings settings) =>
        Akka.Actor.Props.Create(() => new ClusterFloodActor(flood, settings)).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        // A local watch: the flood's actor is in this system.
        Context.Watch(_flood.Actor);
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent),
            typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer(Look.Instance, Look.Instance, LookAgain);
        if (_settings.Role.Length > 0 && !_cluster.SelfRoles.Contains(_settings.Role))
            _log.Warning(
                "This node does not have the role '{0}' of flood '{1}' (flood.cluster.role), "
                + "so the flood has no peers here; add it to akka.cluster.roles",
                _settings.Role, _flood.Name);
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        foreach (var dial in _dials.Values) dial.End();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.CurrentClusterState state: OnState(state); break;
            case ClusterEvent.IMemberEvent changed: OnMember(changed.Member); break;
            case ClusterEvent.ReachabilityEvent reached:
                _members.Reach(reached.Member, reached is ClusterEvent.ReachableMember);
                break;
            case Changed: OnChanged(); break;
            case Look: LookAtPeers(); break;
            case Peers peers: OnPeers(peers.Infos); break;
            case DialAnswer answer: OnDialAnswer(answer); break;
            case GetView:
                Sender.Tell(new ClusterFloodView([.. _members.Active], [.. _neighbours], [.. _members.Unreachable]));
                break;
            case Terminated: Context.Stop(Self); break;
            default: Unhandled(message); break;
        }
    }

    private void OnState(ClusterEvent.CurrentClusterState state)
    {
        foreach (var member in state.Members) _members.Apply(member);
        foreach (var member in state.Unreachable) _members.Reach(member, reachable: false);
        OnChanged();
    }

    private void OnMember(Member member)
    {
        var address = member.Address.ToString();
        if (_members.Apply(member)) Leave(address);
        else _gone.Remove(address);
        if (!Timers.IsTimerActive(Changed.Instance))
            Timers.StartSingleTimer(Changed.Instance, Changed.Instance, Settle);
    }

    private void OnChanged()
    {
        if (!_members.SelfIsMember)
        {
            // Not admitted yet, or removed: no neighbours, whatever the other members think.
            _neighbours = [];
            foreach (var address in _dials.Keys.ToList()) LetGo(address);
            return;
        }
        // While leaving, this node keeps its links.
        if (!_members.SelfIsActive) return;
        _neighbours = Overlay.Neighbours(_self, _members.Active, _settings.CompleteUpTo, _settings.Cycles);
        foreach (var gone in _missingSince.Keys.Where(address => !_neighbours.Contains(address)).ToList())
            _missingSince.Remove(gone);
        foreach (var address in _neighbours)
            if (Overlay.DialsFirst(_self, address)) DialIfNeeded(address);
        LookAtPeers();
    }

    /// <summary>
    /// The facade answers with tasks; results come back as messages, and at most one request is pending.
    /// </summary>
    private void LookAtPeers()
    {
        if (_looking) return;
        _looking = true;
        _flood.PeersAsync().PipeTo(Self, success: infos => new Peers(infos));
    }

    private void OnPeers(IReadOnlyList<PeerInfo> peers)
    {
        _looking = false;
        foreach (var peer in peers)
            if (_gone.ContainsKey(AddressOf(peer.Address))) Disconnect(peer.Id);
        foreach (var (address, looks) in _gone.ToList())
            if (looks == 1) _gone.Remove(address);
            else _gone[address] = looks - 1;

        var now = Now;
        var linked = peers.Where(peer => peer.Connected).Select(peer => AddressOf(peer.Address)).ToHashSet();
        if (_members.SelfIsActive)
        {
            foreach (var address in _neighbours)
            {
                if (linked.Contains(address)) _missingSince.Remove(address);
                else if (!_missingSince.TryAdd(address, now)
                    && now - _missingSince[address] >= _settings.Patience.TotalMilliseconds
                    || Overlay.DialsFirst(_self, address))
                    DialIfNeeded(address);
            }
        }
        foreach (var (address, dial) in _dials.ToList())
        {
            if (_neighbours.Contains(address))
            {
                dial.UnwantedSince = null;
                continue;
            }
            dial.UnwantedSince ??= now;
            // It is leaving: its flood says goodbye.
            if (_members.SelfIsActive && !_members.Active.Contains(address) && _members.IsMember(address)) continue;
            if (_missingSince.Count == 0 || now - dial.UnwantedSince >= _settings.Patience.TotalMilliseconds)
                LetGo(address);
        }
    }

    /// <summary>
    /// Dials, unless a dial is pending. The flood redials by itself, so asking it again is only a reminder.
    /// </summary>
    private void DialIfNeeded(string address)
    {
        if (!_dials.TryGetValue(address, out var dial)) _dials.Add(address, dial = new Dial());
        if (dial.Pending) return;
        dial.Pending = true;
        _flood.ConnectAsync(address + _path, cancellation: dial.Ended).PipeTo(
            Self, success: result => new DialAnswer(address, result), failure: _ => new DialAnswer(address, null));
    }

    private void OnDialAnswer(DialAnswer answer)
    {
        if (!_dials.TryGetValue(answer.Address, out var dial)) return;
        dial.Pending = false;
        if (answer.Result is ConnectRefused { Cause: not LinkEnd.Leaving } refused)
            _log.Warning("Flood '{0}': no link with member {1}: {2}", _flood.Name, answer.Address, refused.Reason);
    }

    /// <summary>No longer dials the address, and ends the link if we dialled it.</summary>
    private void LetGo(string address)
    {
        if (!_dials.Remove(address, out var dial)) return;
        dial.End();
        Disconnect(address + _path);
    }

    /// <summary>The answer is not needed: the next check sees which links are left.</summary>
    private void Disconnect(string peer) => _ = _flood.DisconnectAsync(peer);

    /// <summary>The member is removed or downed: ends the link, whichever node dialled it.</summary>
    private void Leave(string address)
    {
        if (address == _self) return;
        LetGo(address);
        _missingSince.Remove(address);
        _gone[address] = FarewellLooks;
    }

    private string AddressOf(string path) =>
        path.EndsWith(_path, StringComparison.Ordinal) ? path[..^_path.Length] : path;

    private sealed class Dial
    {
        private readonly CancellationTokenSource _ended = new();

        public bool Pending { get; set; }

        public long? UnwantedSince { get; set; }

        public CancellationToken Ended => _ended.Token;

        public void End()
        {
            _ended.Cancel();
            _ended.Dispose();
        }
    }

    private sealed record Changed : INoSerializationVerificationNeeded
    {
        public static Changed Instance { get; } = new();
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static Look Instance { get; } = new();
    }

    private sealed record Peers(IReadOnlyList<PeerInfo> Infos) : INoSerializationVerificationNeeded;

    private sealed record DialAnswer(string Address, ConnectResult? Result) : INoSerializationVerificationNeeded;

    internal sealed record GetView : INoSerializationVerificationNeeded
    {
        public static GetView Instance { get; } = new();
    }
}
