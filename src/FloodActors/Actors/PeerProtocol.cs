using Akka.Actor;
using FloodActors.Core;

namespace FloodActors.Actors;

/// <summary>
/// A link's standing question for records, and the answer. One object for each link goes to and fro, so that asking allocates nothing:
/// whoever holds it owns it.
/// </summary>
internal sealed class LinkAsk : INoSerializationVerificationNeeded
{
    /// <summary>Bytes asked for.</summary>
    public int Room { get; set; }

    /// <summary>The position up to which the peer has taken the log.</summary>
    public long Acked { get; set; }

    /// <summary>The answer.</summary>
    public List<LinkRecord> Records { get; } = [];

    /// <summary>The position that the peer has reached when it has taken the answer.</summary>
    public long UpTo { get; set; }

    /// <summary>Whether somebody waits for the peer to take the answer.</summary>
    public bool Confirm { get; set; }
}

/// <summary>From a link: the peer has taken the log up to here, and there is nothing to ask.</summary>
internal sealed record LinkAcked(long Position) : INoSerializationVerificationNeeded;

/// <summary>From a link: both ends have spoken; may it come up?</summary>
internal sealed record LinkReady(NodeInfo Node) : INoSerializationVerificationNeeded;

/// <summary>From a link: it is over, and its actor stops.</summary>
internal sealed record LinkEnded(LinkEnd Cause, string Reason) : INoSerializationVerificationNeeded;

/// <summary>From a link: the address dialled does not answer.</summary>
internal sealed record NoAnswer : INoSerializationVerificationNeeded
{
    public static NoAnswer Instance { get; } = new();
}

/// <summary>To a link: somebody waits for its peer to take what is under way.</summary>
internal sealed record WantAck : INoSerializationVerificationNeeded
{
    public static WantAck Instance { get; } = new();
}

/// <summary>To a link: come up.</summary>
internal sealed record OpenLink : INoSerializationVerificationNeeded
{
    public static OpenLink Instance { get; } = new();
}

/// <summary>To a link: end, and say why.</summary>
internal sealed record CloseLink(LinkEnd Cause, string Reason) : INoSerializationVerificationNeeded;

/// <summary>A timer's message.</summary>
internal sealed record Tick : INoSerializationVerificationNeeded
{
    public static Tick Instance { get; } = new();

    /// <summary>How often actors look at their clocks: fine against seconds of timeout, coarse against the cost of waking.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(250);
}
