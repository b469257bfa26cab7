using Akka.Event;
using FloodActors.Wire;

namespace FloodActors.Actors;

/// <summary>
/// A link message on its way between the actors of two nodes, whether these are in one process or not. Both ends of a
/// link may end while something is in flight, and a node that is dialled may be gone: that concerns nobody, so it is no
/// dead letter.
/// </summary>
internal sealed class LinkLetter(LinkMessage message) : IDeadLetterSuppression
{
    public LinkMessage Message { get; } = message;

    /// <inheritdoc/>
    public override string ToString() => Message.GetType().Name;
}
