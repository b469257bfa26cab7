using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.Streams.Dsl;
using FloodActors.Streams.Sockets;

namespace FloodActors.Streams;

/// <summary>Listens for peers that speak JSON separated by blank lines over TCP. Made by <see cref="JsonPeers.ListenJsonAsync"/>.</summary>
public sealed class JsonListener : IAsyncDisposable
{
    private readonly Flood _flood;
    private readonly JsonPeerOptions _options;
    private readonly ConcurrentDictionary<FloodStream, bool> _streams = [];
    private Akka.Streams.Dsl.Tcp.ServerBinding _binding;

    private volatile bool _stopping;

    private JsonListener(Flood flood, JsonPeerOptions options) => (_flood, _options) = (flood, options);

    /// <summary>Where it listens; the port is the one chosen by the system when 0 was asked for.</summary>
    public IPEndPoint LocalEndPoint => (IPEndPoint)_binding.LocalAddress;

    internal static async Task<JsonListener> StartAsync(Flood flood, HostAndPort address, JsonPeerOptions options)
    {
        var listener = new JsonListener(flood, options);
        var system = JsonSocket.SystemOf(flood);
        var endPoint = await address.ResolveAsync().ConfigureAwait(false);
        var materializer = system.Materializer();
        try
        {
            Try(endPoint);
            listener._binding = await system.TcpStream().Bind(endPoint.Address.ToString(), endPoint.Port)
                .To(Sink.ForEach<Akka.Streams.Dsl.Tcp.IncomingConnection>(connection => listener.Accept(connection, materializer)))
                .Run(materializer).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            throw new FloodStreamException("", LinkEnd.Failure, $"cannot listen for JSON peers on {address}: {Explain(e)}", e);
        }
        // After the flood has left: the sockets of a listener end with it.
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceStop, $"flood-json-{Guid.NewGuid():n}", async () =>
        {
            await listener._binding.Unbind().ConfigureAwait(false);
            return Akka.Done.Instance;
        });
        Logging.GetLogger(system, nameof(JsonListener)).Info("JSON peers are awaited on {0}", listener.LocalEndPoint);
        return listener;
    }

    /// <summary>Listens no more, and disconnects the peers that came this way.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        // In this order: Akka's sockets end with the one that accepted them, and then their streams would fail without the reason.
        foreach (var stream in _streams.Keys) await _flood.DisconnectAsync(stream.Id).ConfigureAwait(false);
        await Task.WhenAll(_streams.Keys.Select(stream => stream.Ended)).ConfigureAwait(false);
        await _binding.Unbind().ConfigureAwait(false);
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>Akka says that it cannot listen, and not why.</summary>
    private static void Try(IPEndPoint endPoint)
    {
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(endPoint);
    }

    private static string Explain(Exception e) => (e as SocketException)?.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use; choose another, or 0 for a free one.",
        SocketError.AddressNotAvailable => "it is not an address of this machine.",
        SocketError.AccessDenied => "permission denied.",
        _ => e.Message,
    };

    private void Accept(Akka.Streams.Dsl.Tcp.IncomingConnection connection, IMaterializer materializer)
    {
        if (_stopping) return;
        var remote = HostAndPort.Of(connection.RemoteAddress);
        var options = new FloodStreamOptions { Address = $"tcp://{remote}", Remember = _options.Remember };
        var (_, stream) = JsonSocket.Join(_flood, connection.Flow, _options.IdOf?.Invoke(connection.RemoteAddress) ?? remote, _options, options).Run(materializer);
        _streams.TryAdd(stream, true);
        stream.Ended.ContinueWith(_ => _streams.TryRemove(stream, out bool _), TaskScheduler.Default);
    }
}
