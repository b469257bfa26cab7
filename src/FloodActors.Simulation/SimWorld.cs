using System.Diagnostics;
using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>All nodes, the network between them, and virtual time: one thread, one seed.</summary>
internal sealed partial class SimWorld
{
    private const long LookMicros = 100_000;

    private readonly long _faultsEnd;
    private long _deadline;
    private readonly Dictionary<(int, int, PayloadKind), byte[]> _bodies = [];
    private readonly FloodSettings?[] _settings;
    private ulong _trace = 14695981039346656037;
    private long _events;
    private int _quiet;
    private bool _done;

    public SimWorld(SimulationOptions options, Mutation? mutation = null)
    {
        Options = options;
        Mutation = mutation ?? Mutation.None;
        Random = new SeededRandom(options.Seed);
        TickMicros = Micros(options.TickInterval);
        _settings = new FloodSettings?[options.Topology.Nodes];
        foreach (var settings in options.NodeSettings.Values
            .Concat(options.Faults.OfType<StopFault>().Select(stop => stop.Then)).Append(options.Settings))
        {
            settings?.Validate();
            if (settings is not null && ContentIds.Of(settings) != ContentIds.Of(options.Settings))
                throw new ArgumentException("All nodes must name messages in the same way.", nameof(options));
        }
        Hash = ContentIds.Of(options.Settings);
        Network = new SimNetwork(this, Random.Fork(1));
        Users = new SimUsers(this);
        Nodes = new SimNode?[options.Topology.Nodes];
        Oracle = new Oracle(this);
        var end = TimeSpan.Zero;
        foreach (var append in options.Appends) end = append.At > end ? append.At : end;
        foreach (var key in options.Keys) end = key.At > end ? key.At : end;
        foreach (var fault in options.Faults) end = fault.At + fault.For > end ? fault.At + fault.For : end;
        foreach (var use in options.Uses) end = use.At + use.For > end ? use.At + use.For : end;
        _faultsEnd = Micros(end);
    }

    public SimulationOptions Options { get; }

    public Mutation Mutation { get; }

    public SeededRandom Random { get; }

    public ContentIdHash? Hash { get; }

    public PriorityQueue Queue { get; } = new();

    public SimNetwork Network { get; }

    public SimUsers Users { get; }

    public SimNode?[] Nodes { get; }

    public Oracle Oracle { get; }

    /// <summary>Microseconds since the start.</summary>
    public long Time { get; private set; }

    public long TickMicros { get; }

    /// <summary>Microseconds since the end of the faults; negative before.</summary>
    public long SoundFor => Time - _faultsEnd;

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
        foreach (var key in Options.Keys) Queue.Plan(Micros(key.At), Happening.Later, 0, () => Users.Append(key));
        for (var i = 0; i < Options.Faults.Count; i++)
        {
            Queue.Plan(Micros(Options.Faults[i].At), Happening.FaultBegins, i);
            Queue.Plan(Micros(Options.Faults[i].At + Options.Faults[i].For), Happening.FaultEnds, i);
        }
        for (var i = 0; i < Options.Uses.Count; i++)
        {
            Queue.Plan(Micros(Options.Uses[i].At), Happening.UseBegins, i);
            Queue.Plan(Micros(Options.Uses[i].At + Options.Uses[i].For), Happening.UseEnds, i);
        }
        Queue.Plan(_faultsEnd, Happening.Heal, 0);

        var reported = TimeSpan.Zero;
        while (!_done && Oracle.Broken is null && Queue.Count > 0)
        {
            var next = Queue.Take();
            Time = next.Time;
            _events++;
            Trace(next);
            try
            {
                Happen(next);
            }
            catch (Exception e)
            {
                Oracle.Break(Guarantee.Alive, $"a node failed: {e}");
            }
            if (progress is null || (_events & 0xFFFF) != 0
                || watch.Elapsed - reported < TimeSpan.FromSeconds(1)) continue;
            reported = watch.Elapsed;
            progress.Report(new SimulationProgress(_events, TimeSpan.FromMicroseconds(Time), Oracle.Deliveries));
        }
        return Oracle.Report(_trace, _events, watch.Elapsed) with { CpuTime = Environment.CpuUsage.TotalTime - cpu };
    }

    public ReadOnlyMemory<byte> Body(SimulatedAppend append)
    {
        if (!_bodies.TryGetValue((append.Content, append.Size, append.Kind), out var body))
        {
            body = new byte[Math.Max(8, append.Size)];
            BitConverter.TryWriteBytes(body, append.Content);
            BitConverter.TryWriteBytes(body.AsSpan(4), append.Size);
            for (var i = 8; i < body.Length; i++) body[i] = (byte)(append.Content + (i * 31));
            _bodies.Add((append.Content, append.Size, append.Kind), body);
        }
        return body;
    }

    public SeenSet CreateSeenSet(FloodSettings settings, ulong incarnation, ulong salt) =>
        Options.SeenCount > 0 && settings.MessageId == MessageIdMode.Content
        ? new SeenWindow(Options.SeenCount, (long)settings.SeenMaxAge.TotalMilliseconds, salt)
        : SeenSet.Create(settings, incarnation, salt);

    /// <summary>Does something after this many microseconds.</summary>
    public void Later(long micros, Action work) => Queue.Plan(Time + micros, Happening.Later, 0, work);

    private void Happen(in Planned next)
    {
        switch (next.What)
        {
            case Happening.Arrival: Network.Arrive(next.Index, (Parcel)next.Body!); break;
            case Happening.Tick: ((SimNode)next.Body!).OnTimer(); break;
            case Happening.Later: ((Action)next.Body!)(); break;
            case Happening.Append: Users.Append(Options.Appends[next.Index]); break;
            case Happening.FaultBegins: Begin(Options.Faults[next.Index]); break;
            case Happening.FaultEnds: End(Options.Faults[next.Index]); break;
            case Happening.UseBegins: Users.Begin(Options.Uses[next.Index]); break;
            case Happening.UseEnds: Users.End(Options.Uses[next.Index]); break;
            case Happening.Heal:
                Network.Conditions =
                    Options.Network with { Loss = 0, Duplication = 0, Reordering = 0, LargestFrame = 0 };
                // If settings differ, links must also last.
                var watched = Options.NodeSettings.Count > 0
                    || Options.Faults.Any(fault => fault is StopFault { Then: not null });
                var firstLook = Time + (watched ? 2 * Oracle.LongestTimeout : 0) + (15 * LookMicros);
                _deadline = firstLook + Micros(Options.Limit);
                Queue.Plan(firstLook, Happening.Look, 0);
                break;
            case Happening.Look: Look(); break;
        }
    }

    /// <summary>
    /// Checks whether all nodes have caught up. Then the run ends; it also ends when they have not caught up in time.
    /// </summary>
    private void Look()
    {
        // A node that connected before it heard of the disconnect was disconnected after all,
        // and tries again.
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
            // The last check found that all have caught up, so only a run that must check once more gets here.
            var (guarantee, text) = trouble ?? (Guarantee.Alive, "it is level, and was not a moment ago");
            Oracle.Unsettled(guarantee, text);
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
        Mix(parcel.Session);
    }

    private void Mix(ulong value) => _trace = (_trace ^ value) * 1099511628211;

}

/// <summary>The progress of a long simulation.</summary>
/// <param name="Events">Events so far.</param>
/// <param name="VirtualTime">Virtual time so far.</param>
/// <param name="Deliveries">Deliveries so far.</param>
public readonly record struct SimulationProgress(long Events, TimeSpan VirtualTime, long Deliveries);
