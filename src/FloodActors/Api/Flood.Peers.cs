using Akka.Actor;
using FloodActors.Actors;

namespace FloodActors;

/// <content>Peers: who is linked, and how links come and go.</content>
public sealed partial class Flood
{
    /// <summary>
    /// Links to a peer and keeps the link: if the link is lost, or the peer does not answer yet, the peer is dialled
    /// again until <see cref="DisconnectAsync"/>.
    /// </summary>
    /// <param name="address"><c>HOST:PORT</c>, an Akka address, or the path of a flood's actor.</param>
    /// <param name="id">A unique id for the peer on this node; by default its own <c>node-name</c>.</param>
    /// <param name="cancellation">
    /// Ends the wait, not the dialling. Without it the wait lasts until the peer answers.
    /// </param>
    /// <returns>The first outcome: <see cref="Connected"/> or <see cref="ConnectRefused"/>.</returns>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    public Task<ConnectResult> ConnectAsync(string address, string? id = null, CancellationToken cancellation = default)
    {
        if (id is not null) ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return Ask<ConnectResult>(answer => new FloodCommand.Connect(address, id, answer), cancellation);
    }

    /// <summary>Links to a flood by a reference to its actor, in this system or another.</summary>
    /// <inheritdoc cref="ConnectAsync(string, string?, CancellationToken)"/>
    public Task<ConnectResult> ConnectAsync(
        IActorRef floodActor, string? id = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(floodActor);
        // An actor of another system in this process has a path without an address: its own system knows that.
        var address = floodActor is IInternalActorRef { IsLocal: true } local
            ? floodActor.Path.ToStringWithAddress(local.Provider.DefaultAddress)
            : floodActor.Path.ToString();
        return ConnectAsync(address, id, cancellation);
    }

    /// <summary>
    /// Connects a peer that is a two-way stream of values. In all other respects it is a full peer, with a cursor, the
    /// same rule, limits and lag policy. Use it for your own transport; FloodActors.Streams has Akka.Streams and TCP.
    /// </summary>
    /// <param name="peer">Who it is and what it carries.</param>
    /// <param name="endpoint">
    /// The actor of this system that owns the stream. It receives <see cref="StreamPeerOpened"/> or
    /// <see cref="StreamPeerEnded"/>, and then sends <see cref="StreamPeerRequest"/>, <see cref="StreamPeerOffer"/> and
    /// finally <see cref="StreamPeerEnd"/> to the sender of the first. When it stops, the peer is disconnected.
    /// </param>
    /// <exception cref="ArgumentException">The id is empty, or the actor is on another system.</exception>
    public void OpenStreamPeer(StreamPeer peer, IActorRef endpoint)
    {
        ArgumentNullException.ThrowIfNull(peer);
        ArgumentException.ThrowIfNullOrWhiteSpace(peer.Id, "peer.Id");
        if (endpoint is not IInternalActorRef { IsLocal: true })
            throw new ArgumentException($"{endpoint} is not an actor of this system.", nameof(endpoint));
        Actor.Tell(new FloodCommand.OpenStream(peer), endpoint);
    }

    /// <summary>
    /// Reports to subscribers and the log that a peer was refused before it became a stream of this flood.
    /// </summary>
    public void ReportRefused(PeerRefused refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        Actor.Tell(new FloodCommand.ReportRefused(refused), ActorRefs.NoSender);
    }

    /// <summary>
    /// Ends the link to a peer on both sides, and does not dial it again. A peer that is away is forgotten, with the
    /// messages kept for it.
    /// </summary>
    /// <param name="id">
    /// The peer's id, or its address in any form that <see cref="ConnectAsync(string, string?, CancellationToken)"/>
    /// accepts.
    /// </param>
    /// <returns>Whether there was such a peer.</returns>
    public Task<bool> DisconnectAsync(string id)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return Ask<bool>(answer => new FloodCommand.Disconnect(id, answer));
    }

    /// <summary>The peers that are linked or were within <c>peer-grace</c>.</summary>
    public Task<IReadOnlyList<PeerInfo>> PeersAsync() => Read(node => node.Peers());

    /// <summary>Completes when at least <paramref name="count"/> links are up.</summary>
    /// <param name="count">The number of links.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ObjectDisposedException">The node has ended.</exception>
    public Task WhenConnected(int count = 1, CancellationToken cancellation = default) =>
        Ask<bool>(answer => new FloodCommand.WhenConnected(count, answer), cancellation);
}
