using Akka.Actor;
using Akka.Event;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Actors;

/// <summary>
/// The messages between the actors of a node. A message that comes after its receiver has ended is normal: it is not
/// a dead letter, and not a line in the log of an application whose peer has left.
/// </summary>
internal interface INodeMessage : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>A link's demand as a message between actors of one process.</summary>
internal sealed class LocalDemand : LinkDemand, INodeMessage;

/// <summary>A batch as a message between actors of one process.</summary>
internal sealed class LocalBatch : ReceivedBatch, INodeMessage;

/// <summary>A subscriber's demand as a message within one process.</summary>
/// <param name="listener">What tells the subscriber: an actor, or a <see cref="CallbackListener"/>.</param>
internal sealed class LocalNoticeDemand(object listener) : NoticeDemand, INodeMessage
{
    public object Listener { get; } = listener;
}

/// <summary>From a link: the peer has taken the log up to here, and there is no demand.</summary>
internal sealed record LinkAcked(long Position) : INodeMessage;

/// <summary>From a link: both ends have spoken; may it come up?</summary>
internal sealed record LinkReady(NodeInfo Node) : INodeMessage;

/// <summary>From a link: it has ended, and its actor stops.</summary>
internal sealed record LinkEnded(LinkEnd Cause, string Reason) : INodeMessage;

/// <summary>From a link: the address dialled does not answer.</summary>
internal sealed record LinkSilent : INodeMessage
{
    public static LinkSilent Instance { get; } = new();
}

/// <summary>
/// From a stream's link: the peer sent a value that cannot be taken, or a message cannot be sent to
/// it.
/// </summary>
internal sealed record StreamFault(MessageId Message, bool WasIncoming, string Reason) : INodeMessage;

/// <summary>To a link: somebody waits for its peer to take what is in flight.</summary>
internal sealed record WantAck : INodeMessage
{
    public static WantAck Instance { get; } = new();
}

/// <summary>To a link: the dialler said hello again.</summary>
internal sealed record GreetAgain : INodeMessage
{
    public static GreetAgain Instance { get; } = new();
}

/// <summary>To a link: it is admitted.</summary>
internal sealed record OpenLink : INodeMessage
{
    public static OpenLink Instance { get; } = new();
}

/// <summary>To a link: end, and say why.</summary>
internal sealed record CloseLink(LinkEnd Cause, string Reason) : INodeMessage;

/// <summary>To a link: the node keeps a batch for a while.</summary>
internal sealed record HeldBatch(HeldFrames Frames) : INodeMessage;

/// <summary>A timer's message.</summary>
internal sealed record Tick : INodeMessage
{
    public static Tick Instance { get; } = new();

    /// <summary>
    /// How often actors check their clocks: often enough for timeouts of seconds, and rarely enough for the cost of
    /// waking.
    /// </summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>The message of a timer that the node has set.</summary>
internal sealed record Wake : INodeMessage
{
    public static Wake Instance { get; } = new();
}

/// <summary>The node's driver for a link: the link's actor.</summary>
internal sealed class ActorLink(IActorRef actor) : ILinkDriver
{
    public IActorRef Actor => actor;

    public void Open() => actor.Tell(OpenLink.Instance);

    public void Close(LinkEnd cause, string reason) => actor.Tell(new CloseLink(cause, reason));

    public void Give(LinkDemand demand) => actor.Tell(demand);

    public void Held(ReceivedBatch batch) => actor.Tell(new HeldBatch(new HeldFrames(batch)));

    public void Taken(ReceivedBatch batch) => actor.Tell(batch);

    public void WantAck() => actor.Tell(Actors.WantAck.Instance);

    public void GreetAgain() => actor.Tell(Actors.GreetAgain.Instance);
}
