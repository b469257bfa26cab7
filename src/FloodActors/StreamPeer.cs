using Akka.Actor;

namespace FloodActors;

/// <summary>Kinds of payload, for those who take only some.</summary>
[Flags]
public enum PayloadKinds : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><see cref="PayloadKind.Text"/>.</summary>
    Text = 1 << PayloadKind.Text,

    /// <summary><see cref="PayloadKind.Json"/>.</summary>
    Json = 1 << PayloadKind.Json,

    /// <summary><see cref="PayloadKind.Bytes"/>.</summary>
    Bytes = 1 << PayloadKind.Bytes,

    /// <summary><see cref="PayloadKind.Object"/>.</summary>
    Object = 1 << PayloadKind.Object,

    /// <summary>Every kind.</summary>
    All = Text | Json | Bytes | Object,
}

/// <summary>
/// A peer that is not a flood of this library but a two-way stream of values: see <see cref="Flood.OpenStreamPeer"/>. Unlike a node it says
/// neither what it has nor when it took something, and brings no ids: messages are told apart by value.
/// </summary>
/// <param name="Id">The peer's id: mandatory, unique among the peers of the node.</param>
public sealed record StreamPeer(string Id)
{
    /// <summary>Where it is, for people.</summary>
    public string Address { get; init; } = "stream";

    /// <summary>Whether this node made the connection.</summary>
    public bool Dialled { get; init; }

    /// <summary>Whether it is sent what is in the log when it connects; otherwise only what comes later.</summary>
    public bool CatchUp { get; init; } = true;

    /// <summary>
    /// Whether a peer of this id is expected to come back: then what leaves the log while it is away is kept for <c>peer-grace</c>, within <c>max-lag</c>.
    /// Pointless, and therefore off, for ids that change with every connection.
    /// </summary>
    public bool Remember { get; init; }

    /// <summary>The kinds it can carry. Messages of other kinds are not sent to it: counted, and reported as <see cref="MessageNotSent"/>.</summary>
    public PayloadKinds Kinds { get; init; } = PayloadKinds.All;
}

/// <summary>To the endpoint: the peer is connected. The sender is the actor that the endpoint talks to from here on.</summary>
public sealed record StreamPeerOpened : INoSerializationVerificationNeeded
{
    internal static StreamPeerOpened Instance { get; } = new();
}

/// <summary>
/// From the endpoint: everything sent before has been taken; more is wanted. Answered by one <see cref="StreamPeerSend"/> as soon as there is
/// something to send, and not to be repeated before that.
/// </summary>
/// <param name="Bytes">About how much. At least one message comes, however large.</param>
public sealed record StreamPeerRequest(int Bytes) : INoSerializationVerificationNeeded;

/// <summary>To the endpoint: messages for the peer, in order, at least one.</summary>
public sealed record StreamPeerSend(IReadOnlyList<FloodMessage> Messages) : INoSerializationVerificationNeeded;

/// <summary>
/// From the endpoint: values from the peer, in order. Answered by <see cref="StreamPeerTaken"/>; an endpoint that offers the next only then
/// cannot be the cause of a growing mailbox.
/// </summary>
public sealed record StreamPeerOffer(IReadOnlyList<FloodPayload> Payloads) : INoSerializationVerificationNeeded;

/// <summary>To the endpoint: the oldest offer is in the log. What of it could not be taken has been reported as <see cref="MessageRefused"/>.</summary>
public sealed record StreamPeerTaken : INoSerializationVerificationNeeded
{
    internal static StreamPeerTaken Instance { get; } = new();
}

/// <summary>From the endpoint: a message that was sent to it cannot be given to the peer. It is counted and reported.</summary>
public sealed record StreamPeerNotSent(FloodMessage Message, string Reason) : INoSerializationVerificationNeeded;

/// <summary>From the endpoint: the peer is gone.</summary>
public sealed record StreamPeerEnd(LinkEnd Cause, string Reason) : INoSerializationVerificationNeeded;

/// <summary>To the endpoint: the peer was refused, or disconnected by this node. Nothing follows.</summary>
public sealed record StreamPeerEnded(LinkEnd Cause, string Reason) : INoSerializationVerificationNeeded;
