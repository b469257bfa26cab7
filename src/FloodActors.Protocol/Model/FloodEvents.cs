namespace FloodActors;

/// <summary>
/// An event that a flood sends to its subscribers, in order: the messages of a peer come between its connect and its
/// disconnect.
/// </summary>
public abstract record FloodEvent;

/// <summary>A message is new on this node and came from a peer.</summary>
public sealed record MessageReceived(FloodMessage Message) : FloodEvent;

/// <summary>A message is new on this node and was appended here.</summary>
public sealed record MessageAppended(FloodMessage Message) : FloodEvent;

/// <summary>A message left <c>data</c> because of <c>capacity</c>.</summary>
public sealed record MessageDropped(FloodMessage Message) : FloodEvent;

/// <summary>A message arrived whose payload cannot be decoded here. It was still forwarded.</summary>
public sealed record MessageUndecodable(FloodMessage Message, string Reason) : FloodEvent;

/// <summary>
/// Messages were not taken from a peer. Raised at once for the first, then at most once a second for each peer and kind
/// of reason.
/// </summary>
/// <param name="Peer">The peer's id.</param>
/// <param name="Message">The id of the last of them; zero if it was no message at all.</param>
/// <param name="Reason">Why the last of them was not.</param>
/// <param name="Count">Their number since the last such event.</param>
public sealed record MessageRefused(string Peer, MessageId Message, string Reason, long Count = 1) : FloodEvent
{
    /// <summary>The kind of reason: what is counted together.</summary>
    internal EventTopic Topic { get; init; }
}

/// <summary>
/// With <c>message-id = sequence</c>: an origin left more gaps than <c>seen.max-intervals</c>, and some were closed.
/// Messages of a closed gap are not taken if they arrive later, because "at most once" is never given up.
/// </summary>
/// <param name="Count">The number of message numbers since the last such event.</param>
public sealed record MessagesGivenUp(long Count) : FloodEvent;

/// <summary>
/// With <c>message-id = sequence</c>: the table of <c>seen.max-origins</c> was full, and a new origin replaced this
/// one, which had been silent for longest and for more than <c>seen.max-age</c>. A message of it that arrives later is
/// delivered again. This is the only case in which "at most once" is given up. Raised at once for the first, then at
/// most once a second.
/// </summary>
/// <param name="Origin">The upper half of its messages' ids; of the last of them.</param>
/// <param name="Count">Their number since the last such event.</param>
public sealed record OriginForgotten(ulong Origin, long Count = 1) : FloodEvent;

/// <summary>
/// Messages were not sent to a peer, which cannot take them. Raised at once for the first, then at most once a second
/// for each peer and kind of reason.
/// </summary>
/// <param name="Peer">The peer's id.</param>
/// <param name="Message">The last of them.</param>
/// <param name="Reason">Why the last of them was not.</param>
/// <param name="Count">Their number since the last such event.</param>
public sealed record MessageNotSent(string Peer, MessageId Message, string Reason, long Count = 1) : FloodEvent
{
    /// <inheritdoc cref="MessageRefused.Topic"/>
    internal EventTopic Topic { get; init; }
}

/// <summary>
/// Appends were not accepted. Raised at once for the first, then at most once a second for each reason.
/// </summary>
/// <param name="Rejection">Why the last of them was not accepted.</param>
/// <param name="Count">Their number since the last such event.</param>
public sealed record MessageRejected(FloodRejection Rejection, long Count) : FloodEvent;

/// <summary>A link to a peer came up.</summary>
/// <param name="Peer">The peer's id.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Dialled">Whether this node dialled it.</param>
/// <param name="HistoryDropped">
/// How many messages had left the peer's log by then. The peer can no longer send those of them that this node has not
/// seen.
/// </param>
public sealed record PeerConnected(string Peer, string Address, bool Dialled, long HistoryDropped) : FloodEvent;

/// <summary>The link to a peer ended.</summary>
/// <param name="Peer">The peer's id.</param>
/// <param name="Reason">The reason, for people.</param>
/// <param name="Cause">The reason, for code.</param>
public sealed record PeerDisconnected(string Peer, string Reason, LinkEnd Cause) : FloodEvent;

