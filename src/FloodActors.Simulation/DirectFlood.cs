using System.Diagnostics;
using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>
/// Floods without faults, for very many nodes. Each node is a <see cref="FloodState"/>; messages that it hands out
/// for a peer arrive there after the link's latency, and count as taken at once. There is no <c>LinkState</c> between
/// them, so no handshake, window, ack or keepalive: the result is that of a network that loses nothing and has enough
/// room, in a tenth of the memory and time.
/// </summary>
internal sealed class DirectFlood
{
    /// <summary>With jitter, time advances in steps of a 64th of the latency.</summary>
    private const int StepsPerLatency = 64;

    private readonly SimulationOptions _options;
    private readonly Topology _topology;
    private readonly SeededRandom _random;
    private readonly HashSet<int> _absent;
    private readonly FloodState?[] _nodes;
    private readonly PeerCursor?[] _cursors; // for each link end: the neighbour's, at the node whose end it is
    private readonly int[] _opposite; // for each link end: the neighbour's end of the same link
    private readonly long[] _lastArrival;
    private readonly Dictionary<MessageId, long> _appended = [];
    private readonly List<LinkRecord> _records = [];
    private readonly ReceivedBatch _batch = new();
    private readonly Bucket[] _ring;
    private readonly long _stepMicros;
    private readonly int _latencySteps;
    private readonly int _jitterSteps;
    private long _step;
    private long _pending;
    private long _events;
    private long _deliveries;
    private long _transmissions;
    private long _timeToLast;
    private long _peakMessages;
    private long _peakBytes;
    private int _hops;

