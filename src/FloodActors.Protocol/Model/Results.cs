namespace FloodActors;

/// <summary>The answer to an append.</summary>
public abstract record AppendResult;

/// <summary>The message is in this node's log.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsNew">False when a message of the same value was seen before (<c>message-id = content</c>); nothing
/// was sent then.</param>
public sealed record Appended(MessageId Id, bool IsNew) : AppendResult;

/// <summary>The message was not accepted and left nothing behind.</summary>
/// <param name="Rejection">The reason, and what to change.</param>
public sealed record Rejected(FloodRejection Rejection) : AppendResult;

/// <summary>The answer to dialling a peer: the first outcome.</summary>
public abstract record ConnectResult;

/// <summary>The link is up.</summary>
/// <param name="Peer">The peer's id.</param>
public sealed record Connected(string Peer) : ConnectResult;

/// <summary>This node or the peer refused the link. If that can change, dialling goes on.</summary>
/// <param name="Cause">The reason, for code.</param>
/// <param name="Reason">The reason, and what to change.</param>
public sealed record ConnectRefused(LinkEnd Cause, string Reason) : ConnectResult;

/// <summary>A peer as this node sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Address">Its address; empty while it is away.</param>
/// <param name="Connected">Whether a link is up. If not, its cursor is kept for <c>peer-grace</c>.</param>
/// <param name="Dialled">Whether this node dialled it.</param>
/// <param name="Since">When the link came up, by this node's clock.</param>
/// <param name="Behind">Messages of the log that it has not yet taken.</param>
/// <param name="Forwarded">Messages sent to it over the cursor's life.</param>
/// <param name="Received">Messages from it that were new here.</param>
/// <param name="Duplicates">Messages from it that were seen before.</param>
public sealed record PeerInfo(
    string Id, string Address, bool Connected, bool Dialled, DateTimeOffset Since, long Behind, long Forwarded,
    long Received, long Duplicates)
{
    /// <summary>
    /// The number of origins for which this link is eager: their messages go over it, in at least one direction.
    /// Origins count while this node remembers their routes, even if they no longer append.
    /// </summary>
    public int EagerRoutes { get; init; }

    /// <summary>
    /// The number of origins for which this link is lazy: both ends send only the ids of their messages, and a message
    /// itself only on request.
    /// </summary>
    public int LazyRoutes { get; init; }

    /// <summary>Keys whose latest value was not sent to it yet.</summary>
    public int KeysBehind { get; init; }

    /// <summary>Values of keys that were not sent to it, because newer ones replaced them.</summary>
    public long Spared { get; init; }

    /// <summary>Messages from it that the validator refused, by the validator's reason.</summary>
    public IReadOnlyDictionary<string, long> Refused { get; init; } = new Dictionary<string, long>();
}

/// <summary>The result of a flush, or of leaving, for one peer.</summary>
public enum FlushOutcome
{
    /// <summary>It has taken all messages.</summary>
    Taken,

    /// <summary>
    /// It has taken all messages except those that were not sent to it, because it lagged or they were too large or
    /// unsuitable for it.
    /// </summary>
    Skipped,

    /// <summary>The link ended before it confirmed the last of them.</summary>
    LinkLost,

    /// <summary>It did not confirm the last of them in time.</summary>
    TimedOut,
}

/// <summary>The result of a flush for one peer.</summary>
/// <param name="Peer">The peer's id.</param>
/// <param name="Outcome">The result.</param>
/// <param name="NotGiven">How many messages were not sent to it since it linked, or since the last flush.</param>
public sealed record PeerFlush(string Peer, FlushOutcome Outcome, long NotGiven);

/// <summary>
/// The answer to <c>FlushAsync</c> and <c>LeaveAsync</c>: the result for each peer that was linked at the call.
/// </summary>
/// <param name="Peers">One entry for each of them.</param>
public sealed record FlushResult(IReadOnlyList<PeerFlush> Peers)
{
    /// <summary>Whether every peer has everything.</summary>
    public bool IsComplete => Peers.All(peer => peer.Outcome == FlushOutcome.Taken);
}

/// <summary>A node's counters since it started, and its current sizes.</summary>
public sealed class FloodStats : FloodCounters
{
    /// <summary>Appends not accepted, by reason.</summary>
    public IReadOnlyDictionary<RejectReason, long> Rejected { get; internal init; } =
        new Dictionary<RejectReason, long>();

    /// <summary>Links that are up.</summary>
    public int Peers { get; internal init; }

    /// <summary>Messages in <c>data</c>.</summary>
    public int LogCount { get; internal init; }

    /// <summary>Bytes in <c>data</c>.</summary>
    public long LogBytes { get; internal init; }

    /// <summary>Bytes kept beyond <c>data</c> for peers and subscribers that are behind.</summary>
    public long RetainedBytes { get; internal init; }

    /// <summary>Ids (content) or origins (sequence) remembered.</summary>
    public int Seen { get; internal init; }

    /// <summary>Keys, removed ones included.</summary>
    public int Keys { get; internal init; }

    /// <summary>Bytes that the keys and their values take.</summary>
    public long KeyBytes { get; internal init; }

    /// <summary>Appends that wait for the node.</summary>
    public int AppendsWaiting { get; internal init; }
}
