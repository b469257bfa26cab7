using BenchmarkDotNet.Attributes;
using FloodActors.Core;
using FloodActors.Peers;
using FloodActors.Wire;

namespace FloodActors.Benchmarks.Micro;

/// <summary>Full frames of 60,000 bytes, encoded and decoded; per message. Decoding computes content ids.</summary>
public class FrameBenchmarks
{
    private LinkRecord[] _records = null!;
    private RecordWriter _writer = null!;
    private byte[] _frame = null!;
    private ContentIdHash? _hash;

    /// <summary>Bytes of a message.</summary>
    [Params(100, 1000, 10_000)]
    public int Size { get; set; }

    /// <summary>How messages are named.</summary>
    [Params(MessageIdMode.Content, MessageIdMode.Sequence)]
    public MessageIdMode Ids { get; set; }

    // Of the smallest size, a frame holds this many; of larger ones the records are encoded into more frames.
    private const int Messages = 500;

    [GlobalSetup]
    public void Setup()
    {
        var codec = new PayloadCodec(new PayloadOptions(ContentHash.XxHash128, 4 << 20, 64, []));
        _hash = Ids == MessageIdMode.Content ? codec.ContentId : null;
        var random = new Random(1);
        _records = Enumerable.Range(0, Messages).Select(i =>
        {
            var body = new byte[Size];
            random.NextBytes(body);
            return new LinkRecord(new FloodMessage(new MessageId(7, (ulong)i), PayloadKind.Bytes, body, i, i, null, 0, null));
        }).ToArray();
        _writer = new RecordWriter(Ids == MessageIdMode.Sequence);
        _frame = EncodeAll(new RecordWriter(Ids == MessageIdMode.Sequence), 64 << 20).Bytes!;
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public object Encode() => EncodeAll(_writer, 60_000);

    [Benchmark(OperationsPerInvoke = Messages)]
    public int Decode()
    {
        // One stream, cut where the link would cut it; the batch is reused, as the link does.
        var reader = new RecordReader(4 << 20, _hash);
        var frame = (Frame)LinkCodec.DecodeFrame(_frame);
        var count = 0;
        for (var at = frame.Start; at < _frame.Length; at += 59_900)
        {
            _batch.Count = 0;
            reader.Read(_frame.AsMemory(at, Math.Min(59_900, _frame.Length - at)), _batch);
            count += _batch.Count;
        }
        return count == Messages ? count : throw new InvalidOperationException($"{count} messages");
    }

    private readonly ReceivedBatch _batch = new();

    private Frame EncodeAll(RecordWriter writer, int maxFrame)
    {
        writer.Begin(maxFrame);
        Frame? frame = null;
        for (var i = 0; i < _records.Length;)
        {
            if (writer.Write(_records[i]))
            {
                i++;
                continue;
            }
            frame = writer.ToFrame(1, 1, 0, 0, false);
            writer.Begin(maxFrame);
        }
        return writer.Length > 0 ? writer.ToFrame(1, 1, 0, 0, true) : frame!;
    }
}
