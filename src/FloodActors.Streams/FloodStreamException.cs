namespace FloodActors.Streams;

/// <summary>
/// A stream to a peer could not be connected, or ended for a reason other than completion. The message names the peer.
/// </summary>
public sealed class FloodStreamException : Exception
{
    /// <param name="peer">The peer's id; empty where it is not known, as in a codec.</param>
    /// <param name="cause">Why, for code.</param>
    /// <param name="reason">Why, in words.</param>
    /// <param name="inner">What was behind it.</param>
    public FloodStreamException(string peer, LinkEnd cause, string reason, Exception? inner = null)
        : base(peer.Length > 0 ? $"Stream to peer '{peer}': {reason}" : reason, inner)
    {
        Peer = peer;
        Cause = cause;
        Reason = reason;
    }

    /// <summary>The peer's id, or empty.</summary>
    public string Peer { get; }

    /// <summary>Why, for code.</summary>
    public LinkEnd Cause { get; }

    /// <summary>Why, in words, without the peer's name.</summary>
    public string Reason { get; }
}
