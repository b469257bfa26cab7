using Akka.Actor;

namespace FloodActors;

/// <summary>
/// To the endpoint: the peer is connected. The sender is the actor that the endpoint talks to from here on.
/// </summary>
public sealed record StreamPeerOpened : INoSerializationVerificationNeeded
{
    internal static StreamPeerOpened Instance { get; } = new();
}

/// <summary>
/// From the endpoint: everything sent before has been taken; more is wanted. Answered by one
/// <see cref="StreamPeerSend"/> as soon as there is something to send, and not to be repeated before that.
/// </summary>
/// <param name="Bytes">About how much. At least one message comes, however large.</param>
public sealed record StreamPeerRequest(int Bytes) : INoSerializationVerificationNeeded;

/// <summary>To the endpoint: messages for the peer, in order, at least one.</summary>
public sealed record StreamPeerSend(IReadOnlyList<FloodMessage> Messages) : INoSerializationVerificationNeeded;

/// <summary>
/// From the endpoint: values from the peer, in order. Answered by <see cref="StreamPeerTaken"/>; an endpoint that
/// offers the next only then cannot be the cause of a growing mailbox.
/// </summary>
public sealed record StreamPeerOffer(IReadOnlyList<FloodPayload> Payloads) : INoSerializationVerificationNeeded;

/// <summary>
/// To the endpoint: the oldest offer is in the log. What of it could not be taken has been reported as
/// <see cref="MessageRefused"/>.
/// </summary>
public sealed record StreamPeerTaken : INoSerializationVerificationNeeded
{
    internal static StreamPeerTaken Instance { get; } = new();
}

/// <summary>
/// From the endpoint: a message that was sent to it cannot be given to the peer. It is counted and reported.
/// </summary>
public sealed record StreamPeerNotSent(FloodMessage Message, string Reason) : INoSerializationVerificationNeeded;

/// <summary>From the endpoint: the peer is gone.</summary>
public sealed record StreamPeerEnd(LinkEnd Cause, string Reason) : INoSerializationVerificationNeeded;

/// <summary>To the endpoint: the peer was refused, or disconnected by this node. Nothing follows.</summary>
public sealed record StreamPeerEnded(LinkEnd Cause, string Reason) : INoSerializationVerificationNeeded;