    public DirectFlood(SimulationOptions options)
    {
        if (options.Faults.Count > 0 || options.Uses.Count > 0 || options.Network.IsFaulty
            || options.Network.BytesPerSecond > 0)
            throw new ArgumentException(
                "A direct flood has no faults and no limit of bandwidth; use Simulator.Run for "
                + "those.", nameof(options));
        _options = options;
        _topology = options.Topology;
        _random = new SeededRandom(options.Seed);
        _absent = [.. options.Absent];
        var latency = Math.Max(1, SimWorld.Micros(options.Network.Latency));
        var jitter = SimWorld.Micros(options.Network.Jitter);
        _stepMicros = jitter == 0 ? latency : Math.Max(1, latency / StepsPerLatency);
        _latencySteps = (int)(latency / _stepMicros);
        _jitterSteps = (int)(jitter / _stepMicros);
        _ring = new Bucket[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(_latencySteps + _jitterSteps + 2))];
        for (var i = 0; i < _ring.Length; i++) _ring[i] = new Bucket();
        var ends = _topology.Ends;
        _nodes = new FloodState?[_topology.Nodes];
        _cursors = new PeerCursor?[ends.Length];
        _opposite = new int[ends.Length];
        _lastArrival = _jitterSteps > 0 ? new long[ends.Length] : [];
    }

    public SimulationReport Run(IProgress<SimulationProgress>? progress)
    {
        var watch = Stopwatch.StartNew();
        SetUp();
        var setUp = watch.Elapsed;
        var cpu = Environment.CpuUsage.TotalTime;
        var appends = _options.Appends.OrderBy(append => append.At).ToList();
        var nextAppend = 0;
        var reported = watch.Elapsed;
        while (nextAppend < appends.Count || _pending > 0)
        {
            if (_pending == 0) _step = Math.Max(_step, SimWorld.Micros(appends[nextAppend].At) / _stepMicros);
            for (; nextAppend < appends.Count
                && SimWorld.Micros(appends[nextAppend].At) / _stepMicros <= _step; nextAppend++) Append(
                    appends[nextAppend]);
            var bucket = _ring[_step & (_ring.Length - 1)];
            bucket.SortByNode(_nodes.Length);
            for (var i = 0; i < bucket.Count; i++)
            {
                Arrive(bucket.Batches[i], bucket.Entries);
                if (progress is null || (++_events & 0x3FFFF) != 0
                    || watch.Elapsed - reported < TimeSpan.FromSeconds(1)) continue;
                reported = watch.Elapsed;
                progress.Report(new SimulationProgress(_events, TimeSpan.FromMicroseconds(_step * _stepMicros),
                    _deliveries));
            }
            if (progress is null) _events += bucket.Count;
            _pending -= bucket.Count;
            bucket.Clear();
            _step++;
        }
        return Report(setUp, watch.Elapsed - setUp) with { CpuTime = Environment.CpuUsage.TotalTime - cpu };
    }

    private void SetUp()
    {
        // The plain flood: without timers nobody would be told the batched ids.
        var settings = _options.Settings with { Redundancy = FloodSettings.EveryRoute };
        settings.Validate();
        // A peer is known to a node by its place among the neighbours: the same few names serve everywhere.
        var names = Enumerable.Range(0, _topology.MaxDegree)
            .Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var ends = _topology.Ends;
        for (var node = 0; node < _nodes.Length; node++)
        {
            if (_absent.Contains(node)) continue;
            var salt = _random.NextULong();
            var state = new FloodState(settings, new Origin(Incarnation(node), SimNode.NameOf(node), ""),
                SeenSet.Create(settings, Incarnation(node), salt));
            _nodes[node] = state;
            var first = _topology.FirstEnd(node);
            for (var i = 0; i < _topology.Degree(node); i++)
            {
                var neighbour = ends[first + i];
                _opposite[first + i] = _topology.FirstEnd(neighbour)
                    + _topology.NeighboursOf(neighbour).BinarySearch(node);
                if (!_absent.Contains(neighbour)) _cursors[first + i] = state.Connect(names[i], Incarnation(neighbour));
            }
        }
    }

    private void Append(SimulatedAppend append)
    {
        _events++;
        if (_nodes[append.Node] is not { } state) return;
        var body = new byte[Math.Max(8, append.Size)];
        BitConverter.TryWriteBytes(body, append.Content);
        BitConverter.TryWriteBytes(body.AsSpan(4), append.Size);
        var id = new MessageId(new SeededRandom((ulong)append.Content).NextULong(), (ulong)append.Content);
        if (!state.Append(PayloadKind.Bytes, body, id, Now, out var given)) return;
        _appended.TryAdd(given, _step);
        Pump(append.Node, state);
    }

    private FloodTime Now
    {
        get
        {
            var micros = _step * _stepMicros;
            return new FloodTime(1 + (micros / 1000), DateTime.UnixEpoch.Ticks + (micros * 10));
        }
    }

    private void Arrive(in Batch batch, LinkEntry[] entries)
    {
        var node = batch.Node;
        var state = _nodes[node]!;
        var before = state.Log.Next;
        (_batch.Entries, _batch.Next, _batch.Count) = (entries, batch.Start, batch.Start + batch.Count);
        state.Receive(_cursors[batch.End]!, _batch, Now);
        var after = state.Log.Next;
        if (after == before) return;
        _deliveries += after - before;
        for (var position = before; position < after; position++)
        {
            var message = state.Log[position];
            _hops = Math.Max(_hops, message.Hops);
            if (_jitterSteps > 0) _timeToLast = Math.Max(_timeToLast, _step - _appended[message.Id]);
        }
        Pump(node, state);
    }

    private void Pump(int node, FloodState state)
    {
        var first = _topology.FirstEnd(node);
        var end = first + _topology.Degree(node);
        for (var i = first; i < end; i++)
        {
            if (_cursors[i] is not { } cursor) continue;
            cursor.Room = int.MaxValue;
            if (!state.Pull(cursor, _records)) continue;
            Send(i);
            state.Acked(cursor, cursor.Handed);
        }
        _peakMessages = Math.Max(_peakMessages, state.Log.Next - state.Log.First);
        _peakBytes = Math.Max(_peakBytes, state.Log.BytesBetween(state.Log.First, state.Log.Next));
        state.Trim();
    }

    private void Send(int end)
    {
        var arrives = _step + _latencySteps;
        if (_jitterSteps > 0)
        {
            // In order, as over TCP.
            arrives = Math.Max(arrives + _random.Next(_jitterSteps + 1), _lastArrival[end]);
            _lastArrival[end] = arrives;
        }
        _ring[arrives & (_ring.Length - 1)].Add(_topology.Ends[end], _opposite[end], _records);
        _transmissions += _records.Count;
        _records.Clear();
        _pending++;
    }

    private SimulationReport Report(TimeSpan setUp, TimeSpan ran)
    {
        Violation? broken = null;
        long duplicates = 0;
        var withAll = 0;
        foreach (var state in _nodes)
        {
            if (state is null) continue;
            duplicates += state.Counters.Duplicates;
            if (state.Log.Next == _appended.Count) withAll++;
            if (state.Log.Next > _appended.Count)
                broken ??= Violated(Guarantee.Once, $"a node took {state.Log.Next} messages of {_appended.Count}");
        }
        if (_absent.Count == 0 && _topology.IsConnected)
        {
            if (withAll < _nodes.Length)
                broken ??= Violated(Guarantee.Everywhere,
                    $"{_nodes.Length - withAll} of {_nodes.Length} nodes lack messages");
            var most = _topology.TransmissionsPerMessage * _appended.Count;
            if (_transmissions > most)
                broken ??= Violated(Guarantee.Cheap, $"{_transmissions} transmissions; 2E-N+1 comes to {most}");
        }
        return new SimulationReport
        {
            Seed = _options.Seed,
            Broken = broken,
            Messages = _appended.Count,
            Deliveries = _deliveries,
            Transmissions = _transmissions,
            Duplicates = duplicates,
            Hops = _hops,
            TimeToLast = TimeSpan.FromMicroseconds((_jitterSteps > 0
                ? _timeToLast : (long)_hops * _latencySteps) * _stepMicros),
            PeakLogMessages = _peakMessages,
            PeakLogBytes = _peakBytes,
            NodesWithAll = withAll,
            Events = _events,
            VirtualTime = TimeSpan.FromMicroseconds(_step * _stepMicros),
            SetUpTime = setUp,
            RealTime = ran,
            TraceHash = (ulong)_events ^ ((ulong)_deliveries << 20) ^ ((ulong)_transmissions << 40),
        };
    }

    private Violation Violated(Guarantee guarantee, string text) =>
        new(guarantee, text, TimeSpan.FromMicroseconds(_step * _stepMicros));

    private static ulong Incarnation(int node) => (ulong)node + 1;

    /// <summary>Messages that arrive together over one link.</summary>
    /// <param name="Node">The receiver.</param>
    /// <param name="End">Its end of the link.</param>
    /// <param name="Start">Where they are among the bucket's messages.</param>
    /// <param name="Count">How many there are.</param>
    private readonly record struct Batch(int Node, int End, int Start, int Count);

    /// <summary>What arrives in one step of time.</summary>
    private sealed class Bucket
    {
        private const int RadixBits = 11;

        private Batch[] _spare = [];
        private int _entryCount;

        public Batch[] Batches { get; private set; } = [];

        public LinkEntry[] Entries { get; private set; } = [];

        public int Count { get; private set; }

        public void Add(int node, int end, List<LinkRecord> records)
        {
            if (Count == Batches.Length)
            {
                var larger = new Batch[Math.Max(16, Count * 2)];
                Batches.AsSpan(0, Count).CopyTo(larger);
                Batches = larger;
            }
            if (_entryCount + records.Count > Entries.Length)
            {
                var larger = new LinkEntry[Math.Max(16, (_entryCount + records.Count) * 2)];
                Entries.AsSpan(0, _entryCount).CopyTo(larger);
                Entries = larger;
            }
            Batches[Count++] = new Batch(node, end, _entryCount, records.Count);
            foreach (var record in records)
            {
                var message = record.Message!;
                Entries[_entryCount++] = new LinkEntry(RecordType.Message, message.Id, message.Kind, message.Hops + 1,
                    message.Body)
                {
                    OwnsBody = true,
                    Author = message.Author,
                };
            }
        }

        /// <summary>
        /// Messages that arrive at the same time may be taken in any order. Node by node, each node's memory is in the
        /// cache for all messages but the first, and the nodes' memory is visited in the order in which it was
        /// allocated.
        /// </summary>
        public void SortByNode(int nodes)
        {
            if (_spare.Length < Count) _spare = new Batch[Batches.Length];
            Span<int> starts = stackalloc int[1 << RadixBits];
            for (var shift = 0; nodes >> shift > 0; shift += RadixBits)
            {
                starts.Clear();
                for (var i = 0; i < Count; i++) starts[(Batches[i].Node >> shift) & ((1 << RadixBits) - 1)]++;
                var next = 0;
                for (var i = 0; i < starts.Length; i++) (starts[i], next) = (next, next + starts[i]);
                for (var i = 0; i < Count; i++) _spare[starts[(Batches[i].Node >> shift) & ((1 << RadixBits) - 1)]++] =
                    Batches[i];
                (Batches, _spare) = (_spare, Batches);
            }
        }

        public void Clear()
        {
            Array.Clear(Entries, 0, _entryCount);
            (Count, _entryCount) = (0, 0);
        }
    }
}
