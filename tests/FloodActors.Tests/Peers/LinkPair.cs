using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Tests.Wire;
using FloodActors.Wire;

namespace FloodActors.Tests.Peers;

/// <summary>
/// Two ends of a link, a network between them that does what it is told, and a clock that only the test moves.
/// </summary>
internal sealed class LinkPair
{
    private readonly Random _random;
    private readonly PriorityQueue<Action, (long At, long Order)> _network = new();
    private long _order;
    private long _nextTick = 250;

    public LinkPair(int seed, bool records)
    {
        _random = new Random(seed);
        Left = new End(this, "left", 1);
        Right = new End(this, "right", 2);
        Left.Link = new LinkState(Setup(Left, 77), Left) { UseRecords = records };
        Left.Other = Right;
        Right.Other = Left;
        Right.MakeLink = hello =>
            new LinkState(Setup(Right, 88) with { Peer = hello.Node, PeerSession = hello.Session }, Right)
            {
                UseRecords = records,
            };
        Left.Link.Greet(Now);
    }

    public FloodSettings Settings { get; } = new();

    public long Now { get; private set; } = 1;

    public long Latency { get; } = 2;

    public double Loss { get; set; }

    public double Duplication { get; set; }

    public int Jitter { get; set; }

    /// <summary>Whatever could confirm a frame gets lost.</summary>
    public bool Deaf { get; set; }

    public End Left { get; }

    public End Right { get; }

    public void Run(TimeSpan time) => RunUntil(() => false, time);

    public void RunUntil(Func<bool> condition, TimeSpan? time = null)
    {
        var end = Now + (long)(time ?? TimeSpan.FromMinutes(1)).TotalMilliseconds;
        while (Now < end && !condition())
        {
            if (_network.TryPeek(out _, out var next) && next.At <= Math.Min(_nextTick, end))
            {
                Now = Math.Max(Now, next.At);
                _network.Dequeue()();
                continue;
            }
            Now = Math.Min(_nextTick, end);
            if (Now < _nextTick) break;
            _nextTick += 250;
            Left.Tick();
            Right.Tick();
        }
    }

    private LinkSetup Setup(End end, ulong session) =>
        new(Settings, session, end.Info, Hash, new ReassemblyBudget(Settings.ReassemblyBytes));

    private static MessageId Hash(PayloadKind kind, ReadOnlySpan<byte> body)
    {
        var hash = System.IO.Hashing.XxHash128.HashToUInt128(body, (long)kind);
        return new MessageId((ulong)(hash >> 64), (ulong)hash);
    }

    private void Carry(LinkMessage message, End to)
    {
        if (Deaf && message is (Ack or Ping { Confirmed.Taken: > 0 })) return;
        var copies = _random.NextDouble() < Loss ? 0 : _random.NextDouble() < Duplication ? 2 : 1;
        for (var i = 0; i < copies; i++)
            _network.Enqueue(() => to.On(message), (Now + Latency + (Jitter > 0 ? _random.Next(Jitter) : 0), _order++));
    }

    internal sealed class End(LinkPair pair, string name, ulong incarnation) : ILinkOutput
    {
        private readonly Queue<ReceivedBatch> _untaken = new();
        private readonly List<FloodMessage> _log = [];
        private int _room;
        private int _next;

        public NodeInfo Info { get; } = LinkSamples.Info(name, name, incarnation, pair.Settings);

        public LinkState Link { get; set; } = null!;

        public Func<Hello, LinkState>? MakeLink { get; set; }

        public End Other { get; set; } = null!;

        public bool Slow
        {
            get;
            set
            {
                field = value;
                if (!value) pair._network.Enqueue(TakeAll, (pair.Now, pair._order++));
            }
        }

        public LinkEnd? Ending { get; private set; }

        public int Frames { get; private set; }

        public int Acks { get; private set; }

        public int Taken => _next;

        public List<MessageId> Sent => _log.Select(m => m.Id).ToList();

        public List<MessageId> Received { get; } = [];

        public void ToSend(int count, int maxSize = 200, int minSize = 1)
        {
            for (var i = 0; i < count; i++)
            {
                var body = new byte[Math.Max(16, pair._random.Next(minSize, maxSize + 1))];
                pair._random.NextBytes(body);
                _log.Add(new FloodMessage(
                    Hash(PayloadKind.Bytes, body), PayloadKind.Bytes, body, LinkSamples.Author, _log.Count, 0, null, 0,
                    null));
            }
            Give();
        }

        public void On(LinkMessage message)
        {
            if (Link is null && message is Hello hello)
            {
                Link = MakeLink!(hello);
                Link.Greet(pair.Now);
                return;
            }
            if (message is Hello) Link?.Greet(pair.Now);
            else Link?.On(message, pair.Now);
        }

        void ILinkOutput.WakeAt(long time) =>
            pair._network.Enqueue(() => Link.Wake(pair.Now), (Math.Max(pair.Now + 1, time), pair._order++));

        public void Tick()
        {
            Link?.Tick(pair.Now);
        }

        public void TakeAll()
        {
            while (!Slow && _untaken.TryDequeue(out var batch))
            {
                foreach (var entry in batch.Span) Received.Add(entry.Id);
                Link.OnTaken(batch, pair.Now);
            }
        }

        void ILinkOutput.Send(LinkMessage message)
        {
            if (message is Frame) Frames++;
            if (message is Ack) Acks++;
            pair.Carry(message, Other);
        }

        void ILinkOutput.Admit(NodeInfo peer) =>
            pair._network.Enqueue(() => Link.Open(pair.Now), (pair.Now, pair._order++));

        void ILinkOutput.Deliver(ReceivedBatch batch)
        {
            _untaken.Enqueue(batch);
            pair._network.Enqueue(TakeAll, (pair.Now, pair._order++));
        }

        void ILinkOutput.Ask(int room, long acked)
        {
            _room = room;
            pair._network.Enqueue(Give, (pair.Now, pair._order++));
        }

        void ILinkOutput.Acked(long acked)
        {
        }

        void ILinkOutput.Silent()
        {
        }

        ulong ILinkOutput.Random() => (ulong)pair._random.NextInt64();

        ReceivedBatch ILinkOutput.CreateBatch() => new();

        void ILinkOutput.Ended(LinkEnd cause, string reason) => Ending = cause;

        private void Give()
        {
            if (_room == 0 || _next == _log.Count) return;
            var records = new List<LinkRecord>();
            for (var bytes = 0; _next < _log.Count && bytes < _room; _next++)
            {
                records.Add(new LinkRecord(_log[_next]));
                bytes += records[^1].Size;
            }
            _room = 0;
            Link.OnRecords(records.ToArray(), _next, pair.Now);
        }
    }
}
