namespace FloodActors.Streams;

/// <summary>How a stream takes part in a flood.</summary>
public sealed record FloodStreamOptions
{
    /// <summary>Sends the peer what is in the log when it connects (on), or only what comes later (off).</summary>
    public bool CatchUp { get; init; } = true;

    /// <summary>
    /// Keeps what leaves the log while the peer is away, for <c>flood.peer-grace</c> and within <c>flood.max-lag</c>,
    /// because a peer of this id is expected back. It is then sent all that is in memory again, since a stream does not
    /// say what arrived: peers tell repetitions by value.
    /// </summary>
    public bool Remember { get; init; }

    /// <summary>
    /// Where the peer is, as shown by <see cref="Flood.PeersAsync"/> and <see cref="PeerConnected"/>.
    /// </summary>
    public string Address { get; init; } = "stream";

    /// <summary>Whether this node made the connection, as shown by the same.</summary>
    public bool Dialled { get; init; }

    /// <summary>
    /// Bytes of messages asked for at a time, and bytes of the peer's values gathered while the flood takes the last
    /// batch. 1 to 16 MiB.
    /// </summary>
    public int Batch { get; init; } = 60_000;

    /// <summary>
    /// For <see cref="FloodStreams.CreateJsonStream"/>: how payloads that are not JSON travel. If null they do not
    /// travel, and each is counted and reported.
    /// </summary>
    public JsonMapping? Mapping { get; init; }

    /// <summary>
    /// The maker of the stream reports a refusal, so the flood does not: see <see cref="StreamPeer.TellsRefusal"/>.
    /// </summary>
    internal bool TellsRefusal { get; init; }

    /// <summary>
    /// The peer is connected when this task completes, and never if it fails: a socket may have to connect first.
    /// </summary>
    internal Task? After { get; init; }
}
