using System.Diagnostics;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>All nodes, the network between them, and virtual time: one thread, one seed.</summary>
internal sealed class SimWorld
{
    private const long LookMicros = 100_000;

    private readonly long _faultsEnd;
    private readonly long _deadline;
    private readonly HashSet<(int, int)> _unlinked = [];
    private readonly Dictionary<(int, int), byte[]> _bodies = [];
    private ulong _trace = 14695981039346656037;
    private long _events;
    private int _quiet;
    private bool _done;

    public SimWorld(SimulationOptions options, Mutation? mutation = null)
    {
        Options = options;
        Mutation = mutation ?? Mutation.None;
        Random = new SeededRandom(options.Seed);
        var settings = options.Settings;
        settings.Validate();
        var codec = new PayloadCodec(new PayloadOptions(settings.ContentHash, settings.MaxMessageSize, settings.JsonMaxDepth, settings.HyperionTypes, settings.HyperionMaxDepth));
        Hash = settings.MessageId == MessageIdMode.Sequence ? null : codec.ContentId;
        Network = new SimNetwork(this, Random.Fork(1));
        Nodes = new SimNode?[options.Topology.Nodes];
        Oracle = new Oracle(this);
        var end = TimeSpan.Zero;
        foreach (var append in options.Appends) end = append.At > end ? append.At : end;
        foreach (var fault in options.Faults) end = fault.At + fault.For > end ? fault.At + fault.For : end;
        _faultsEnd = Micros(end);
        _deadline = _faultsEnd + Micros(options.Limit);
    }

    public SimulationOptions Options { get; }

    public Mutation Mutation { get; }

    public SeededRandom Random { get; }

    public ContentIdHash? Hash { get; }

    public EventQueue Queue { get; } = new();

    public SimNetwork Network { get; }

    public SimNode?[] Nodes { get; }

    public Oracle Oracle { get; }

    /// <summary>Microseconds since the start.</summary>
    public long Time { get; private set; }

    public IEnumerable<SimNode> Alive => Nodes.OfType<SimNode>();

    public static long Micros(TimeSpan time) => time.Ticks / 10;

    public SimulationReport Run(IProgress<SimulationProgress>? progress = null)
    {
        var watch = Stopwatch.StartNew();
        var cpu = Environment.CpuUsage.TotalTime;
        var absent = Options.Absent.ToHashSet();
        for (var i = 0; i < Nodes.Length; i++)
            if (!absent.Contains(i)) StartNode(i);
        for (var i = 0; i < Options.Appends.Count; i++) Queue.Plan(Micros(Options.Appends[i].At), Happening.Append, i);
        for (var i = 0; i < Options.Faults.Count; i++)
        {
            Queue.Plan(Micros(Options.Faults[i].At), Happening.FaultBegins, i);
            Queue.Plan(Micros(Options.Faults[i].At + Options.Faults[i].For), Happening.FaultEnds, i);
        }
        Queue.Plan(_faultsEnd, Happening.Heal, 0);

        var reported = TimeSpan.Zero;
        while (!_done && Oracle.Broken is null && Queue.Count > 0)
        {
            var next = Queue.Take();
            Time = next.Time;
            _events++;
            Trace(next);
            Happen(next);
            if (progress is null || (_events & 0xFFFF) != 0 || watch.Elapsed - reported < TimeSpan.FromSeconds(1)) continue;
            reported = watch.Elapsed;
            progress.Report(new SimulationProgress(_events, TimeSpan.FromMicroseconds(Time), Oracle.Deliveries));
        }
        return Oracle.Report(_trace, _events, watch.Elapsed) with { CpuTime = Environment.CpuUsage.TotalTime - cpu };
    }

    public ReadOnlyMemory<byte> Body(SimulatedAppend append)
    {
        if (!_bodies.TryGetValue((append.Content, append.Size), out var body))
        {
            body = new byte[Math.Max(8, append.Size)];
            BitConverter.TryWriteBytes(body, append.Content);
            BitConverter.TryWriteBytes(body.AsSpan(4), append.Size);
            for (var i = 8; i < body.Length; i++) body[i] = (byte)(append.Content + (i * 31));
            _bodies.Add((append.Content, append.Size), body);
        }
        return body;
    }

    public long SubscriberDelay(SimNode node) => Options.SubscriberDelay > TimeSpan.Zero ? node.Random.Between(0, Micros(Options.SubscriberDelay)) : 0;

    private void Happen(in Planned next)
    {
        switch (next.What)
        {
            case Happening.Arrival:
                Network.Arrive(next.Index, (Parcel)next.Body!);
                break;
            case Happening.Tick:
                ((SimNode)next.Body!).OnTimer();
                break;
            case Happening.Wake:
                ((SimNode)next.Body!).Run();
                break;
            case Happening.ListenerAsks:
                var asking = (SimNode)next.Body!;
                asking.Post(new Mail(MailKind.ListenerAsks, null, null, 0, 0));
                asking.Run();
                break;
            case Happening.Append:
                var append = Options.Appends[next.Index];
                Nodes[append.Node]?.Post(new Mail(MailKind.Append, null, append, 0, 0));
                Nodes[append.Node]?.Run();
                break;
            case Happening.FaultBegins:
                Begin(Options.Faults[next.Index]);
                break;
            case Happening.FaultEnds:
                End(Options.Faults[next.Index]);
                break;
            case Happening.Heal:
                Network.Conditions = Options.Network with { Loss = 0, Duplication = 0, Reordering = 0 };
                Queue.Plan(Time + (15 * LookMicros), Happening.Look, 0);
                break;
            case Happening.Look:
                Look();
                break;
        }
    }

