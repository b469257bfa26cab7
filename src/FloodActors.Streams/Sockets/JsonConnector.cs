using Akka.Actor;
using FloodActors.Streams.Sockets;

namespace FloodActors.Streams;

/// <summary>
/// Keeps a connection to a peer that listens for JSON over TCP, and redials whenever it is lost. Created
/// by <see cref="JsonPeers.ConnectJson"/>.
/// </summary>
public sealed class JsonConnector : IAsyncDisposable
{
    private readonly Flood _flood;
    private readonly IActorRef _actor;

    internal JsonConnector(Flood flood, string id, IActorRef actor, Task connected) =>
        (_flood, Id, _actor, Connected) = (flood, id, actor, connected);

    /// <summary>The peer's id.</summary>
    public string Id { get; }

    /// <summary>Completes when the peer is connected for the first time.</summary>
    public Task Connected { get; }

    /// <summary>Disconnects the peer and stops dialling it.</summary>
    public async Task StopAsync()
    {
        _actor.Tell(JsonConnectorActor.Stop.Instance, ActorRefs.NoSender);
        await _flood.DisconnectAsync(Id).ConfigureAwait(false);
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);
}
