using System.Text.Json;
using System.Text.Unicode;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Stage;

namespace FloodActors.Streams.Json;

/// <summary>
/// Turns bytes into JSON values, one for each pull. The stage fails when a value does not end in time, or when its
/// memory is needed for others.
/// </summary>
internal sealed class JsonDecoderStage(JsonLimits limits) : GraphStage<FlowShape<ByteString, JsonElement>>
{
    private readonly Inlet<ByteString> _in = new("JsonDecoder.in");
    private readonly Outlet<JsonElement> _out = new("JsonDecoder.out");

    public override FlowShape<ByteString, JsonElement> Shape => new(_in, _out);

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("jsonDecoder");

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, limits);

    private sealed class Logic : TimerGraphStageLogic, IInHandler, IOutHandler
    {
        private const string Deadline = nameof(Deadline);

        private readonly JsonDecoderStage _stage;
        private readonly TimeSpan _timeout;
        private readonly ValueMemory? _memory;
        private readonly JsonValueScanner _scanner;
        private readonly JsonDocumentOptions _options;
        private ReadOnlyMemory<byte> _chunk;

        public Logic(JsonDecoderStage stage, JsonLimits limits)
            : base(stage.Shape)
        {
            _stage = stage;
            _timeout = limits.ValueTimeout;
            _memory = limits.Memory?.Invoke();
            _scanner = new JsonValueScanner(limits.MaxBytes, limits.MaxDepth, _memory);
            _options = new JsonDocumentOptions { MaxDepth = limits.MaxDepth };
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            if (_memory is not null) _memory.Evict = GetAsyncCallback(() => FailStage(_memory.TooSlow()));
        }

        public override void PostStop()
        {
            // The other stages of the stream may outlive this one and keep this object alive.
            _scanner.Drop();
            _chunk = default;
        }

        public void OnPush()
        {
            _chunk = Grab(_stage._in).ToArray();
            ReadOn();
        }

        public void OnPull()
        {
            // After a large value, the next is pulled only when the flood has the large one.
            _scanner.Release();
            ReadOn();
        }

        public void OnUpstreamFinish()
        {
            if (_chunk.IsEmpty) End();
        }

        public void OnUpstreamFailure(Exception e) => FailStage(e);

        public void OnDownstreamFinish(Exception cause) => CancelStage(cause);

        protected override void OnTimer(object timerKey) => FailStage(new FloodStreamException(
            "",
            LinkEnd.Timeout,
            _scanner.IsWhole
                ? $"a value was not followed by a blank line within {_timeout.TotalSeconds} s "
                    + "(flood-streams.json.value-timeout): write two line feeds after each value"
                : $"a value was not complete within {_timeout.TotalSeconds} s (flood-streams.json.value-timeout)"));

        private void ReadOn()
        {
            try
            {
                var rest = _chunk.Span;
                if (_scanner.Read(ref rest))
                {
                    CancelTimer(Deadline);
                    _chunk = _chunk[^rest.Length..];
                    Push(_stage._out, Value());
                    return;
                }
                _chunk = default;
            }
            catch (FloodStreamException e)
            {
                FailStage(e);
                return;
            }
            if (IsClosed(_stage._in))
            {
                End();
                return;
            }
            // The deadline runs only while this stage waits for the peer: a delay in the flood is not the peer's fault.
            if (_scanner.IsWithin && !IsTimerActive(Deadline)) ScheduleOnce(Deadline, _timeout);
            Pull(_stage._in);
        }

        /// <summary>
        /// The other side has ended. A value without its blank line counts if nothing else can be missing.
        /// </summary>
        private void End()
        {
            try
            {
                if (_scanner.IsWhole)
                {
                    Emit(_stage._out, Value(), CompleteStage);
                    return;
                }
            }
            catch (FloodStreamException e)
            {
                FailStage(e);
                return;
            }
            if (_scanner.IsWithin)
                FailStage(new FloodStreamException(
                    "", LinkEnd.ProtocolError, "the other side ended in the middle of a value"));
            else CompleteStage();
        }

        private JsonElement Value()
        {
            var utf8 = _scanner.Value;
            try
            {
                if (!Utf8.IsValid(utf8))
                    throw new FloodStreamException("", LinkEnd.ProtocolError, "a value is not valid UTF-8");
                return JsonElement.Parse(utf8, _options);
            }
            catch (JsonException e)
            {
                throw new FloodStreamException("", LinkEnd.ProtocolError, $"a value is not JSON: {e.Message}", e);
            }
            finally
            {
                _scanner.Clear();
            }
        }
    }
}
