namespace FloodActors.Streams;

/// <summary>The materialised value of a stream to a peer.</summary>
public sealed class FloodStream
{
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<PeerDisconnected> _ended = new(
        TaskCreationOptions.RunContinuationsAsynchronously);

    internal FloodStream(string id) => Id = id;

    /// <summary>The peer's id.</summary>
    public string Id { get; }

    /// <summary>
    /// Completes when the peer is connected. Fails with a <see cref="FloodStreamException"/> that says why not: the id
    /// is taken, the node has <c>max-peers</c> links, it is leaving, or it names messages by sequence.
    /// </summary>
    public Task Connected => _connected.Task;

    /// <summary>Completes when the stream has ended, with the reason. It never fails.</summary>
    public Task<PeerDisconnected> Ended => _ended.Task;

    internal void OnConnected() => _connected.TrySetResult();

    internal void OnEnded(LinkEnd cause, string reason)
    {
        if (!_ended.TrySetResult(new PeerDisconnected(Id, reason, cause))) return;
        _connected.TrySetException(new FloodStreamException(Id, cause, reason));
        // Nobody has to observe this task: the stream fails with the same exception.
        _ = _connected.Task.Exception;
    }
}
