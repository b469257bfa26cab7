using System.Globalization;

namespace FloodActors.Simulation;

/// <summary>The parsed arguments of <see cref="SimulationCommand"/>.</summary>
internal sealed class SimulationArguments
{
    private readonly List<(double At, double For, double Share)> _partitions = [];
    private readonly List<SimulatedFault> _faults = [];
    private int _nodes = 100;
    private string _topology = "random:5";
    private int _messages = 100;
    private int _size = 100;
    private double _interval = 10;
    private int _capacity;
    private MessageIdMode _ids = MessageIdMode.Content;
    private NetworkConditions _network = new();
    private int? _redundancy;

    public ulong Seed { get; private set; } = 1;

    public bool Direct { get; private set; }

    public bool Json { get; private set; }

    public bool Help { get; private set; }

    public int Schedules { get; private set; }

    /// <summary>Schedules run at a time.</summary>
    public int Parallel { get; private set; } = 1;

    /// <exception cref="FormatException">An argument does not match <see cref="SimulationCommand.Usage"/>.</exception>
    public static SimulationArguments Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new SimulationArguments();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            if (parsed.TakeSwitch(name)) continue;
            if (!Known.Contains(name)) throw new FormatException($"unknown option '{name}'; see flood simulate --help");
            if (i + 1 == arguments.Count) throw new FormatException($"{name} needs a value");
            parsed.Take(name, arguments[++i]);
        }
        return parsed;
    }

    public SimulationOptions ToOptions()
    {
        var topology = Topology.Parse(_topology, _nodes, Seed);
        var random = new SeededRandom(Seed ^ 0x9A47);
        if (Direct && _redundancy is not (null or FloodSettings.EveryRoute))
            throw new FormatException("--direct is the plain flood: --redundancy can be all alone");
        foreach (var fault in _faults) Check(fault, topology);
        var partitions = _partitions.Select(p => (SimulatedFault)new PartitionFault(
            TimeSpan.FromSeconds(p.At), TimeSpan.FromSeconds(p.For),
                [.. Enumerable.Range(0, _nodes).Where(_ => random.Chance(p.Share))]));
        return new SimulationOptions
        {
            Topology = topology,
            Seed = Seed,
            Network = _network,
            Faults = [.. _faults, .. partitions],
            Settings = new FloodSettings
            {
                MessageId = _ids,
                Redundancy = _redundancy ?? 0,
                Capacity = _capacity > 0 ? _capacity : Math.Max(100, _messages),
                MaxPeers = Math.Max(256, topology.MaxDegree),
            },
        }.WithAppends(_messages, _size, TimeSpan.FromSeconds(Direct ? 0 : 2), TimeSpan.FromMilliseconds(_interval));
    }

    /// <summary>Whether there are faults after which routes must be repaired.</summary>
    public bool HasFaults => _faults.Count + _partitions.Count > 0;

    private static void Check(SimulatedFault fault, Topology topology)
    {
        var (node, neighbour) = fault switch
        {
            CrashFault crash => (crash.Node, -1),
            FreezeFault freeze => (freeze.Node, -1),
            BlackholeFault hole => (hole.Node, -1),
            SlowLinkFault slow => (slow.Node, slow.Neighbour),
            _ => (0, -1),
        };
        if (node >= topology.Nodes) throw new FormatException($"there is no node {node} of {topology.Nodes}");
        if (neighbour >= 0 && topology.NeighboursOf(node).BinarySearch(neighbour) < 0)
            throw new FormatException($"there is no link between {node} and {neighbour}");
    }

    private static readonly HashSet<string> Known =
    [
        "--nodes", "--topology", "--messages", "--size", "--interval", "--latency", "--jitter", "--loss", "--duplicate",
        "--reorder", "--bandwidth",
        "--partition", "--crash", "--freeze", "--blackhole", "--slow-link", "--redundancy", "--capacity",
        "--message-id", "--seed", "--schedules", "--parallel",
    ];

    private bool TakeSwitch(string name)
    {
        switch (name)
        {
            case "--direct": return Direct = true;
            case "--json": return Json = true;
            case "--help" or "-h": return Help = true;
            default: return false;
        }
    }

    private void Take(string name, string value)
    {
        switch (name)
        {
            case "--nodes": _nodes = (int)Number(name, value, 1, 50_000_000); break;
            case "--topology": _topology = value; break;
            case "--messages": _messages = (int)Number(name, value, 0, 10_000_000); break;
            case "--size": _size = (int)Number(name, value, 8, 4 << 20); break;
            case "--interval": _interval = Number(name, value, 0, 3_600_000); break;
            case "--latency": _network = _network with { Latency = Milliseconds(name, value) }; break;
            case "--jitter": _network = _network with { Jitter = Milliseconds(name, value) }; break;
            case "--loss": _network = _network with { Loss = Number(name, value, 0, 1) }; break;
            case "--duplicate": _network = _network with { Duplication = Number(name, value, 0, 1) }; break;
            case "--reorder": _network = _network with { Reordering = Number(name, value, 0, 1) }; break;
            case "--bandwidth": _network = _network with { BytesPerSecond = (long)Number(name, value, 1, 1e12) }; break;
            case "--partition":
                var partition = Numbers(name, value, 2, 3);
                _partitions.Add((partition[0], partition[1], partition.Length > 2 ? partition[2] : 0.5));
                break;
            case "--crash":
                var crash = Numbers(name, value, 3, 3);
                _faults.Add(new CrashFault(TimeSpan.FromSeconds(crash[0]), TimeSpan.FromSeconds(crash[1]),
                    (int)crash[2], Restarts: true));
                break;
            case "--freeze":
                var freeze = Numbers(name, value, 3, 3);
                _faults.Add(new FreezeFault(TimeSpan.FromSeconds(freeze[0]), TimeSpan.FromSeconds(freeze[1]),
                    (int)freeze[2]));
                break;
            case "--blackhole":
                var hole = Numbers(name, value, 3, 3);
                _faults.Add(new BlackholeFault(TimeSpan.FromSeconds(hole[0]), TimeSpan.FromSeconds(hole[1]),
                    (int)hole[2]));
                break;
            case "--slow-link":
                var slow = Numbers(name, value, 5, 5);
                _faults.Add(new SlowLinkFault(TimeSpan.FromSeconds(slow[0]), TimeSpan.FromSeconds(slow[1]),
                    (int)slow[2], (int)slow[3], TimeSpan.FromMilliseconds(slow[4])));
                break;
            case "--redundancy":
                _redundancy = value == "all" ? FloodSettings.EveryRoute : (int)Number(name, value, 0, 16);
                break;
            case "--capacity": _capacity = (int)Number(name, value, 1, 10_000_000); break;
            case "--message-id":
                _ids = value switch
                {
                    "content" => MessageIdMode.Content,
                    "sequence" => MessageIdMode.Sequence,
                    _ => throw new FormatException($"--message-id is content or sequence, not '{value}'"),
                };
                break;
            case "--seed": Seed = (ulong)Number(name, value, 0, 9e15); break;
            case "--parallel": Parallel = (int)Number(name, value, 1, 1024); break;
            case "--schedules": Schedules = (int)Number(name, value, 1, 100_000_000); break;
        }
    }

    private static TimeSpan Milliseconds(string name, string value) =>
        TimeSpan.FromMilliseconds(Number(name, value, 0, 60_000));

    private static double[] Numbers(string name, string value, int least, int most)
    {
        var parts = value.Split(':');
        if (parts.Length < least || parts.Length > most)
            throw new FormatException(
                $"{name} takes {least} to {most} numbers with colons between them, not '{value}'");
        return [.. parts.Select(part => Number(name, part, 0, 1e9))];
    }

    private static double Number(string name, string value, double least, double most) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least
            && number <= most
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"{name} takes a number from {least} to {most}, not '{value}'"));
}
