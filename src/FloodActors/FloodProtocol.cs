using Akka.Actor;
using FloodActors.Core;

namespace FloodActors;

/// <summary>The answer to an append.</summary>
public abstract record AppendResult;

/// <summary>The message is in this node's log.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsNew">False when a message of the same value was seen before (<c>message-id = content</c>); nothing was sent then.</param>
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
    string Id, string Address, bool Connected, bool Dialled, DateTimeOffset Since, long Behind, long Forwarded, long Received, long Duplicates);

/// <summary>A node's counters since it started, and its present state.</summary>
public sealed record FloodStats
{
    /// <summary>Messages created here.</summary>
    public long Appended { get; init; }

    /// <summary>Appends of what was already seen.</summary>
    public long AppendedAgain { get; init; }

    /// <summary>New messages from peers.</summary>
    public long Delivered { get; init; }

    /// <summary>Messages from peers that were seen before.</summary>
    public long Duplicates { get; init; }

    /// <summary>Messages handed to links: payload transmissions.</summary>
    public long Forwarded { get; init; }

    /// <summary>Payload bytes of these.</summary>
    public long ForwardedBytes { get; init; }

    /// <summary>Messages not sent because the peer, told of their ids first, said that it has them.</summary>
    public long Spared { get; init; }

    /// <summary>Messages that left <c>data</c> because of capacity.</summary>
    public long Dropped { get; init; }

    /// <summary>Messages not sent to a peer because it lagged.</summary>
    public long Skipped { get; init; }

    /// <summary>Messages and drops not told to a subscriber because it lagged.</summary>
    public long SubscriberSkipped { get; init; }

    /// <summary>Events not told to a subscriber because it lagged.</summary>
    public long EventsLost { get; init; }

    /// <summary>Messages still to be sent to a peer when it was given up.</summary>
    public long Unreachable { get; init; }

    /// <summary>Messages not sent to a peer because it takes only smaller ones.</summary>
    public long TooLargeForPeer { get; init; }

    /// <summary>Messages not taken because too many origins are remembered.</summary>
    public long OriginsFull { get; init; }

    /// <summary>Message numbers of closed gaps (see <see cref="MessagesGivenUp"/>): not taken if they come.</summary>
    public long GivenUp { get; init; }

    /// <summary>Messages not sent to a stream that cannot carry their kind of payload.</summary>
    public long UnsuitableForPeer { get; init; }

    /// <summary>Not taken from a peer: values of a stream that no message can be made of, such as JSON with a lone surrogate, and messages that falsely claim to be of this node.</summary>
    public long InvalidFromPeer { get; init; }

    /// <summary>Messages whose payload could not be decoded for a subscriber.</summary>
    public long Undecodable { get; init; }

    /// <summary>Callbacks that threw.</summary>
    public long CallbackFailures { get; init; }

    /// <summary>Appends not accepted, by reason.</summary>
    public IReadOnlyDictionary<RejectReason, long> Rejected { get; init; } = new Dictionary<RejectReason, long>();

    /// <summary>Links that are up.</summary>
    public int Peers { get; init; }

    /// <summary>Messages in <c>data</c>.</summary>
    public int LogCount { get; init; }

    /// <summary>Bytes in <c>data</c>.</summary>
    public long LogBytes { get; init; }

    /// <summary>Bytes kept beyond <c>data</c> for peers and subscribers that are behind.</summary>
    public long RetainedBytes { get; init; }

    /// <summary>Ids (content) or origins (sequence) remembered.</summary>
    public int Seen { get; init; }
}

/// <summary>What the <see cref="Flood"/> facade and the node's own parts say to its actor.</summary>
internal static class FloodCommand
{
    /// <summary>The append queue is no longer empty.</summary>
    public sealed record Drain : INoSerializationVerificationNeeded
    {
        public static Drain Instance { get; } = new();
    }

    public sealed record Connect(string Address, string? PeerId) : INoSerializationVerificationNeeded;

    /// <summary>From the endpoint of a stream.</summary>
    public sealed record OpenStream(StreamPeer Peer) : INoSerializationVerificationNeeded;

    public sealed record Disconnect(string PeerId) : INoSerializationVerificationNeeded;

    /// <summary>Answered with the actor's <see cref="FloodSetupParts"/>.</summary>
    public sealed record GetParts : INoSerializationVerificationNeeded;

    public sealed record GetData : INoSerializationVerificationNeeded;

    public sealed record GetPeers : INoSerializationVerificationNeeded;

    public sealed record GetStats : INoSerializationVerificationNeeded;

    public sealed record WhenConnected(int Count) : INoSerializationVerificationNeeded;

    public sealed record Flush : INoSerializationVerificationNeeded;

    public sealed record Leave : INoSerializationVerificationNeeded;

    public sealed record Listen(Listening.IListenerSink Sink, bool WantsDrops, bool Replay) : INoSerializationVerificationNeeded;

    public sealed record StopListening(IActorRef Listener) : INoSerializationVerificationNeeded;

    public sealed record Done : INoSerializationVerificationNeeded
    {
        public static Done Instance { get; } = new();
    }

    /// <summary>Answers <see cref="Disconnect"/>: whether there was such a peer.</summary>
    public sealed record Disconnected(bool Existed) : INoSerializationVerificationNeeded;
}
