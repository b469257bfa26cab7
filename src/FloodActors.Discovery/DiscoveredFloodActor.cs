using Akka.Actor;
using Akka.Event;

namespace FloodActors.Discovery;

/// <summary>
/// Looks up the service, checks the links, and dials and disconnects as <see cref="DiscoveredPeers"/> decides.
/// </summary>
internal sealed class DiscoveredFloodActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Flood _flood;
    private readonly DiscoverySettings _settings;
    private readonly ServiceLookup _lookup;
    private readonly DiscoveredPeers _peers;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, CancellationTokenSource> _dialling = [];
    private bool _isLookingUp;
    private bool _isLooking;
    private bool _isListed;
    private string? _failure;
    private string? _toldName;

    public DiscoveredFloodActor(Flood flood, DiscoverySettings settings, ServiceLookup lookup)
    {
        (_flood, _settings, _lookup) = (flood, settings, lookup);
        _peers = new DiscoveredPeers(lookup.Self, settings);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private long Now => (long)Context.System.Scheduler.MonotonicClock.TotalMilliseconds;

    public static Props Props(Flood flood, DiscoverySettings settings, ServiceLookup lookup) =>
        Akka.Actor.Props.Create(() => new DiscoveredFloodActor(flood, settings, lookup)).WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        // A local watch: the flood's actor is in this system.
        Context.Watch(_flood.Actor);
        Timers.StartPeriodicTimer(LookUp.Instance, LookUp.Instance, TimeSpan.Zero, _settings.Interval);
        Timers.StartPeriodicTimer(Look.Instance, Look.Instance, LookAgain);
    }

    protected override void PostStop()
    {
        foreach (var dial in _dialling.Values) End(dial);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LookUp: OnLookUp(); break;
            case Found found: OnFound(found); break;
            case LookupFailed failed: OnLookupFailed(failed.Reason); break;
            case Look: OnLook(); break;
            case Links links: OnLinks(links.Peers); break;
            case DialAnswer answer: OnDialAnswer(answer); break;
            case GetView: Sender.Tell(View()); break;
            case Terminated: Context.Stop(Self); break;
            default: Unhandled(message); break;
        }
    }

    /// <summary>At most one lookup is pending, however slow it is.</summary>
    private void OnLookUp()
    {
        if (_isLookingUp) return;
        _isLookingUp = true;
        _lookup.AskAsync().PipeTo(Self, failure: e => new LookupFailed(e is TimeoutException
            ? $"no answer within {_settings.LookupTimeout} (flood.discovery.lookup-timeout)"
            : e.GetBaseException().Message));
    }

    private void OnFound(Found found)
    {
        if (found.Addresses.Count == 0)
        {
            // Nobody, not even this node: a registry that has lost its data must not split the flood.
            OnLookupFailed("it found no address");
            return;
        }
        _isLookingUp = false;
        if (_failure is not null) _log.Info("Flood '{0}': '{1}' is found again", _flood.Name, _settings.ServiceName);
        _failure = null;
        _isListed = found.Addresses.Contains(_lookup.Self);
        if (found.OtherName is { } name && name != _toldName)
        {
            _toldName = name;
            _log.Warning(
                "Flood '{0}': the lookup of '{1}' names this node {2}, but its address is {3}, "
                + "so no other node can link with "
                + "it. Make them the same: set akka.remote.dot-netty.tcp.public-hostname, or flood.discovery.dial",
                _flood.Name, _settings.ServiceName, name, _lookup.Self);
        }
        _peers.OnFound(found.Addresses, Now);
        OnLook();
    }

    private void OnLookupFailed(string reason)
    {
        _isLookingUp = false;
        if (_failure is null)
        {
            _log.Warning(
                "Flood '{0}': the lookup of '{1}' failed, and links stay as they are: {2}. It is tried again every {3}",
                _flood.Name, _settings.ServiceName, reason, _settings.Interval);
        }
        _failure = reason;
    }

    /// <summary>
    /// The facade answers with tasks; results come back as messages, and at most one request is pending.
    /// </summary>
    private void OnLook()
    {
        if (_isLooking) return;
        _isLooking = true;
        _flood.PeersAsync().PipeTo(Self, success: peers => new Links(peers));
    }

    private void OnLinks(IReadOnlyList<PeerInfo> peers)
    {
        _isLooking = false;
        var linked = peers.Where(peer => peer.Connected).Select(AddressOf).OfType<string>().ToHashSet();
        var (dial, letGo) = _peers.Look(linked, Now);
        foreach (var address in dial) Dial(address);
        foreach (var address in letGo) LetGo(address);
    }

    /// <summary>The flood redials by itself, so asking it again is only a reminder.</summary>
    private void Dial(string address)
    {
        if (_dialling.ContainsKey(address)) return;
        var ended = new CancellationTokenSource();
        _dialling.Add(address, ended);
        _flood.ConnectAsync(address, cancellation: ended.Token).PipeTo(
            Self, success: _ => new DialAnswer(address, ended), failure: _ => new DialAnswer(address, ended));
    }

    /// <summary>The flood itself reports a refusal; here it only means that the next check may dial again.</summary>
    private void OnDialAnswer(DialAnswer answer)
    {
        if (!_dialling.TryGetValue(answer.Address, out var dial) || dial != answer.Dial) return;
        _dialling.Remove(answer.Address);
        dial.Dispose();
    }

    /// <summary>The answer is not needed: the next check sees which links are left.</summary>
    private void LetGo(string address)
    {
        if (_dialling.Remove(address, out var dial)) End(dial);
        _ = _flood.DisconnectAsync(address);
    }

    private DiscoveryView View() =>
        new([.. _peers.Others], [.. _peers.Wanted], [.. _peers.Suspects(Now)], _isListed, _failure);

    private static string? AddressOf(PeerInfo peer) =>
        ActorPath.TryParse(peer.Address, out var path) && path.Address is { Host: { } host, Port: { } port }
            ? ServiceLookup.Text(host, port)
            : null;

    private static void End(CancellationTokenSource dial)
    {
        dial.Cancel();
        dial.Dispose();
    }

    private sealed record LookUp : INoSerializationVerificationNeeded
    {
        public static LookUp Instance { get; } = new();
    }

    private sealed record LookupFailed(string Reason) : INoSerializationVerificationNeeded;

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static Look Instance { get; } = new();
    }

    private sealed record Links(IReadOnlyList<PeerInfo> Peers) : INoSerializationVerificationNeeded;

    private sealed record DialAnswer(string Address, CancellationTokenSource Dial) : INoSerializationVerificationNeeded;

    internal sealed record GetView : INoSerializationVerificationNeeded
    {
        public static GetView Instance { get; } = new();
    }
}
