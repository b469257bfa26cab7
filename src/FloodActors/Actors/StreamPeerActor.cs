using Akka.Actor;
using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Actors;

/// <summary>From a stream's link: the peer sent what cannot be taken, or is not given what cannot be sent.</summary>
internal sealed record StreamFault(MessageId Message, bool WasIncoming, string Reason) : INoSerializationVerificationNeeded;

/// <summary>
/// The link to a peer that is a stream of values: the counterpart of <see cref="PeerActor"/>, a child of the flood's actor that says the
/// same to it. Its other side is the <i>endpoint</i>, an actor of this system that owns the stream and speaks the messages of
/// <see cref="StreamPeer"/>. Payloads are encoded here, off the flood's thread.
/// </summary>
internal sealed class StreamPeerActor(IActorRef endpoint, PayloadCodec codec, int maxMessageSize) : UntypedActor
{
    private readonly LinkAsk _ask = new();
    private readonly SpareBatches _spare = new();
    private bool _asked;

    public static Props Props(IActorRef endpoint, PayloadCodec codec, int maxMessageSize) =>
        Akka.Actor.Props.Create(() => new StreamPeerActor(endpoint, codec, maxMessageSize)).WithDeploy(Deploy.Local);

    // An actor of this system: the facade refuses others.
    protected override void PreStart() => Context.Watch(endpoint);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case OpenLink: endpoint.Tell(StreamPeerOpened.Instance, Self); break;
            case StreamPeerRequest request: OnRequest(request); break;
            case LinkAsk answer: OnAnswer(answer); break;
            case StreamPeerOffer offer: OnOffer(offer); break;
            case ReceivedBatch taken: OnTaken(taken); break;
            case StreamPeerNotSent notSent: Context.Parent.Tell(new StreamFault(notSent.Message.Id, WasIncoming: false, notSent.Reason)); break;
            case StreamPeerEnd end: End(end.Cause, end.Reason); break;
            case CloseLink close:
                endpoint.Tell(new StreamPeerEnded(close.Cause, close.Reason), Self);
                End(close.Cause, close.Reason);
                break;
            case Terminated: End(LinkEnd.Failure, "the stream was stopped without completing"); break;
            default: Unhandled(message); break;
        }
    }

    private void OnRequest(StreamPeerRequest request)
    {
        if (_asked || request.Bytes <= 0)
        {
            Break(LinkEnd.ProtocolError, _asked ? "the endpoint asked twice" : $"the endpoint asked for {request.Bytes} bytes");
            return;
        }
        _asked = true;
        _ask.Records.Clear();
        (_ask.Room, _ask.Acked) = (request.Bytes, _ask.UpTo);
        Context.Parent.Tell(_ask);
    }

    private void OnAnswer(LinkAsk answer)
    {
        _asked = false;
        var messages = new FloodMessage[answer.Records.Count];
        // Only messages: haves and wants are for those who can read them.
        for (var i = 0; i < messages.Length; i++) messages[i] = answer.Records[i].Message!;
        endpoint.Tell(new StreamPeerSend(messages), Self);
    }

    private void OnOffer(StreamPeerOffer offer)
    {
        var batch = _spare.Take();
        foreach (var payload in offer.Payloads)
        {
            if (codec.TryEncode(payload, out var encoded, out var why))
            {
                batch.Add(new LinkEntry(RecordType.Message, codec.ContentId(encoded.Kind, encoded.Body.Span), encoded.Kind, Hops: 1, encoded.Body) { OwnsBody = true });
                continue;
            }
            if (why.Reason == RejectReason.TooLarge)
            {
                if (batch.Count > 0) Context.Parent.Tell(batch);
                Break(LinkEnd.MessageTooLarge, $"sent a message that exceeds flood.max-message-size ({maxMessageSize}): {why.Message}");
                return;
            }
            Context.Parent.Tell(new StreamFault(default, WasIncoming: true, why.Message));
        }
        Context.Parent.Tell(batch);
    }

    private void OnTaken(ReceivedBatch batch)
    {
        _spare.Return(batch);
        endpoint.Tell(StreamPeerTaken.Instance, Self);
    }

    private void Break(LinkEnd cause, string reason)
    {
        endpoint.Tell(new StreamPeerEnded(cause, reason), Self);
        End(cause, reason);
    }

    private void End(LinkEnd cause, string reason)
    {
        Context.Parent.Tell(new LinkEnded(cause, reason));
        Context.Stop(Self);
    }
}
