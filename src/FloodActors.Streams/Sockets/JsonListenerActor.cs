using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Implementation.IO;

namespace FloodActors.Streams.Sockets;

/// <summary>
/// Owns a listening socket: accepts connections, refuses those beyond the limit, and reports refusals. It is
/// used instead of <c>TcpStream().Bind</c>, which cannot listen on <c>0.0.0.0</c> or <c>::</c> and turns every
/// connection attempt into a stream.
/// </summary>
internal sealed class JsonListenerActor : UntypedActor, IWithTimers
{
    private readonly Flood _flood;
    private readonly IPEndPoint _endPoint;
    private readonly JsonPeerOptions _options;
    private readonly TaskCompletionSource<IPEndPoint> _bound;
    private readonly TaskCompletionSource _stopped;
    private readonly JsonUsage _usage;
    private readonly int _maxPeers;
    private readonly RefusalTally _refusals = new();
    private readonly Dictionary<FloodStream, EndPoint> _streams = [];
    private readonly HashSet<FloodStream> _leaving = [];
    private readonly IMaterializer _materializer = Context.System.Materializer();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<UnhandledMessage> _early = [];
    private IActorRef? _socket;
    private bool _stopping;

    public JsonListenerActor(
        Flood flood,
        IPEndPoint endPoint,
        JsonPeerOptions options,
        TaskCompletionSource<IPEndPoint> bound,
        TaskCompletionSource stopped)
    {
        (_flood, _endPoint, _options, _bound, _stopped) = (flood, endPoint, options, bound, stopped);
        _usage = JsonUsage.Of(flood);
        _maxPeers = Math.Min(options.MaxPeers, Math.Max(1, flood.Settings.MaxPeers / 2));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        Flood flood,
        IPEndPoint endPoint,
        JsonPeerOptions options,
        TaskCompletionSource<IPEndPoint> bound,
        TaskCompletionSource stopped) =>
        Akka.Actor.Props
            .Create(() => new JsonListenerActor(flood, endPoint, options, bound, stopped))
            .WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        // A local watch: without its flood there is nothing to listen for.
        Context.Watch(_flood.Actor);
        Context.System.EventStream.Subscribe(Self, typeof(UnhandledMessage));
        Inet.SocketOption[] socketOptions = [new ProbeWhenIdle(), new BothFamilies(_endPoint)];
        Context.System.Tcp().Tell(new Akka.IO.Tcp.Bind(Self, _endPoint, options: socketOptions, pullMode: true));
    }

    protected override void PostStop()
    {
        var tooEarly = new FloodStreamException("", LinkEnd.Failure, "the listener was stopped before it listened");
        _bound.TrySetException(tooEarly);
        foreach (var _ in _streams) _usage.Leave();
        _stopped.TrySetResult();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Akka.IO.Tcp.Connected connected: OnConnected(connected); break;
            case StreamOver over: OnStreamOver(over.Stream, over.Ended); break;
            case TellRefusals: OnTellRefusals(); break;
            case UnhandledMessage unhandled: if (_socket is null) _early.Add(unhandled); break;
            case Akka.IO.Tcp.Bound bound: OnBound(bound); break;
            case Akka.IO.Tcp.CommandFailed failed: OnBindFailed(failed); break;
            case Stop: OnStop(); break;
            case StreamLeft left: OnStreamLeft(left.Stream); break;
            case Done: break; // the stream ends by itself
            case Terminated ended when !ended.ActorRef.Equals(_socket): OnFloodOver(); break;
            case Akka.IO.Tcp.Unbound or Terminated: Context.Stop(Self); break;
            default: Unhandled(message); break;
        }
    }

    private void OnBound(Akka.IO.Tcp.Bound bound)
    {
        _socket = Sender;
        Context.Watch(_socket);
        TakeEarlyConnections(_socket);
        _bound.TrySetResult((IPEndPoint)bound.LocalAddress);
        if (_stopping) UnbindWhenAlone();
    }

    /// <summary>
    /// Akka's listener accepts before it knows that it is bound, and then does not handle the connections that it
    /// has accepted: they hang, and once they fill its accept limit it accepts no more. All peers of a restarted node
    /// dial it at that moment. This makes the listener handle these connections now.
    /// </summary>
    private void TakeEarlyConnections(IActorRef socket)
    {
        Context.System.EventStream.Unsubscribe(Self, typeof(UnhandledMessage));
        foreach (var early in _early)
            if (early.Recipient.Equals(socket)) socket.Tell(early.Message, early.Sender);
        _early.Clear();
    }

    private void OnBindFailed(Akka.IO.Tcp.CommandFailed failed)
    {
        var cause = failed.Cause.HasValue
            ? failed.Cause.Value
            : new FloodStreamException("", LinkEnd.Failure, failed.CauseString);
        _bound.TrySetException(cause);
        Context.Stop(Self);
    }

    private void OnConnected(Akka.IO.Tcp.Connected connected)
    {
        var id = EndPoints.NameOf(connected.RemoteAddress);
        if (_stopping)
        {
            Sender.Tell(Akka.IO.Tcp.Abort.Instance);
            return;
        }
        if (!_usage.TryEnter(_maxPeers))
        {
            Sender.Tell(Akka.IO.Tcp.Abort.Instance);
            var why = $"{_maxPeers} JSON peers are connected already " +
                "(flood-streams.json.max-peers, and at most half of flood.max-peers)";
            Refused(id, connected.RemoteAddress, LinkEnd.TooManyPeers, why);
            return;
        }
        var streamOptions = new FloodStreamOptions
        {
            Address = $"tcp://{id}",
            Remember = _options.Remember,
            TellsRefusal = true,
        };
        var connection = new IncomingConnectionStage(Sender, connected.RemoteAddress, halfClose: false);
        var socket = Flow.FromGraph(connection).Detach();
        try
        {
            var given = _options.IdOf?.Invoke(connected.RemoteAddress) ?? id;
            var (_, stream) = JsonSocket.Join(_flood, socket, given, _options, streamOptions).Run(_materializer);
            _streams.Add(stream, connected.RemoteAddress);
            stream.Ended.PipeTo(Self, success: ended => new StreamOver(stream, ended));
        }
        catch (Exception e)
        {
            // The application's IdOf threw, or returned no id.
            _usage.Leave();
            Sender.Tell(Akka.IO.Tcp.Abort.Instance);
            var why = $"no id could be given to the connection: {e.Message}";
            Refused(id, connected.RemoteAddress, LinkEnd.Failure, why);
        }
    }

    private void OnStreamOver(FloodStream stream, PeerDisconnected ended)
    {
        if (_streams.Remove(stream, out var remote))
        {
            _usage.Leave();
            var isRefusal = !stream.Connected.IsCompletedSuccessfully
                && ended.Cause is LinkEnd.TooManyPeers or LinkEnd.IdTaken or LinkEnd.MessageIdMode or LinkEnd.Leaving;
            if (isRefusal) Refused(stream.Id, remote, ended.Cause, ended.Reason);
        }
        OnStreamLeft(stream);
    }

    private void Refused(string peer, EndPoint remote, LinkEnd cause, string reason)
    {
        if (_refusals.IsEmpty) StartInterval();
        if (_refusals.Add(peer, EndPoints.HostOf(remote), cause, reason) is { } first) Tell(first);
    }

    private void OnTellRefusals()
    {
        foreach (var refused in _refusals.Tell(_options.TellRefusalsEvery)) Tell(refused);
        if (!_refusals.IsEmpty) StartInterval();
    }

    private void StartInterval() =>
        Timers.StartSingleTimer(TellRefusals.Instance, TellRefusals.Instance, _options.TellRefusalsEvery);

    private void Tell(PeerRefused refused) => _flood.ReportRefused(refused);

    private void OnStop()
    {
        if (_stopping) return;
        _stopping = true;
        // The order matters: Akka's sockets end with the one that accepted them, and then their streams would fail
        // without the reason.
        foreach (var stream in _streams.Keys)
        {
            _leaving.Add(stream);
            // The flood does not know a stream that is not connected yet; it ends with the socket.
            _flood.DisconnectAsync(stream.Id).PipeTo(
                Self,
                success: found => found ? Done.Instance : new StreamLeft(stream),
                failure: _ => new StreamLeft(stream));
        }
        UnbindWhenAlone();
    }

    /// <summary>Akka warns of a socket whose owner ends without unbinding it.</summary>
    private void OnFloodOver()
    {
        _stopping = true;
        _leaving.Clear(); // their streams ended with the flood
        if (_socket is null) Context.Stop(Self);
        else UnbindWhenAlone();
    }

    private void OnStreamLeft(FloodStream stream)
    {
        if (_leaving.Remove(stream)) UnbindWhenAlone();
    }

    private void UnbindWhenAlone()
    {
        if (_stopping && _leaving.Count == 0) _socket?.Tell(Akka.IO.Tcp.Unbind.Instance);
    }

    /// <summary>Listens no more, and disconnects the peers that came this way.</summary>
    internal sealed record Stop
    {
        public static Stop Instance { get; } = new();
    }

    private sealed record TellRefusals
    {
        public static TellRefusals Instance { get; } = new();
    }

    private sealed record Done
    {
        public static Done Instance { get; } = new();
    }

    private sealed record StreamOver(FloodStream Stream, PeerDisconnected Ended);

    private sealed record StreamLeft(FloodStream Stream);
}
