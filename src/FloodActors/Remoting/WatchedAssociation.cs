using System.Text;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace FloodActors.Remoting;

/// <summary>What is checked on a connection.</summary>
/// <param name="Dialled">Whether this side dialled.</param>
/// <param name="CheckMessages">Whether a message in the name of another address, and one of Akka's own signals, is
/// dropped.</param>
/// <param name="Origins">Which system uses which address; null: not checked.</param>
/// <param name="Log">Gets a line about dropped messages, once for each connection, and about a connection that is
/// ended.</param>
/// <param name="Announced">Called once with the address that the other side announces.</param>
internal sealed record AssociationWatch(
    bool Dialled, bool CheckMessages, Origins? Origins, ILoggingAdapter Log, Action<Address>? Announced)
{
    /// <summary>Whether anything can end the connection.</summary>
    public bool IsStrict => CheckMessages || Origins is not null;
}

/// <summary>
/// A connection on which the other side's address is read, and, if wanted, the senders of its messages are checked.
/// </summary>
internal sealed class WatchedAssociation : AssociationHandle
{
    private readonly AssociationHandle _tcp;

    public WatchedAssociation(AssociationHandle tcp, AssociationWatch watch, InboundLimit.Place? place = null)
        : base(tcp.LocalAddress, tcp.RemoteAddress)
    {
        _tcp = tcp;
        ReadHandlerSource.Task.ContinueWith(
            listener => tcp.ReadHandlerSource.TrySetResult(new Reader(tcp, listener.Result, watch, place)),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    public override bool Write(ByteString payload) => _tcp.Write(payload);

    [Obsolete("Akka's own: use the one that takes a reason.")]
    public override void Disassociate() => _tcp.Disassociate();

    /// <summary>Called by the connection, one call at a time.</summary>
    private sealed class Reader(
        AssociationHandle tcp, IHandleEventListener listener, AssociationWatch watch, InboundLimit.Place? place)
        : IHandleEventListener
    {
        private bool _ended;
        private bool _dropped;
        private byte[] _own = [];
        private Origins.Holder? _holder;

        public void Notify(IHandleEvent ev)
        {
            if (ev is InboundPayload payload && !Accept(payload.Payload.Span)) return;
            if (ev is Disassociated)
            {
                if (Interlocked.Exchange(ref _holder, null) is { } holder) watch.Origins!.Release(holder);
                place?.Leave();
            }
            listener.Notify(ev);
        }

        private bool Accept(ReadOnlySpan<byte> pdu)
        {
            if (_ended) return false;
            return _own.Length == 0 ? AcceptHandshake(pdu) : AcceptMessage(pdu);
        }

        /// <summary>Akka accepts nothing before the handshake, so anything else is left to Akka.</summary>
        private bool AcceptHandshake(ReadOnlySpan<byte> pdu)
        {
            if (!Pdu.TryReadOrigin(pdu, out var origin, out var uid))
                return !watch.IsStrict || End("it does not say who it is");
            if (origin is null) return true;
            if (watch.Origins is { } origins)
            {
                if (!origins.TryClaim(origin, uid, watch.Dialled, out var holder))
                    return End("it claims the address of a system that is heard on another connection");
                _holder = holder;
            }
            _own = Encoding.UTF8.GetBytes($"{origin}/");
            place?.Introduced();
            watch.Announced?.Invoke(origin);
            return true;
        }

        private bool AcceptMessage(ReadOnlySpan<byte> pdu)
        {
            if (_holder is { } holder) watch.Origins!.Heard(holder);
            if (!watch.CheckMessages) return true;
            if (!Pdu.TryReadMessage(pdu, out var sender, out var isSignal)) return End("a message on it is damaged");
            if (isSignal) return Drop("a signal of Akka's own, as a remote watch is; a hardened node takes none");
            return sender.IsEmpty || sender.StartsWith(_own) ||
                Drop("a message that names a sender elsewhere, as a forwarded one does; a hardened node takes none");
        }

        /// <summary>The connection stays open: it may be an honest peer's mistake.</summary>
        private bool Drop(string what)
        {
            if (!_dropped)
                watch.Log.Warning("Dropped from {0}: {1}. Logged once per connection.", tcp.RemoteAddress, what);
            _dropped = true;
            return false;
        }

        private bool End(string why)
        {
            _ended = true;
            watch.Log.Warning("The connection with {0} ends: {1}.", tcp.RemoteAddress, why);
            tcp.Disassociate(why, watch.Log);
            return false;
        }
    }
}
