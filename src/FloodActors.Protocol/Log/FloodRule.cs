namespace FloodActors.Core;

/// <summary>
/// Decides which peers a message is sent to, and which value of a key wins. It is asked when the peer's turn comes, so
/// it uses what was learnt while the message waited.
/// </summary>
internal abstract class FloodRule
{
    /// <summary>The rule this project is named after.</summary>
    public static FloodRule Flood { get; } = new FloodToUnaware();

    /// <summary>Whether <paramref name="peer"/> is to be sent <paramref name="message"/>.</summary>
    /// <param name="message">A message of the log.</param>
    /// <param name="peer">The peer whose turn it is.</param>
    /// <param name="peerHasIt">The peer sent or announced the message to us, so it is known to have it.</param>
    public abstract bool ShouldSend(FloodMessage message, PeerCursor peer, bool peerHasIt);

    /// <summary>
    /// Whether a value of a key wins over the present one: the higher version wins, and of equal versions the higher
    /// incarnation. So the order is total, and the same on all nodes.
    /// </summary>
    public virtual bool IsNewer(long version, ulong incarnation, KeyEntry present) =>
        version != present.Version
            ? version > present.Version : incarnation > present.Message.Author.Incarnation;

    /// <summary>
    /// Send to every connected peer that is not known to have the message. The peer that a message came from is known
    /// to have it, hence at most 2E - N + 1 transmissions on a graph of N nodes and E links.
    /// </summary>
    private sealed class FloodToUnaware : FloodRule
    {
        public override bool ShouldSend(FloodMessage message, PeerCursor peer, bool peerHasIt) => !peerHasIt;
    }
}
