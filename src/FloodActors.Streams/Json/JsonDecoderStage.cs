using System.Text.Json;
using System.Text.Unicode;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Stage;

namespace FloodActors.Streams.Json;

/// <summary>Bytes into JSON values, one for each pull.</summary>
internal sealed class JsonDecoderStage(int maxBytes, int maxDepth) : GraphStage<FlowShape<ByteString, JsonElement>>
{
    private readonly Inlet<ByteString> _in = new("JsonDecoder.in");
    private readonly Outlet<JsonElement> _out = new("JsonDecoder.out");

    public override FlowShape<ByteString, JsonElement> Shape => new(_in, _out);

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("jsonDecoder");

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this, maxBytes, maxDepth);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly JsonDecoderStage _stage;
        private readonly JsonValueScanner _scanner;
        private readonly JsonDocumentOptions _options;
        private ReadOnlyMemory<byte> _chunk;

        public Logic(JsonDecoderStage stage, int maxBytes, int maxDepth)
            : base(stage.Shape)
        {
            _stage = stage;
            _scanner = new JsonValueScanner(maxBytes, maxDepth);
            _options = new JsonDocumentOptions { MaxDepth = maxDepth };
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void OnPush()
        {
            _chunk = Grab(_stage._in).ToArray();
            ReadOn();
        }

        public override void OnPull() => ReadOn();

        public override void OnUpstreamFinish()
        {
            if (_chunk.IsEmpty) End();
        }

        private void ReadOn()
        {
            try
            {
                var rest = _chunk.Span;
                if (_scanner.Read(ref rest))
                {
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
            if (IsClosed(_stage._in)) End();
            else Pull(_stage._in);
        }

        /// <summary>The other side is through. A value whose blank line is missing counts if nothing can be missing from it but that.</summary>
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
            if (_scanner.IsWithin) FailStage(new FloodStreamException("", LinkEnd.ProtocolError, "the other side ended in the middle of a value"));
            else CompleteStage();
        }

        private JsonElement Value()
        {
            var utf8 = _scanner.Value;
            try
            {
                if (!Utf8.IsValid(utf8)) throw new FloodStreamException("", LinkEnd.ProtocolError, "a value is not valid UTF-8");
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
