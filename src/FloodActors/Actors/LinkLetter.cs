using Akka.Event;
using FloodActors.Wire;

namespace FloodActors.Actors;

/// <summary>
/// A link message in flight between the actors of two nodes, in one process or in two. Both ends of a link
/// may end while something is in flight, and a node that is dialled may be gone: that is normal, so it is not
/// a dead letter.
/// </summary>
internal sealed class LinkLetter(LinkMessage message) : IDeadLetterSuppression
{
    public LinkMessage Message { get; } = message;

    /// <inheritdoc/>
    public override string ToString() => Message.GetType().Name;
}
