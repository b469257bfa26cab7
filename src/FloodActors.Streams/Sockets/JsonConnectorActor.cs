using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace FloodActors.Streams.Sockets;

/// <summary>
/// Dials one address, and again after a jittered wait when the stream has ended. A peer that was disconnected on
/// request is not redialled.
/// </summary>
internal sealed class JsonConnectorActor(
    Flood flood, HostPort address, string id, JsonPeerOptions options, TaskCompletionSource connected)
    : UntypedActor, IWithTimers
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private int _attempts;
    private bool _reported;
    private bool _stopping;
    private bool _streaming;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        Flood flood, HostPort address, string id, JsonPeerOptions options, TaskCompletionSource connected) =>
        Akka.Actor.Props.Create(() => new JsonConnectorActor(flood, address, id, options, connected))
            .WithDeploy(Deploy.Local);

    protected override void PreStart()
    {
        // A local watch: without its flood there is nothing to connect.
        Context.Watch(flood.Actor);
        Dial();
    }

    protected override void PostStop() => connected.TrySetCanceled();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Redial: Dial(); break;
            case Up: OnUp(); break;
            case PeerDisconnected ended: OnEnded(ended); break;
            case Stop: OnStop(); break;
            case Terminated: Context.Stop(Self); break;
            default: Unhandled(message); break;
        }
    }

    private void Dial()
    {
        var materializer = Context.System.Materializer();
        if (materializer.IsShutdown)
        {
            Context.Stop(Self);
            return;
        }
        _streaming = true;
        var socketUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var streamOptions = new FloodStreamOptions
        {
            Address = $"tcp://{address}",
            Dialled = true,
            Remember = true,
            TellsRefusal = true,
            After = socketUp.Task,
        };
        var socket = Context.System.TcpStream().OutgoingConnection(address.Host, address.Port);
        var (connection, stream) = JsonSocket.Join(flood, socket, id, options, streamOptions).Run(materializer);
        connection.ContinueWith(
            task =>
            {
                if (task.IsCompletedSuccessfully) socketUp.TrySetResult();
                else socketUp.TrySetException(task.Exception ?? new AggregateException());
                _ = socketUp.Task.Exception;
            },
            TaskScheduler.Default);
        stream.Connected.ContinueWith(task => task.IsCompletedSuccessfully ? Up.Instance : null, TaskScheduler.Default)
            .PipeTo(Self, success: up => up is null ? Done.Instance : up);
        stream.Ended.PipeTo(Self);
    }

    private void OnUp()
    {
        (_attempts, _reported) = (0, false);
        connected.TrySetResult();
    }

    private void OnEnded(PeerDisconnected ended)
    {
        _streaming = false;
        if (_stopping || ended.Cause is LinkEnd.Disconnected or LinkEnd.Leaving)
        {
            Context.Stop(Self);
            return;
        }
        if (!_reported) Report(ended);
        _reported = true;
        var random = unchecked((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue));
        var wait = TimeSpan.FromMilliseconds(flood.Settings.RedialWaitMs(_attempts++, random));
        Timers.StartSingleTimer(Redial.Instance, Redial.Instance, wait);
    }

    /// <summary>Reports once until it is connected: it is dialled again and again.</summary>
    private void Report(PeerDisconnected ended)
    {
        if (ended.Cause is LinkEnd.TooManyPeers or LinkEnd.IdTaken or LinkEnd.MessageIdMode)
            flood.ReportRefused(new PeerRefused(id, $"{ended.Reason}; dialling goes on", ended.Cause));
        else
            _log.Warning(
                "No connection with the JSON peer {0} at {1}: {2}; dialling goes on", id, address, ended.Reason);
    }

    private void OnStop()
    {
        _stopping = true;
        if (!_streaming) Context.Stop(Self);
    }

    /// <summary>Stops dialling; the flood ends the stream that is up.</summary>
    internal sealed record Stop
    {
        public static Stop Instance { get; } = new();
    }

    private sealed record Redial
    {
        public static Redial Instance { get; } = new();
    }

    private sealed record Up
    {
        public static Up Instance { get; } = new();
    }
}
