using System.Text;
using System.Text.Json;
using FloodActors.Streams.Json;

namespace FloodActors.Streams.Tests.Json;

public sealed class JsonValueScannerTests
{
    private const string Printed = "{\n  \"a\": 1,\n  \"b\\n\\n\": [\n    null,\n    \"\u00e9\u4e2d\U0001D11E \\\" "
        + "\\\\ \\/ \\ud834\\udd1e \\u0041\\u0000\"\n  ]\n}\n\n\"\"\n\nnull\n\n\n\n\n\n-1.5e-7\n\n\"a\\n\\nb\"\n\n";

    private static readonly string[] Values = [
        "{\"a\":1,\"b\\n\\n\":[null,\"\u00e9\u4e2d\U0001D11E \\\" \\\\ / \U0001D11E A\\u0000\"]}", "\"\"", "null",
        "-1.5e-7", "\"a\\n\\nb\""];

    [Fact]
    public void Chunks_of_any_size_give_the_same_values()
    {
        var bytes = Encoding.UTF8.GetBytes(Printed);
        for (var size = 1; size <= bytes.Length; size++) Assert.Equal(Values, Scan(bytes.Chunk(size)));
    }

    [Fact]
    public void A_cut_at_any_byte_gives_the_same_values()
    {
        var bytes = Encoding.UTF8.GetBytes(Printed);
        for (var cut = 0; cut <= bytes.Length; cut++) Assert.Equal(Values, Scan([bytes[..cut], bytes[cut..]]));
    }

    [Fact]
    public void Carriage_returns_are_white_space() =>
        Assert.Equal(["1", "[2]"], Scan([Encoding.UTF8.GetBytes("1\r\n\r\n[\r\n2\r\n]\r\n\r\n")]));

    [Theory]
    [InlineData("[1 2]\n\n", "[1 2]")]
    [InlineData("\"\\ud800\"\n\n", "\"\\ud800\"")]
    [InlineData("\"\\ud800\\ud800x\\udc00\"\n\n", "\"\\ud800\\ud800x\\udc00\"")]
    public void What_is_no_value_is_not_made_into_one(string bytes, string value) =>
        Assert.Equal([value], Scan([Encoding.UTF8.GetBytes(bytes)]));

    [Theory]
    [InlineData("1 2")]
    [InlineData("1\n2")]
    [InlineData("tr ue")]
    [InlineData("\"a\" \"b\"")]
    [InlineData("\"a\"\"b\"")]
    [InlineData("{}{}")]
    [InlineData("{\"a\":1}\n{\"b\":2}\n")]
    [InlineData("[1]\r\n[2]\r\n")]
    [InlineData("null\nnull")]
    [InlineData("[],")]
    public void Values_that_no_blank_line_parts_end_the_stream_at_once_and_it_is_said_what_is_expected(string bytes) =>
        Assert.Contains(
            "write two line feeds after each value",
            Assert.Throws<FloodStreamException>(() => Scan([Encoding.UTF8.GetBytes(bytes)])).Message);

