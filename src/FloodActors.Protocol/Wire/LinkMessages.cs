namespace FloodActors.Wire;

/// <summary>
/// The messages between the two ends of a link. Each end picks a random session and tells it to the other end. Every
/// message to an end carries the session of that end. So messages of an earlier link are recognised, and only a node
/// that received the welcome, at the address
/// that the dialler claims, can speak for the dialler. <code>
///   dialler                          acceptor
///     | Hello  (again until answered)  |   to the node
///     |&lt;----------------------- Welcome |   or Refused; from here on between the two PeerActors
///     | Ping --------------------------&gt;|   the link is up on both sides
///     |&lt;==== Frame, Ack, Ping =========&gt;|
///     | Bye                             |   either side
/// </code></summary>
internal abstract class LinkMessage(ulong session)
{
    /// <summary>The protocol version this code speaks.</summary>
    public const byte Version = 3;

    /// <summary>The receiver's session.</summary>
    public ulong Session { get; } = session;
}

/// <summary>What a node says about itself when a link starts.</summary>
/// <param name="NodeName">Its name, by default its address.</param>
/// <param name="Address">Where its flood is: a path that others can dial.</param>
/// <param name="Incarnation">Random for every start.</param>
/// <param name="IdMode">How it forms message ids; both ends must agree.</param>
internal sealed record NodeInfo(string NodeName, string Address, ulong Incarnation, byte IdMode)
{
    /// <summary>
    /// Bytes it accepts before they are acknowledged. The smaller value of the two ends counts, as with <see
    /// cref="MaxFrame"/>.
    /// </summary>
    public required int Window { get; init; }

    /// <summary>Bytes of the largest frame it accepts, by its own setting and its transport's.</summary>
    public required int MaxFrame { get; init; }

    /// <summary>Bytes of the largest message it accepts.</summary>
    public required int MaxMessageSize { get; init; }

    /// <summary>
    /// Milliseconds of silence after which its peer counts as gone: the peer sends at least three times as often.
    /// </summary>
    public required int PeerTimeoutMs { get; init; }

    /// <summary>How many messages have left its log, as of this greeting.</summary>
    public long Dropped { get; init; }

    /// <summary>
    /// In a welcome: the <see cref="Dropped"/> of the hello that it answers. What has left the dialler's log since then
    /// has not been told.
    /// </summary>
    public long DroppedHeard { get; init; }
}

/// <summary>
/// Asks a node for a link. The receiver answers with <see cref="Welcome"/> or <see cref="Refused"/>; it is repeated
/// until then. Its session is the dialler's own: the acceptor has none yet.
/// </summary>
internal sealed class Hello(ulong session, byte version, NodeInfo node) : LinkMessage(session)
{
    /// <summary>
    /// The version the dialler speaks. The layout up to here never changes, so that another version can be refused in
    /// words.
    /// </summary>
    public byte SpokenVersion { get; } = version;

    /// <summary>Not read if the version differs.</summary>
    public NodeInfo Node { get; } = node;
}

/// <summary>
/// Accepts a <see cref="Hello"/>. The dialler checks its contents and confirms it with a <see cref="Ping"/>.
/// </summary>
internal sealed class Welcome(ulong session, ulong ownSession, NodeInfo node) : LinkMessage(session)
{
    /// <summary>The acceptor's session.</summary>
    public ulong OwnSession { get; } = ownSession;

    public NodeInfo Node { get; } = node;
}

/// <summary>
/// Declines a <see cref="Hello"/>. The dialler reports it, and tries again later if the cause can change.
/// </summary>
internal sealed class Refused(ulong session, LinkEnd cause, string reason) : LinkMessage(session)
{
    public LinkEnd Cause { get; } = cause;

    public string Reason { get; } = reason;
}

/// <summary>
/// The next slice of the sender's stream of records. The receiver takes frames in order of <see cref="Seq"/>, answers a
/// repeated one with an <see cref="Ack"/>, and requests a missing one.
/// </summary>
internal sealed class Frame(ulong session, long seq, in Confirmed confirmed, bool push, int opens, int size)
    : LinkMessage(session)
{
    /// <summary>1, 2, 3 ...</summary>
    public long Seq { get; } = seq;

    /// <summary>What its sender has received in the other direction.</summary>
    public Confirmed Confirmed { get; } = confirmed;

    /// <summary>
    /// The sender waits for room, or somebody waits for the peer to have everything: acknowledge at once.
    /// </summary>
    public bool Push { get; } = push;

    /// <summary>
    /// Bytes of the message that begins in it and continues in the next frames; 0 when there is none.
    /// </summary>
    public int Opens { get; } = opens;

    /// <summary>Bytes of its records, which count in the window.</summary>
    public int Size { get; } = size;

    /// <summary>
    /// If encoded: the whole frame as it is sent, header included; the records start at <see cref="Start"/>.
    /// </summary>
    public byte[]? Bytes { get; init; }

    /// <inheritdoc cref="Bytes"/>
    public int Start { get; init; }

    /// <summary>Within one process: the records themselves.</summary>
    public LinkRecord[]? Records { get; init; }
}

/// <summary>Why an acknowledgement is sent now. The numbers are the wire format.</summary>
internal enum AckReason : byte
{
    /// <summary>It was due.</summary>
    Due = 0,

    /// <summary>A later frame came first: everything after the received ones is to be retransmitted now.</summary>
    Missing = 1,

    /// <summary>
    /// The next frame came and was not kept: it begins a message for which there is no room now. It is to be
    /// retransmitted later.
    /// </summary>
    NoRoom = 2,

    /// <summary>
    /// A frame came that had come before. It may have been retransmitted because the link is slow: so the sender learns
    /// that frames get through.
    /// </summary>
    Repeated = 3,
}

/// <summary>Cumulative: which of the other end's frames have come, and how far they have been processed.</summary>
/// <param name="Received">All frames up to here have arrived, and need not be retransmitted.</param>
/// <param name="Freed">All frames up to here no longer count in the window; at most <see cref="Received"/>.</param>
/// <param name="Taken">
/// Everything in the frames up to here is in the receiver's log, so the sender's cursor moves; at most
/// <see cref="Freed"/>. Messages of frames in between wait at the receiver for others that they must not overtake.
/// </param>
internal readonly record struct Confirmed(long Received, long Freed, long Taken);

/// <summary>
/// Cumulative acknowledgement. It frees the sender's window; a busy receiver simply sends it later.
/// </summary>
internal sealed class Ack(ulong session, in Confirmed confirmed, AckReason reason) : LinkMessage(session)
{
    public Confirmed Confirmed { get; } = confirmed;

    public AckReason Reason { get; } = reason;
}

/// <summary>Says "I am here" on an otherwise silent link, and confirms a <see cref="Welcome"/>.</summary>
internal sealed class Ping(ulong session, in Confirmed confirmed) : LinkMessage(session)
{
    public Confirmed Confirmed { get; } = confirmed;
}

/// <summary>Ends the link, and says why. The receiver ends it too and does not answer.</summary>
internal sealed class Bye(ulong session, LinkEnd cause, string reason) : LinkMessage(session)
{
    public LinkEnd Cause { get; } = cause;

    public string Reason { get; } = reason;
}

/// <summary>
/// Bytes that are not a link message. They end only the link whose session they carry, or whose other end sent them:
/// anyone can send anything to any actor.
/// </summary>
internal sealed class Malformed(ulong session, string reason) : LinkMessage(session)
{
    public string Reason { get; } = reason;
}
