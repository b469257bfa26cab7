using BenchmarkDotNet.Attributes;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Payloads;
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
            return new LinkRecord(new FloodMessage(
                new MessageId(7, (ulong)i), PayloadKind.Bytes, body, new Origin(7, "origin", ""), i, i, null, 0, null));
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
            _batch.Clear();
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
            frame = writer.ToFrame(1, 1, default, false);
            writer.Begin(maxFrame);
        }
        return writer.Length > 0 ? writer.ToFrame(1, 1, default, true) : frame!;
    }
}

/// <summary>
/// All that a receiving node does with a full frame of new messages of 100 bytes, without its actors and sockets:
/// decode, hash, look up in a full seen window, take into the log, tell a subscriber, let go of the oldest. Per
/// message.
/// </summary>
public class ReceiveFrameBenchmarks
{
    private const int Messages = 550;
    private const int Size = 100;
    private const int Record = Size + 4; // kind, hops, length

    private readonly ReceivedBatch _batch = new();
    private readonly List<FloodNotice> _notices = [];
    private readonly byte[] _frame = new byte[Messages * Record];
    private FloodState _state = null!;
    private RecordReader _reader = null!;
    private PeerCursor _from = null!;
    private ListenerCursor _listener = null!;
    private long _number;
    private long _now;

    [GlobalSetup]
    public void Setup()
    {
        var settings = new FloodSettings();
        var codec = new PayloadCodec(new PayloadOptions(ContentHash.XxHash128, 4 << 20, 64, []));
        _reader = new RecordReader(4 << 20, codec.ContentId);
        _state = new FloodState(
            settings, new Origin(1, "node", ""), new SeenWindow(settings.SeenMaxCount, 3_600_000, 1));
        _from = _state.Connect("from", 2);
        _listener = _state.AddListener(wantsDrops: false, replay: false);
        // A stream names its origin once; from then on it is one byte.
        byte[] named = [(byte)PayloadKind.Bytes, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7, 1, (byte)'o', 0, 0];
        if (_reader.Read(named, _batch) is { } wrong) throw new InvalidOperationException(wrong.Reason);
        for (var at = 0; at < _frame.Length; at += Record)
            (_frame[at], _frame[at + 1], _frame[at + 2], _frame[at + 3]) = ((byte)PayloadKind.Bytes, 1, 1, Size);
        for (var i = 0; i < settings.SeenMaxCount / Messages * 3 / 2; i++) ReceiveFrame();
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public long ReceiveFrame()
    {
        // As over a link: each frame is an array of its own.
        var frame = GC.AllocateUninitializedArray<byte>(_frame.Length);
        _frame.CopyTo(frame, 0);
        for (var at = 4; at < frame.Length; at += Record)
            System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(at), _number++);
        _batch.Clear();
        if (_reader.Read(frame, _batch) is { } problem) throw new InvalidOperationException(problem.Reason);
        _state.Receive(_from, _batch, new FloodTime(_now / 20, _now++));
        long sum = 0;
        for (var more = true; more;)
        {
            _notices.Clear();
            _listener.Room = 256;
            more = _state.Pull(_listener, _notices);
            foreach (var notice in _notices) sum += notice.Message!.Body.Length;
        }
        _state.Trim();
        _from.Acked = _from.Sent = _from.Handed = _state.Log.Next;
        return sum == Messages * Size ? sum : throw new InvalidOperationException($"{sum} bytes");
    }
}
