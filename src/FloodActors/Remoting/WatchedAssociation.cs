using System.Text;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace FloodActors.Remoting;

/// <summary>A connection of which is read who the other side is and, if wanted, that its messages are its own.</summary>
/// <param name="tcp">The connection itself.</param>
/// <param name="checkSenders">Whether a message in the name of another address ends the connection.</param>
/// <param name="log">Told of it.</param>
/// <param name="announced">Told once of the address that the other side goes by.</param>
internal sealed class WatchedAssociation : AssociationHandle
{
    private readonly AssociationHandle _tcp;

    public WatchedAssociation(AssociationHandle tcp, bool checkSenders, ILoggingAdapter log, Action<Address>? announced)
        : base(tcp.LocalAddress, tcp.RemoteAddress)
    {
        _tcp = tcp;
        ReadHandlerSource.Task.ContinueWith(
            listener => tcp.ReadHandlerSource.TrySetResult(new Reader(tcp, listener.Result, checkSenders, log, announced)),
            CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public override bool Write(ByteString payload) => _tcp.Write(payload);

    [Obsolete("Akka's own: use the one that takes a reason.")]
    public override void Disassociate() => _tcp.Disassociate();

    /// <summary>Called by the connection, for one thing after the other.</summary>
    private sealed class Reader(AssociationHandle tcp, IHandleEventListener listener, bool checkSenders, ILoggingAdapter log, Action<Address>? announced)
        : IHandleEventListener
    {
        private bool _ended;
        private byte[] _own = [];

        public void Notify(IHandleEvent ev)
        {
            if (ev is InboundPayload payload && !Accept(payload.Payload.Span)) return;
            listener.Notify(ev);
        }

        private bool Accept(ReadOnlySpan<byte> pdu)
        {
            if (_ended) return false;
            return _own.Length == 0 ? AcceptHandshake(pdu) : AcceptMessage(pdu);
        }

        /// <summary>Akka takes nothing else before it, so whatever else comes is left to Akka.</summary>
        private bool AcceptHandshake(ReadOnlySpan<byte> pdu)
        {
            if (!Pdu.TryReadOrigin(pdu, out var origin)) return !checkSenders || End("it does not say who it is");
            if (origin is null) return true;
            _own = Encoding.UTF8.GetBytes($"{origin}/");
            announced?.Invoke(origin);
            return true;
        }

        private bool AcceptMessage(ReadOnlySpan<byte> pdu) =>
            !checkSenders || (Pdu.TryReadSender(pdu, out var sender) && (sender.IsEmpty || sender.StartsWith(_own))) || End("a message on it names a sender elsewhere");

        private bool End(string why)
        {
            _ended = true;
            log.Warning("The connection with {0} ends: {1}.", tcp.RemoteAddress, why);
            tcp.Disassociate(why, log);
            return false;
        }
    }
}
