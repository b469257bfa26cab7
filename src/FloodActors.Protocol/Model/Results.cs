namespace FloodActors;

/// <summary>The answer to an append.</summary>
public abstract record AppendResult;

/// <summary>The message is in this node's log.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsNew">False when a message of the same value was seen before (<c>message-id = content</c>); nothing
/// was sent then.</param>
public sealed record Appended(MessageId Id, bool IsNew) : AppendResult;

/// <summary>The message was not accepted and left nothing behind.</summary>
/// <param name="Rejection">Why, and what to change.</param>
public sealed record Rejected(FloodRejection Rejection) : AppendResult;

/// <summary>The answer to dialling a peer: the first outcome.</summary>
public abstract record ConnectResult;

/// <summary>The link is up.</summary>
/// <param name="Peer">The peer's id.</param>
public sealed record Connected(string Peer) : ConnectResult;

/// <summary>The link was refused by this node or by the other. Where that can change, dialling goes on.</summary>
/// <param name="Cause">Why, for code.</param>
/// <param name="Reason">Why, and what to change.</param>
public sealed record ConnectRefused(LinkEnd Cause, string Reason) : ConnectResult;

/// <summary>A peer as this node sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Address">Where it is; empty while it is away.</param>
/// <param name="Connected">Whether a link is up; otherwise its cursor is being kept for <c>peer-grace</c>.</param>
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
    /// Origins whose messages go over this link themselves, in one direction at least. An origin counts while this node
    /// remembers its routes, whether it writes or not.
    /// </summary>
    public int EagerRoutes { get; init; }

    /// <summary>
    /// Origins of whose messages both ends tell each other the ids only. A message goes over this link when an end asks
    /// for it.
    /// </summary>
    public int LazyRoutes { get; init; }

    /// <summary>Keys whose latest value it has not been given.</summary>
    public int KeysBehind { get; init; }

    /// <summary>Values of keys that it was spared, because newer ones took their place.</summary>
    public long Spared { get; init; }

    /// <summary>Messages from it that the validator refused, by its reason.</summary>
    public IReadOnlyDictionary<string, long> Refused { get; init; } = new Dictionary<string, long>();
}

/// <summary>How a peer stands when a flush, or leaving, is over.</summary>
public enum FlushOutcome
{
    /// <summary>It has taken all messages.</summary>
    Taken,

    /// <summary>
    /// It has taken all but those that it was not given: it lagged, or they were too large or unsuitable for it.
    /// </summary>
    Skipped,

    /// <summary>The link ended before it confirmed the last of them.</summary>
    LinkLost,

    /// <summary>Time was up before it confirmed the last of them.</summary>
    TimedOut,
}

/// <summary>What a flush came to for one peer.</summary>
/// <param name="Peer">The peer's id.</param>
/// <param name="Outcome">What it came to.</param>
/// <param name="NotGiven">How many messages it was not given since it linked, or since the last flush.</param>
public sealed record PeerFlush(string Peer, FlushOutcome Outcome, long NotGiven);

/// <summary>
/// The answer to <c>FlushAsync</c> and <c>LeaveAsync</c>: what it came to for each peer that was linked at the call.
/// </summary>
/// <param name="Peers">One entry for each of them.</param>
public sealed record FlushResult(IReadOnlyList<PeerFlush> Peers)
{
    /// <summary>Whether every peer has everything.</summary>
    public bool IsComplete => Peers.All(peer => peer.Outcome == FlushOutcome.Taken);
}

/// <summary>A node's counters since it started, and its present state.</summary>
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

    /// <summary>Bytes that they take.</summary>
    public long KeyBytes { get; internal init; }

    /// <summary>Appends that wait for the node.</summary>
    public int AppendsWaiting { get; internal init; }
}
