namespace FloodActors.Streams;

/// <summary>How a stream takes part in a flood.</summary>
public sealed record FloodStreamOptions
{
    /// <summary>
    /// Whether the peer is sent what is in the log when it connects (true), or only what comes later
    /// (false).
    /// </summary>
    public bool CatchUp { get; init; } = true;

    /// <summary>
    /// Keeps what leaves the log while the peer is away, for <c>flood.peer-grace</c> and within <c>flood.max-lag</c>,
    /// because a peer of this id is expected back. It is then sent everything in memory again, since a stream does
    /// not say what arrived: peers recognise repetitions by value.
    /// </summary>
    public bool Remember { get; init; }

    /// <summary>
    /// Where the peer is, as shown by <see cref="Flood.PeersAsync"/> and <see cref="PeerConnected"/>.
    /// </summary>
    public string Address { get; init; } = "stream";

    /// <summary>Whether this node made the connection, as shown by the same.</summary>
    public bool Dialled { get; init; }

    /// <summary>
    /// Bytes of messages requested at a time, and bytes of the peer's values gathered while the flood takes the last
    /// batch. 1 to 16 MiB.
    /// </summary>
    public int Batch { get; init; } = 60_000;

    /// <summary>
    /// For <see cref="FloodStreams.CreateJsonStream"/>: how payloads that are not JSON are sent. If null they are
    /// not sent, and each one is counted and reported.
    /// </summary>
    public JsonMapping? Mapping { get; init; }

    /// <summary>
    /// The creator of the stream reports a refusal, so the flood does not: see <see cref="StreamPeer.TellsRefusal"/>.
    /// </summary>
    internal bool TellsRefusal { get; init; }

    /// <summary>
    /// The peer is connected when this task completes, and never if it fails: a socket may have to connect first.
    /// </summary>
    internal Task? After { get; init; }
}
