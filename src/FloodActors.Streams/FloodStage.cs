using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Stage;

namespace FloodActors.Streams;

/// <summary>The endpoint of a peer that is a stream: turns demand into requests, and values into offers.</summary>
internal sealed class FloodStage<TIn, TOut>(
    Flood flood, StreamPeer peer, FloodStreamOptions options, StreamCodec<TIn, TOut> codec)
    : GraphStageWithMaterializedValue<FlowShape<TIn, TOut>, FloodStream>
{
    /// <summary>
    /// The most values gathered while the flood takes the last batch. Small values cost more than their size.
    /// </summary>
    private const int MaxGathered = 1024;

    private readonly Inlet<TIn> _in = new("Flood.in");
    private readonly Outlet<TOut> _out = new("Flood.out");

    public override FlowShape<TIn, TOut> Shape => new(_in, _out);

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("flood");

    public override ILogicAndMaterializedValue<FloodStream> CreateLogicAndMaterializedValue(
        Attributes inheritedAttributes)
    {
        var stream = new FloodStream(peer.Id);
        return new LogicAndMaterializedValue<FloodStream>(new Logic(this, flood, peer, options, codec, stream), stream);
    }

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly FloodStage<TIn, TOut> _stage;
        private readonly Flood _flood;
        private readonly StreamPeer _peer;
        private readonly FloodStreamOptions _options;
        private readonly StreamCodec<TIn, TOut> _codec;
        private readonly FloodStream _stream;
        private readonly StreamPeerRequest _request;
        private IActorRef? _link;
        private IReadOnlyList<FloodMessage> _messages = [];
        private int _next;
        private bool _requested;
        private List<FloodPayload> _gathered = [];
        private long _gatheredBytes;
        private long _offeredBytes;
        private bool _offered;

        public Logic(
            FloodStage<TIn, TOut> stage, Flood flood, StreamPeer peer, FloodStreamOptions options,
            StreamCodec<TIn, TOut> codec, FloodStream stream)
            : base(stage.Shape)
        {
            (_stage, _flood, _peer, _options, _codec, _stream) = (stage, flood, peer, options, codec, stream);
            _request = new StreamPeerRequest(options.Batch);
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            SetKeepGoing(true);
            GetStageActor(OnMessage).Watch(_flood.Actor);
            if (_options.After is not { } ready)
            {
                _flood.OpenStreamPeer(_peer, StageActor.Ref);
                return;
            }
            var open = GetAsyncCallback<Task>(task =>
            {
                // When it fails, its stream fails as well and says why.
                if (task.IsCompletedSuccessfully) _flood.OpenStreamPeer(_peer, StageActor.Ref);
            });
            ready.ContinueWith(open, TaskScheduler.Default);
        }

        public override void PostStop() => Part(LinkEnd.Failure, "the stream was stopped without completing");

        public override void OnPush()
        {
            var value = Grab(_stage._in);
            try
            {
                _gathered.Add(_codec.Decode(value));
            }
            catch (Exception e)
            {
                OnUpstreamFailure(new FloodStreamException(
                    _peer.Id, LinkEnd.Failure, $"a value could not be turned into a message: {e.Message}", e));
                return;
            }
            // When sizes are not known, one value is gathered at a time.
            _gatheredBytes += _codec.SizeOf(value) ?? _options.Batch;
            if (!_offered) Offer();
            PullMore();
        }

        public override void OnPull() => Emit();

        public override void OnUpstreamFinish()
        {
            if (!_offered) Finish();
        }

        public override void OnUpstreamFailure(Exception e)
        {
            // The values that came before the failure are complete.
            if (_link is not null && _gathered.Count > 0) Offer();
            var failure = e as FloodStreamException;
            Part(failure?.Cause ?? LinkEnd.Failure, failure?.Reason ?? Innermost(e).Message);
            FailStage(e);
        }

        public override void OnDownstreamFinish(Exception cause)
        {
            if (_link is not null && _gathered.Count > 0) Offer();
            if (cause is SubscriptionWithCancelException.NonFailureCancellation)
            {
                Part(LinkEnd.Completed, "the stream's other side stopped reading");
                CompleteStage();
                return;
            }
            Part(LinkEnd.Failure, Innermost(cause).Message);
            FailStage(cause);
        }

        private void OnMessage((IActorRef Sender, object Message) args)
        {
            switch (args.Message)
            {
                case StreamPeerOpened:
                    _link = args.Sender;
                    StageActor.Watch(_link);
                    _stream.OnConnected();
                    Emit();
                    if (IsClosed(_stage._in)) OnUpstreamFinish();
                    else PullMore();
                    break;
                case StreamPeerSend send:
                    (_messages, _next, _requested) = (send.Messages, 0, false);
                    Emit();
                    break;
                case StreamPeerTaken:
                    _offered = false;
                    if (_gathered.Count > 0) Offer();
                    if (!IsClosed(_stage._in)) PullMore();
                    else if (!_offered) Finish();
                    break;
                case StreamPeerEnded ended:
                    OnEnded(ended.Cause, ended.Reason);
                    break;
                case Terminated:
                    OnEnded(LinkEnd.Failure, "the flood has stopped");
                    break;
            }
        }

        private void PullMore()
        {
            if (_link is null || HasBeenPulled(_stage._in) || IsClosed(_stage._in)) return;
            // A large value must be in the log before the next is requested: its memory counts until then.
            if (_offered && _offeredBytes >= 2L * _options.Batch) return;
            if (_gathered.Count < MaxGathered && _gatheredBytes < _options.Batch) Pull(_stage._in);
        }

        private void Offer()
        {
            _link!.Tell(new StreamPeerOffer(_gathered), StageActor.Ref);
            (_gathered, _offeredBytes, _gatheredBytes, _offered) = ([], _gatheredBytes, 0, true);
        }

        /// <summary>
        /// Gives the stream the next message for which it has demand; requests more when the demand exceeds what is
        /// there.
        /// </summary>
        private void Emit()
        {
            while (_link is { } link && IsAvailable(_stage._out))
            {
                if (_next == _messages.Count)
                {
                    if (_requested) return;
                    _requested = true;
                    _messages = [];
                    _next = 0;
                    link.Tell(_request, StageActor.Ref);
                    return;
                }
                var message = _messages[_next++];
                try
                {
                    Push(_stage._out, _codec.Encode(message));
                }
                catch (Exception e) when (e is UnsuitableMessageException or UndecodablePayloadException)
                {
                    link.Tell(new StreamPeerNotSent(message, e.Message), StageActor.Ref);
                }
            }
        }

        private void Finish()
        {
            if (_link is null) return;
            Part(LinkEnd.Completed, "the stream's other side completed");
            CompleteStage();
        }

        /// <summary>
        /// The flood ended the link. A stream that is not reading must be failed: otherwise it would stay open for
        /// ever.
        /// </summary>
        private void OnEnded(LinkEnd cause, string reason)
        {
            _link = null;
            _stream.OnEnded(cause, reason);
            if (cause is LinkEnd.Disconnected or LinkEnd.Leaving && IsAvailable(_stage._out)) CompleteStage();
            else FailStage(new FloodStreamException(_peer.Id, cause, reason));
        }

        private void Part(LinkEnd cause, string reason)
        {
            _stream.OnEnded(cause, reason);
            _link?.Tell(new StreamPeerEnd(cause, reason), StageActor.Ref);
            _link = null;
        }

        private static Exception Innermost(Exception e) =>
            e is AggregateException { InnerException: { } inner } ? Innermost(inner) : e;
    }
}
