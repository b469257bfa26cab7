using System.Text;
using FloodActors.Core;
using FloodActors.Payloads;
using FloodActors.Wire;
using Xunit.Abstractions;

namespace FloodActors.Tests.Wire;

/// <summary>
/// Any bytes may come from a peer. Each decoder answers a value or its one exception, and allocates no more than the
/// bytes justify.
/// </summary>
public class PayloadFuzzTests(ITestOutputHelper output)
{
    private const int Inputs = 30_000;
    private const int MaxRandomLength = 64;

    /// <summary>
    /// An exception with its stack trace costs some; a decoded value costs at most this many times its bytes.
    /// </summary>
    private const int FreeAllocation = 128 * 1024;

    private const int AllocationPerByte = 100;

    private static readonly PayloadCodec Codec = new(new PayloadOptions(
        ContentHash.XxHash128, 1 << 20, 64, [
            typeof(Order), typeof(Line), typeof(Mutable), typeof(Coordinate), typeof(Circle), typeof(Drawing),
            typeof(Chain), typeof(Holder)]));

    private static readonly byte[][] JsonSamples =
    [
        .. new[]
        {
            """{"a":[1,2.5,-0.001,1e21],"b":{"c":null,"d":true},"e":"text \"quoted\" \u001f é 😂"}""",
            "[[[[]]],{},[{}]]", "-123456789.5e-7", "\"a string\\u0041\"",
            """{"z":1,"y":{"x":2,"w":[]},"\u20ac":3}""", "9007199254740993", "[\"\\ud83d\\ude00\"]",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] ObjectSamples =
    [
        .. new object[]
        {
            Samples.Order(), Samples.Mutable(), new Drawing([new Circle(1)], new Holder("x")),
            new Chain(1, new Chain(2, null)), new Line("tea", 1, 2m),
        }.Select(value => Codec.TryEncode(FloodPayload.Object(value), out var encoded, out var why)
            ? encoded.Body.ToArray()
            : throw new InvalidOperationException(why.Message)),
    ];

    [Fact]
    public void Canonicalising_any_bytes_gives_a_canonical_form_or_an_error()
        => Fuzz(JsonSamples, bytes =>
        {
            var good = CanonicalJson.TryCanonicalize(bytes, 64, out var body, out var isText, out var error);
            Assert.Equal(good, error is null);
            if (good && !isText)
                Assert.True(CanonicalJson.IsCanonical(body, 64, out _));
            return good;
        });

    [Fact]
    public void Decoding_any_bytes_as_JSON_gives_a_value_or_the_one_exception()
        => Fuzz(JsonSamples, bytes => Decodes(() => Codec.DecodeJson(bytes).ValueKind));

    [Fact]
    public void Decoding_any_bytes_as_text_gives_a_string_or_the_one_exception()
        => Fuzz(JsonSamples, bytes => Decodes(() => Codec.DecodeText(bytes)));

    [Fact]
    public void Decoding_any_bytes_as_an_object_gives_a_listed_type_or_the_one_exception()
        => Fuzz(ObjectSamples, bytes => Decodes(() => Codec.DecodeObject(bytes)));

    private static bool Decodes<T>(Func<T> decode)
    {
        try
        {
            Assert.NotNull(decode());
            return true;
        }
        catch (UndecodablePayloadException exception)
        {
            Assert.InRange(exception.Message.Length, 1, 10_000);
            return false;
        }
    }

    private void Fuzz(byte[][] samples, Func<byte[], bool> decode)
    {
        var random = new RandomInput(output);
        var good = 0;
        var most = 0L;
        foreach (var sample in samples)
            decode(sample);
        for (var i = 0; i < Inputs; i++)
        {
            var bytes = i % 4 == 0 ? random.Bytes(MaxRandomLength) : random.Mutated(samples);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                good += decode(bytes) ? 1 : 0;
            }
            catch (Exception exception)
            {
                Assert.Fail($"Input {i}, {Convert.ToHexString(bytes)}: {exception}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            most = Math.Max(most, allocated);
            Assert.True(
                allocated <= FreeAllocation + (AllocationPerByte * (long)bytes.Length),
                $"Input {i}, {Convert.ToHexString(bytes)}: {allocated} bytes allocated");
        }

        output.WriteLine($"{Inputs} inputs, {good} decoded, at most {most} bytes allocated for one.");
    }
}
