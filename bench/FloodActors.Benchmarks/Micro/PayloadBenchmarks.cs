using System.Text.Json;
using BenchmarkDotNet.Attributes;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Benchmarks.Micro;

/// <summary>An object as users have them.</summary>
public sealed record Price(string Symbol, decimal Bid, decimal Ask, DateTime At, int[] Sizes);

/// <summary>
/// About a hundred bytes of each kind of payload, from value to bytes and back, as publisher and subscriber do it.
/// </summary>
public class PayloadBenchmarks
{
    private static readonly Price Object = new(
        "EURUSD", 1.0871m, 1.0873m, new DateTime(2024, 5, 1, 12, 0, 0, DateTimeKind.Utc), [100, 200, 300]);

    private readonly PayloadCodec _codec = new(new PayloadOptions(ContentHash.XxHash128, 4 << 20, 64, [typeof(Price)]));
    private Func<FloodPayload> _payload = null!;
    private Func<object> _decode = null!;

    [Params(PayloadKind.Bytes, PayloadKind.Text, PayloadKind.Json, PayloadKind.Object)]
    public PayloadKind Kind { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var text = new string('x', 100);
        var bytes = new byte[100];
        var json = JsonSerializer.SerializeToElement(Object);
        _payload = Kind switch
        {
            PayloadKind.Bytes => () => FloodPayload.Bytes(bytes),
            PayloadKind.Text => () => FloodPayload.Text(text),
            PayloadKind.Json => () => FloodPayload.Json(json),
            _ => () => FloodPayload.Object(Object),
        };
        var body = Encode();
        _decode = Kind switch
        {
            PayloadKind.Bytes => () => body,
            PayloadKind.Text => () => _codec.DecodeText(body.Span),
            PayloadKind.Json => () => _codec.DecodeJson(body),
            _ => () => _codec.DecodeObject(body),
        };
    }

    [Benchmark]
    public ReadOnlyMemory<byte> Encode() =>
        _codec.TryEncode(_payload(), out var encoded, out var why)
            ? encoded.Body
            : throw new InvalidOperationException(why.Message);

    [Benchmark]
    public object Decode() => _decode();
}

/// <summary>The id of a payload's content.</summary>
public class ContentHashBenchmarks
{
    private PayloadCodec _codec = null!;
    private byte[] _body = null!;

    [Params(ContentHash.XxHash128, ContentHash.Sha256)]
    public ContentHash Hash { get; set; }

    [Params(100, 1000, 10_000)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _codec = new PayloadCodec(new PayloadOptions(Hash, 4 << 20, 64, []));
        _body = new byte[Size];
        new Random(1).NextBytes(_body);
    }

    [Benchmark]
    public MessageId ContentId() => _codec.ContentId(PayloadKind.Bytes, _body);
}