    [Theory]
    [InlineData("{\n\n}")]
    [InlineData("[1,\n\n2]")]
    [InlineData("\"a\nb\"")]
    [InlineData("\"a\tb\"")]
    [InlineData("]")]
    [InlineData("GET /")]
    [InlineData("\0")]
    [InlineData("\ufeff1")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\u12g4\"")]
    public void What_cannot_become_JSON_ends_the_stream_at_once(string bytes) =>
        Assert.Equal(
            LinkEnd.ProtocolError,
            Assert.Throws<FloodStreamException>(() => Scan([Encoding.UTF8.GetBytes(bytes)])).Cause);

    [Fact]
    public void The_size_limit_counts_the_value_and_not_how_it_is_printed()
    {
        var text = new string('\u00e9', 500);
        var escaped = $"\n[\n{new string(' ', 5000)}\"{string.Concat(text.Select(_ => "\\u00e9"))}\"\n]\n\n";
        Assert.Equal([$"[\"{text}\"]"], Scan([Encoding.UTF8.GetBytes(escaped)], maxBytes: 1004));
        Assert.Equal(
            LinkEnd.MessageTooLarge,
            Assert.Throws<FloodStreamException>(() => Scan([Encoding.UTF8.GetBytes(escaped)], maxBytes: 1003)).Cause);
    }

    [Theory]
    [InlineData((byte)'x')]
    [InlineData((byte)'7')]
    [InlineData((byte)'[')]
    [InlineData((byte)'\\')]
    public void A_value_without_an_end_costs_no_more_than_the_limits(byte filling)
    {
        var chunk = new byte[64 << 10];
        Array.Fill(chunk, filling);
        var scanner = new JsonValueScanner(1 << 20, 64);
        ReadOnlySpan<byte> quote = filling is (byte)'x' or (byte)'\\' ? "\""u8 : [];
        scanner.Read(ref quote);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = 0L;
        Assert.Throws<FloodStreamException>(() =>
        {
            for (; read < 1L << 30; read += chunk.Length)
            {
                ReadOnlySpan<byte> input = chunk;
                scanner.Read(ref input);
            }
        });
        Assert.InRange(read, 0, 2 << 20);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void Depth_is_limited_while_it_comes()
    {
        Assert.Single(Scan([Encoding.UTF8.GetBytes($"{new string('[', 64)}{new string(']', 64)}\n\n")]));
        Assert.Contains(
            "deeper than 64",
            Assert.Throws<FloodStreamException>(() => Scan([Encoding.UTF8.GetBytes(new string('[', 65))])).Message);
    }

    [Theory]
    [InlineData("{\"a\":1}", true)]
    [InlineData("\"a\"", true)]
    [InlineData("[1,2]", true)]
    [InlineData("null", true)]
    [InlineData("true", true)]
    [InlineData("12", false)]
    [InlineData("[1,2", false)]
    [InlineData("\"a", false)]
    [InlineData("\"a]", false)]
    [InlineData("\"null", false)]
    public void A_value_whose_blank_line_is_missing_is_whole_if_nothing_could_follow(string bytes, bool whole)
    {
        var scanner = new JsonValueScanner(1000, 64);
        ReadOnlySpan<byte> input = Encoding.UTF8.GetBytes(bytes);
        Assert.False(scanner.Read(ref input));
        Assert.True(scanner.IsWithin);
        Assert.Equal(whole, scanner.IsWhole);
    }

    [Fact]
    public void What_is_printed_is_ASCII_and_reads_back_as_the_same_value()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => RandomRune(random).ToString()));
            var to = new System.Buffers.ArrayBufferWriter<byte>();
            var json = JsonEncodedText.Encode(
                text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
            JsonEncoderStage.WriteAscii(Encoding.UTF8.GetBytes($"\"{json}\""), to);
            Assert.True(Ascii.IsValid(to.WrittenSpan));
            Assert.Equal(text, JsonElement.Parse(to.WrittenSpan).GetString());
        }
    }

    private static Rune RandomRune(Random random)
    {
        while (true)
        {
            var value = random.Next(4) switch
            {
                0 => random.Next(0x80),
                1 => random.Next(0x800),
                2 => random.Next(0x10000),
                _ => random.Next(0x110000),
            };
            if (Rune.IsValid(value)) return new Rune(value);
        }
    }

    private static List<string> Scan(IEnumerable<byte[]> chunks, int maxBytes = 1 << 20)
    {
        var values = new List<string>();
        var scanner = new JsonValueScanner(maxBytes, 64);
        foreach (var chunk in chunks)
        {
            ReadOnlySpan<byte> input = chunk;
            while (scanner.Read(ref input))
            {
                values.Add(Encoding.UTF8.GetString(scanner.Value));
                scanner.Clear();
            }
        }
        return values;
    }
}
