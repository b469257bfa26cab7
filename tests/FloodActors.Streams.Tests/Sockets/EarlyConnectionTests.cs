using System.Net;
using System.Net.Sockets;
using FloodActors.Streams.Tests.Streams;

namespace FloodActors.Streams.Tests.Sockets;

/// <summary>
/// Whoever dials at the very moment at which a node begins to listen, as all do when a node restarts.
/// </summary>
public sealed class EarlyConnectionTests
{
    [Fact]
    public async Task Connections_that_come_while_a_listener_starts_are_peers_and_so_are_those_that_follow()
    {
        const int listeners = 40;
        const int diallers = 6;
        await using var node = LocalFlood.Start(hocon: "flood.max-peers = 1000");
        for (var round = 0; round < listeners; round++)
        {
            var endPoint = new IPEndPoint(IPAddress.Loopback, FreePort.Next());
            var early = Enumerable.Range(0, diallers).Select(_ => Task.Run(() => DialUntilAnswered(endPoint))).ToList();
            await using var listener = await node.Flood.ListenJsonAsync(
                endPoint.ToString(), new JsonPeerOptions { MaxPeers = 100 });
            var sockets = await Task.WhenAll(early);
            using var late = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await late.ConnectAsync(endPoint);
            foreach (var socket in sockets.Append(late))
                await node.Event<PeerConnected>(e => e.Peer == socket.LocalEndPoint!.ToString());
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    private static Socket DialUntilAnswered(IPEndPoint endPoint)
    {
        while (true)
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(endPoint);
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }
    }
}
