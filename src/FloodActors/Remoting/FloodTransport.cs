using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport;

namespace FloodActors.Remoting;

/// <summary>
/// Akka's own TCP transport, except that a failed dial has no other effect. When a TLS handshake that this side
/// began fails, Akka ends the system that owns the transport, since it assumes that the cause is here; but a flood's
/// node dials any address that it is given, and anything may listen there. So with TLS a separate system owns the
/// transport (see <see cref="StandIn"/>).
/// </summary>
/// <remarks>
/// Set by <c>akka.remote.dot-netty.tcp.transport-class</c>. All other keys in that section are Akka's, except for
/// <c>flood { check-messages, address-kept-for, only-dialled, max-connections }</c>, which hardened.conf explains.
/// </remarks>
internal sealed class FloodTransport : Transport
{
    private const string AkkaTransport = "Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote";

    /// <summary>How Akka's message about a failed handshake begins.</summary>
    private const string TlsFailure = "TLS handshake failed";

    private readonly Transport _tcp;
    private readonly StandIn? _standIn;
    private readonly Dials _dials;
    private readonly ILoggingAdapter _log;
    private readonly bool _onlyDialled;
    private readonly AssociationWatch _watch;
    private readonly PendingDials _pending;
    private readonly InboundLimit _inbound;

    /// <summary>The constructor that Akka.Remote calls.</summary>
    public FloodTransport(ActorSystem system, Config config)
    {
        (System, Config) = (system, config);
        _log = Logging.GetLogger(system, typeof(FloodTransport));
        _dials = Dials.Of(system);
        var keptFor = config.GetTimeSpan("flood.address-kept-for", TimeSpan.Zero);
        var origins = keptFor > TimeSpan.Zero ? new Origins(keptFor, TimeProvider.System) : null;
        var checkMessages = config.GetBoolean("flood.check-messages", false);
        _watch = new AssociationWatch(Dialled: false, checkMessages, origins, _log, Announced: null);
        var patience = system.Settings.Config.GetTimeSpan("akka.remote.handshake-timeout", TimeSpan.FromSeconds(15));
        _pending = new PendingDials(patience, _log);
        _inbound = new InboundLimit(config.GetInt("flood.max-connections", 0), _log);
        _onlyDialled = config.GetBoolean("flood.only-dialled", false);
        _standIn = config.GetBoolean("enable-ssl", false) ? StandIn.For(system) : null;
        try
        {
            var type = Type.GetType(AkkaTransport, throwOnError: true)!;
            object[] arguments = [_standIn?.System ?? system, config];
            _tcp = (Transport)Activator.CreateInstance(type, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
        }
        catch
        {
            _standIn?.End();
            throw;
        }
    }

    public override string SchemeIdentifier => _tcp.SchemeIdentifier;

    public override long MaximumPayloadBytes => _tcp.MaximumPayloadBytes;

    public override bool IsResponsibleFor(Address remote) => _tcp.IsResponsibleFor(remote);

    public override Task<bool> ManagementCommand(object message) => _tcp.ManagementCommand(message);

    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        try
        {
            var (address, inner) = await _tcp.Listen().ConfigureAwait(false);
            if (!_watch.IsStrict && !_inbound.IsSet) return (address, inner);
            var outer = new TaskCompletionSource<IAssociationEventListener>();
            _ = outer.Task.ContinueWith(
                listener => inner.TrySetResult(new Door(listener.Result, _watch, _inbound)),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return (address, outer);
        }
        catch
        {
            // For example, the port is in use: the system does not start, and nobody will shut this down.
            _standIn?.End();
            throw;
        }
    }

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        if (_onlyDialled && _dials.Find(remoteAddress) is null)
        {
            throw new InvalidAssociationException(
                $"No flood here dials {remoteAddress.Host}:{remoteAddress.Port}, and flood.only-dialled is on.");
        }
        try
        {
            var handle = await _pending.Dial(remoteAddress, () => _tcp.Associate(remoteAddress)).ConfigureAwait(false);
            void Announced(Address own) => _dials.Connected(remoteAddress, own);
            var watch = _watch with { Dialled = true, Announced = Announced };
            return new WatchedAssociation(handle, watch);
        }
        catch (Exception e)
        {
            Failed(remoteAddress, e);
            throw;
        }
    }

    /// <summary>
    /// Logged once for an address, not at each attempt. The flood itself reports an address where nothing answers.
    /// </summary>
    private void Failed(Address address, Exception e)
    {
        if (_dials.Failed(address, e.Message) && e.Message.StartsWith(TlsFailure, StringComparison.Ordinal))
        {
            _log.Warning(
                "{0}:{1} cannot be linked with, and dialling goes on: {2}", address.Host, address.Port, e.Message);
        }
    }

    public override async Task<bool> Shutdown()
    {
        try
        {
            return await _tcp.Shutdown().ConfigureAwait(false);
        }
        finally
        {
            _standIn?.End();
        }
    }

    /// <summary>Inbound connections are watched, too, and limited in number.</summary>
    private sealed class Door(IAssociationEventListener listener, AssociationWatch watch, InboundLimit limit)
        : IAssociationEventListener
    {
        public void Notify(IAssociationEvent ev)
        {
            if (ev is not InboundAssociation { Association: var handle }) listener.Notify(ev);
            else if (limit.TryEnter(handle) is { } place)
                listener.Notify(new InboundAssociation(new WatchedAssociation(handle, watch, place)));
        }
    }
}