/// <summary>A peer was so far behind that messages left the log before it got them.</summary>
/// <param name="Peer">The peer's id.</param>
/// <param name="Skipped">
/// How many messages were not sent to it since the last such event. It may get them from other peers.
/// </param>
public sealed record PeerLagged(string Peer, long Skipped) : FloodEvent;

/// <summary>
/// A peer stayed away for longer than <c>peer-grace</c>, or left, before all messages were sent to it.
/// </summary>
public sealed record PeerForgotten(string Peer, long Missed) : FloodEvent;

/// <summary>A peer could not be linked: it refused, or this node did.</summary>
/// <param name="Peer">Its id where known, else its address.</param>
/// <param name="Reason">The reason, and what to change.</param>
/// <param name="Cause">The reason, for code.</param>
public sealed record PeerRefused(string Peer, string Reason, LinkEnd Cause) : FloodEvent;

/// <summary>A dialled address does not answer. Raised once until it does; dialling goes on.</summary>
/// <param name="Address">What was dialled.</param>
/// <param name="Hint">The reason, or the address to use instead; null if unknown.</param>
public sealed record PeerUnreachable(string Address, string? Hint) : FloodEvent;

/// <summary>This subscriber was so slow that it missed messages, drops or events.</summary>
public sealed record SubscriberLagged(long Skipped) : FloodEvent;

/// <summary>
/// This subscriber was behind, and newer values replaced values of the same keys before it got them.
/// </summary>
/// <param name="Count">How many values, since the last such event.</param>
public sealed record ValuesSpared(long Count) : FloodEvent;

/// <summary>Why a link ended or did not come up. The numbers are the wire format.</summary>
public enum LinkEnd : byte
{
    /// <summary>Nothing was heard from the peer for <c>peer-timeout</c>.</summary>
    Timeout = 1,

    /// <summary>The node left: shut down, or <c>LeaveAsync</c>.</summary>
    Leaving = 2,

    /// <summary>One side called <c>Disconnect</c>; it is not dialled again.</summary>
    Disconnected = 3,

    /// <summary>It skipped messages and <c>on-lag</c> is <c>disconnect</c>.</summary>
    Lagged = 4,

    /// <summary>The peer violated the link protocol.</summary>
    ProtocolError = 5,

    /// <summary>A message larger than <c>max-message-size</c>.</summary>
    MessageTooLarge = 6,

    /// <summary>The peer started again; the link to its earlier incarnation is void.</summary>
    Restarted = 7,

    /// <summary>There is another link between the same two nodes; exactly one stays.</summary>
    Duplicate = 8,

    /// <summary>The node dialled itself.</summary>
    Self = 9,

    /// <summary>The other side speaks another protocol version.</summary>
    Version = 10,

    /// <summary>The other side has another <c>message-id</c> or <c>content-hash</c>.</summary>
    MessageIdMode = 11,

    /// <summary>The peer id is taken by another node.</summary>
    IdTaken = 12,

    /// <summary>The node has <c>max-peers</c> links.</summary>
    TooManyPeers = 13,

    /// <summary>The actor behind the link failed.</summary>
    Failure = 14,

    /// <summary>A stream's other side completed.</summary>
    Completed = 15,

    /// <summary>
    /// A frame was sent repeatedly and never confirmed, although the peer answers: something on the network path
    /// accepts only smaller frames.
    /// </summary>
    FrameLost = 16,

    /// <summary>
    /// A message larger than a frame stayed unfinished for long, while others waited for its memory
    /// (<c>reassembly-bytes</c>).
    /// </summary>
    Unfinished = 17,

    /// <summary>The peer sent more messages than <c>max-rejected</c> in a minute that the validator rejected.</summary>
    Rejected = 18,
}

/// <summary>Kinds of reasons of <see cref="MessageRefused"/> and <see cref="MessageNotSent"/>.</summary>
internal enum EventTopic : byte
{
    /// <summary>A stream's own reason.</summary>
    Stream,
    NotOfThisNode,
    OriginsFull,
    ShareFull,
    TooFarAhead,
    WrongKind,
    TooLarge,
    Rejected,
    KeysFull,
}
