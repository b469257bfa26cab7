using Akka.Actor;
using FloodActors.Links;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Actors;

/// <summary>
/// The link to a peer that is a stream of values: the counterpart of <see cref="PeerActor"/>, a child of the flood's
/// actor that sends it the same messages. Its other side is the <i>endpoint</i>, an actor of this system that owns
/// the stream and uses the messages of <see cref="StreamPeer"/>. Payloads are encoded here, off the flood's thread.
/// </summary>
internal sealed class StreamPeerActor(IActorRef endpoint, PayloadCodec codec, Origin origin, int maxMessageSize)
    : UntypedActor
{
    private readonly LocalDemand _demand = new();
    private readonly SpareBatches _spare = new(() => new LocalBatch());
    private bool _asked;

    /// <param name="endpoint">The actor that owns the stream.</param>
    /// <param name="codec">Encodes what comes.</param>
    /// <param name="origin">The origin of what comes.</param>
    /// <param name="maxMessageSize">Bytes of the largest message.</param>
    public static Props Props(IActorRef endpoint, PayloadCodec codec, Origin origin, int maxMessageSize) =>
        Akka.Actor.Props.Create(() => new StreamPeerActor(endpoint, codec, origin, maxMessageSize))
            .WithDeploy(Deploy.Local);

    // A local actor: the facade refuses others.
    protected override void PreStart() => Context.Watch(endpoint);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case OpenLink: endpoint.Tell(StreamPeerOpened.Instance, Self); break;
            case StreamPeerRequest request: OnRequest(request); break;
            case LocalDemand answer: OnAnswer(answer); break;
            case StreamPeerOffer offer: OnOffer(offer); break;
            case LocalBatch taken: OnTaken(taken); break;
            case StreamPeerNotSent notSent:
                Context.Parent.Tell(new StreamFault(notSent.Message.Id, WasIncoming: false, notSent.Reason));
                break;
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
            Break(
                LinkEnd.ProtocolError,
                _asked ? "the endpoint asked twice" : $"the endpoint asked for {request.Bytes} bytes");
            return;
        }
        _asked = true;
        _demand.Records.Clear();
        (_demand.Room, _demand.Acked) = (request.Bytes, _demand.UpTo);
        Context.Parent.Tell(_demand);
    }

    private void OnAnswer(LocalDemand answer)
    {
        _asked = false;
        var messages = new FloodMessage[answer.Records.Count];
        // Only messages: a stream cannot read ids and wants.
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
                var id = codec.ContentId(encoded.Kind, encoded.Body.Span);
                batch.Add(new LinkEntry(RecordType.Message, id, encoded.Kind, Hops: 1, encoded.Body)
                {
                    OwnsBody = true,
                    Author = origin,
                });
                continue;
            }
            if (why.Reason == RejectReason.TooLarge)
            {
                if (batch.Count > 0) Context.Parent.Tell(batch);
                Break(
                    LinkEnd.MessageTooLarge,
                    $"sent a message that exceeds flood.max-message-size ({maxMessageSize}): {why.Message}");
                return;
            }
            Context.Parent.Tell(new StreamFault(default, WasIncoming: true, why.Message));
        }
        Context.Parent.Tell(batch);
    }

    private void OnTaken(LocalBatch batch)
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