    private void Begin(SimulatedFault fault)
    {
        switch (fault)
        {
            case PartitionFault partition:
                Partition(partition, 1);
                break;
            case CutFault cut:
                Cut(cut, 1);
                break;
            case CrashFault crash when Nodes[crash.Node] is { } node:
                Oracle.Crashed(node);
                node.Crash();
                Nodes[crash.Node] = null;
                break;
            case FreezeFault freeze when Nodes[freeze.Node] is { } node:
                node.IsFrozen = true;
                break;
            case SlowFault slow when Nodes[slow.Node] is { } node:
                node.EachMessage = Micros(slow.EachMessage);
                break;
            case ClockFault clock when Nodes[clock.Node] is { } node:
                node.WallShift += Micros(clock.By);
                break;
            case LinkFailureFault failure when Nodes[failure.Node] is { } node:
                foreach (var link in node.Links)
                    if (link.Record.Node?.NodeName == SimNode.NameOf(failure.Neighbour)) link.Die();
                node.Run();
                break;
            case UnlinkFault unlink:
                _unlinked.Add(Pair(unlink.Node, unlink.Neighbour));
                Nodes[unlink.Node]?.Disconnect(unlink.Neighbour);
                Nodes[unlink.Node]?.Run();
                break;
        }
    }

    private void End(SimulatedFault fault)
    {
        switch (fault)
        {
            case PartitionFault partition:
                Partition(partition, -1);
                break;
            case CutFault cut:
                Cut(cut, -1);
                break;
            case CrashFault { Restarts: true } crash when Nodes[crash.Node] is null:
                StartNode(crash.Node);
                break;
            case FreezeFault freeze when Nodes[freeze.Node] is { } node:
                node.IsFrozen = false;
                node.Run();
                break;
            case SlowFault slow when Nodes[slow.Node] is { } node:
                node.EachMessage = 0;
                break;
            case UnlinkFault unlink:
                _unlinked.Remove(Pair(unlink.Node, unlink.Neighbour));
                Connect(unlink);
                break;
        }
    }

    private void Connect(UnlinkFault unlink)
    {
        var (a, b) = Pair(unlink.Node, unlink.Neighbour);
        Nodes[a]?.Dial(b);
        if (Options.BothEndsDial) Nodes[b]?.Dial(a);
    }

    private void Partition(PartitionFault fault, int by)
    {
        var inside = fault.Nodes.ToHashSet();
        foreach (var (a, b) in Options.Topology.Links)
        {
            if (inside.Contains(a) == inside.Contains(b)) continue;
            Network.Cut(a, b, by);
            Network.Cut(b, a, by);
        }
    }

    private void Cut(CutFault cut, int by)
    {
        Network.Cut(cut.From, cut.To, by);
        if (cut.BothWays) Network.Cut(cut.To, cut.From, by);
    }

    private void StartNode(int index)
    {
        var node = new SimNode(this, index, Random.NextULong());
        Nodes[index] = node;
        var dials = new List<int>();
        foreach (var neighbour in Options.Topology.NeighboursOf(index))
            if ((Options.BothEndsDial || neighbour > index) && !_unlinked.Contains(Pair(index, neighbour))) dials.Add(neighbour);
        node.Start(dials);
    }

    /// <summary>Are all level again? Then it is over; and it is over when they are not in time.</summary>
    private void Look()
    {
        // Whoever connected before the news of the disconnect had reached it was disconnected after all, and tries again.
        foreach (var fault in Options.Faults)
            if (fault is UnlinkFault unlink) Connect(unlink);
        var trouble = Oracle.WhatIsUnsettled();
        _quiet = trouble is null ? _quiet + 1 : 0;
        if (_quiet >= 2)
        {
            Oracle.CheckEnd();
            _done = true;
        }
        else if (Time > _deadline)
        {
            Oracle.Unsettled(trouble ?? "looking again");
        }
        else
        {
            Queue.Plan(Time + LookMicros, Happening.Look, 0);
        }
    }

    private void Trace(in Planned next)
    {
        Mix((ulong)next.Time);
        Mix(((ulong)next.What << 32) | (uint)next.Index);
        if (next.Body is not Parcel parcel) return;
        Mix(parcel.Type);
        if (parcel.Content is byte[] bytes) Mix((ulong)bytes.Length);
        Mix(parcel.From.State.Session);
    }

    private void Mix(ulong value) => _trace = (_trace ^ value) * 1099511628211;

    private static (int, int) Pair(int a, int b) => (Math.Min(a, b), Math.Max(a, b));
}

/// <summary>How far a long simulation is.</summary>
/// <param name="Events">Events so far.</param>
/// <param name="VirtualTime">Virtual time so far.</param>
/// <param name="Deliveries">Deliveries so far.</param>
public readonly record struct SimulationProgress(long Events, TimeSpan VirtualTime, long Deliveries);
