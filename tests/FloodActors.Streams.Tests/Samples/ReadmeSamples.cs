using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace FloodActors.Streams.Tests.Samples;

/// <summary>
/// The examples of the module that FloodActors grew from, in C#. docs/javascript-peers.md shows what stands between the
/// marks, word for word.
/// </summary>
internal static class ReadmeSamples
{
    public static Flood CreateFlood(ActorSystem system, Action<string> log)
    {
        // sample: flood
        var flood = Flood.Start(
            system,
            new FloodCallbacks
            {
                OnMessage = message => log($"received {message.AsText()}"),
                // too many messages in memory: this one was dropped
                OnDrop = message => log($"dropped: {message.AsText()}"),
                OnConnect = id => log($"connected: {id}"),
                OnDisconnect = (id, reason) => log($"disconnected: {id}, {reason}"),
            },
            settings => settings with { Capacity = 100 }); // only keep 100 messages in memory
        // end
        return flood;
    }

    public static async Task<Tcp.ServerBinding> Server(ActorSystem system, Flood flood, int port)
    {
        // sample: server
        var materializer = system.Materializer();
        var binding = await system.TcpStream().Bind("127.0.0.1", port)
            .To(Sink.ForEach<Tcp.IncomingConnection>(remote =>
            {
                var id = $"{remote.RemoteAddress}"; // remoteAddress:remotePort, or some other way to set an id
                remote.HandleWith(flood.CreateJsonStream(id).Join(JsonDoubleLine.For(flood)), materializer);
            }))
            .Run(materializer);
        // end
        return binding;
    }

    public static void Client(ActorSystem system, Flood flood, string address, int port)
    {
        // sample: client
        var id = $"{address}:{port}";
        system.TcpStream().OutgoingConnection(address, port)
            .Join(flood.CreateJsonStream(id).Join(JsonDoubleLine.For(flood)))
            .Run(system.Materializer());
        // end
    }

    public static async Task<int> Peers(Flood flood, string jsHost, int jsPort)
    {
        // sample: peers
        var listener = await flood.ListenJsonAsync("127.0.0.1:0");
        var connector = flood.ConnectJson($"{jsHost}:{jsPort}");
        await flood.AppendAsync(FloodPayload.Json("{\"hello\":\"from C#\"}"));
        // end
        await connector.Connected.WaitAsync(TimeSpan.FromSeconds(60));
        return listener.LocalEndPoint.Port;
    }

    public static JsonPeerOptions Mapping()
    {
        // sample: mapping
        var options = new JsonPeerOptions { Mapping = JsonMapping.BytesAsBase64() };
        // end
        return options;
    }
}
