using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using FloodActors.Streams.Sockets;

namespace FloodActors.Streams;

/// <summary>
/// Listens for peers that speak JSON separated by blank lines over TCP. Created
/// by <see cref="JsonPeers.ListenJsonAsync"/>.
/// </summary>
public sealed class JsonListener : IAsyncDisposable
{
    private readonly IActorRef _actor;
    private readonly Task _stopped;

    private JsonListener(IActorRef actor, IPEndPoint localEndPoint, Task stopped) =>
        (_actor, LocalEndPoint, _stopped) = (actor, localEndPoint, stopped);

    /// <summary>The address it listens on; if port 0 was given, this is the port that the system chose.</summary>
    public IPEndPoint LocalEndPoint { get; }

    internal static async Task<JsonListener> StartAsync(Flood flood, HostPort address, JsonPeerOptions options)
    {
        var system = JsonSocket.SystemOf(flood);
        var endPoint = await EndPoints.ResolveAsync(address).ConfigureAwait(false);
        var bound = new TaskCompletionSource<IPEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        JsonListener listener;
        try
        {
            Try(endPoint);
            var props = JsonListenerActor.Props(flood, endPoint, options, bound, stopped);
            var actor = system.SystemActorOf(props, $"flood-json-{Guid.NewGuid():n}");
            listener = new JsonListener(actor, await bound.Task.ConfigureAwait(false), stopped.Task);
        }
        catch (Exception e)
        {
            throw new FloodStreamException(
                "", LinkEnd.Failure, $"cannot listen for JSON peers on {address}: {Explain(e)}", e);
        }
        // After the flood has left: the sockets of a listener end with it.
        CoordinatedShutdown.Get(system)
            .AddTask(CoordinatedShutdown.PhaseServiceStop, listener._actor.Path.Name, async () =>
            {
                await listener.StopAsync().ConfigureAwait(false);
                return Akka.Done.Instance;
            });
        Logging.GetLogger(system, nameof(JsonListener)).Info("JSON peers are awaited on {0}", listener.LocalEndPoint);
        return listener;
    }

    /// <summary>Stops listening, and disconnects the peers of this listener.</summary>
    public Task StopAsync()
    {
        _actor.Tell(JsonListenerActor.Stop.Instance, ActorRefs.NoSender);
        return _stopped;
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>Akka logs an error with a stack trace when it cannot listen; this checks first.</summary>
    private static void Try(IPEndPoint endPoint)
    {
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        new BothFamilies(endPoint).BeforeServerSocketBind(socket);
        socket.Bind(endPoint);
    }

    private static string Explain(Exception e) => (e as SocketException)?.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use; choose another, or 0 for a free one.",
        SocketError.AddressNotAvailable => "it is not an address of this machine.",
        SocketError.AddressFamilyNotSupported => "this machine has no addresses of that kind.",
        SocketError.AccessDenied => "permission denied.",
        _ => e.Message,
    };
}
