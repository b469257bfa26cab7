using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Stage;

namespace FloodActors.Streams.Json;

/// <summary>
/// Turns JSON values into bytes, each followed by a blank line. While the bytes wait for the socket, further values
/// join them, up to <see cref="Gathered"/>: a burst of small values becomes a few large writes, and a single value is
/// written at once.
/// </summary>
/// <remarks>
/// Only ASCII is written, everything else as escapes: npm's <c>pull-json-doubleline</c> decodes each chunk of bytes
/// separately, and a character that the network cut in two would arrive there as two wrong ones.
/// </remarks>
internal sealed class JsonEncoderStage : GraphStage<FlowShape<JsonElement, ByteString>>
{
    private const int Gathered = 64 << 10;

    private readonly Inlet<JsonElement> _in = new("JsonEncoder.in");
    private readonly Outlet<ByteString> _out = new("JsonEncoder.out");

    public override FlowShape<JsonElement, ByteString> Shape => new(_in, _out);

    protected override Attributes InitialAttributes { get; } = Attributes.CreateName("jsonEncoder");

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly JsonEncoderStage _stage;
        private readonly ArrayBufferWriter<byte> _ascii = new(256);
        private readonly ArrayBufferWriter<byte> _utf8 = new(256);
        private readonly Utf8JsonWriter _writer;

        public Logic(JsonEncoderStage stage)
            : base(stage.Shape)
        {
            _stage = stage;
            _writer = new Utf8JsonWriter(
                _utf8, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void PreStart() => Pull(_stage._in);

        public override void PostStop() => _writer.Dispose();

        public override void OnPush()
        {
            _utf8.ResetWrittenCount();
            _writer.Reset();
            Grab(_stage._in).WriteTo(_writer);
            _writer.Flush();
            WriteAscii(_utf8.WrittenSpan, _ascii);
            _ascii.Write("\n\n"u8);
            if (IsAvailable(_stage._out)) Flush();
            if (_ascii.WrittenCount < Gathered) Pull(_stage._in);
        }

        public override void OnPull()
        {
            if (_ascii.WrittenCount > 0) Flush();
            if (IsClosed(_stage._in)) CompleteStage();
            else if (!HasBeenPulled(_stage._in)) Pull(_stage._in);
        }

        public override void OnUpstreamFinish()
        {
            if (_ascii.WrittenCount == 0) CompleteStage();
        }

        private void Flush()
        {
            Push(_stage._out, ByteString.FromBytes(_ascii.WrittenSpan.ToArray()));
            _ascii.ResetWrittenCount();
        }
    }

    internal static void WriteAscii(ReadOnlySpan<byte> utf8, IBufferWriter<byte> to)
    {
        Span<char> units = stackalloc char[2];
        while (!utf8.IsEmpty)
        {
            var plain = utf8.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            if (plain < 0)
            {
                to.Write(utf8);
                return;
            }
            to.Write(utf8[..plain]);
            Rune.DecodeFromUtf8(utf8[plain..], out var rune, out var used);
            utf8 = utf8[(plain + used)..];
            foreach (var unit in units[..rune.EncodeToUtf16(units)])
            {
                var escape = to.GetSpan(6);
                "\\u"u8.CopyTo(escape);
                for (var i = 0; i < 4; i++) escape[2 + i] = "0123456789abcdef"u8[(unit >> (12 - (4 * i))) & 0xF];
                to.Advance(6);
            }
        }
    }
}
