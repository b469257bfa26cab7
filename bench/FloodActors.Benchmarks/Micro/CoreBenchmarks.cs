using FloodActors.Wire;
using BenchmarkDotNet.Attributes;
using FloodActors.Core;

namespace FloodActors.Benchmarks.Micro;

/// <summary>
/// A message through the core, without actors: appended, received as new, received again. One peer is connected that
/// takes everything, so the log lets go of what it gets; the seen window is full, so each new id pushes an old one out.
/// Per message, in batches as frames bring them.
/// </summary>
public class CoreBenchmarks
{
    private const int Batch = 500;

    private readonly ReceivedBatch _entries = new() { Entries = new LinkEntry[Batch], Count = Batch };
    private readonly ReceivedBatch _again = new() { Entries = new LinkEntry[Batch], Count = Batch };
    private readonly List<LinkRecord> _records = [];
    private readonly byte[] _body = new byte[100];
    private FloodState _state = null!;
    private static readonly Origin Self = new(1, "node", "");

    private PeerCursor _from = null!;
    private PeerCursor _to = null!;
    private ulong _number;
    private long _now;

    /// <summary>How messages are named.</summary>
    [Params(MessageIdMode.Content, MessageIdMode.Sequence)]
    public MessageIdMode Ids { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var settings = new FloodSettings { MessageId = Ids };
        _state = new FloodState(settings, Self, SeenSet.Create(settings, 1, 1));
        _from = _state.Connect("from", 2);
        _to = _state.Connect("to", 3);
        for (var i = 0; i < settings.SeenMaxCount / Batch * 3 / 2; i++) ReceiveNew();
        Fill(_again.Entries);
        Receive(_again);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void Append()
    {
        var now = Now();
        for (var i = 0; i < Batch; i++) _state.Append(PayloadKind.Bytes, _body, NextId(), now, out _);
        Pass();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void ReceiveNew()
    {
        Fill(_entries.Entries);
        Receive(_entries);
        Pass();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void ReceiveDuplicate() => Receive(_again);

    private void Receive(ReceivedBatch batch)
    {
        batch.Next = 0;
        _state.Receive(_from, batch, Now());
    }

    // The peers take everything and say so, as their links would.
    private void Pass()
    {
        foreach (var peer in _state.Peers)
        {
            _records.Clear();
            peer.Room = int.MaxValue;
            _state.Pull(peer, _records);
            _state.Acked(peer, peer.Handed);
        }
        _state.Trim();
    }

    private void Fill(LinkEntry[] entries)
    {
        for (var i = 0; i < entries.Length; i++)
            entries[i] = new LinkEntry(RecordType.Message, NextId(), PayloadKind.Bytes, 1, _body) { Author = Self };
    }

    private MessageId NextId()
    {
        _number++;
        return Ids == MessageIdMode.Content
            ? new MessageId(_number * 0x9E3779B97F4A7C15UL, _number * 0xD6E8FEB86659FD93UL)
            : new MessageId(7, _number);
    }

    private FloodTime Now() => new(_now / 20, _now++);
}
