using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>A participant of the network: an end of a link, or an impostor.</summary>
internal interface INetworkEnd
{
    /// <summary>The node it belongs to.</summary>
    int Index { get; }

    /// <summary>Its address, as the transport knows it.</summary>
    string Path { get; }

    bool IsGone { get; }

    /// <summary>Takes a message. Returns whether there was room for it.</summary>
    bool Arrive(LinkMessage message, INetworkEnd from);
}

/// <summary>A link message in flight.</summary>
/// <param name="To">The end that it is for; null: the node itself.</param>
/// <param name="From">The end that it came from.</param>
/// <param name="Sender">The node that sent it.</param>
/// <param name="Content">The message, or its bytes.</param>
/// <param name="Type">The kind of message that the bytes are.</param>
/// <param name="Session">The receiver's session.</param>
internal sealed record Parcel(INetworkEnd? To, INetworkEnd From, int Sender, object Content, char Type, ulong Session);

/// <summary>Carries link messages between nodes, with the faults of real networks.</summary>
internal sealed class SimNetwork
{
    /// <summary>What Akka.Remote and TCP add to each message, roughly.</summary>
    private const int Envelope = 160;

    private readonly SimWorld _world;
    private readonly SeededRandom _random;
    private readonly FloodAddress[] _addresses;
    private readonly Dictionary<string, int> _indexes = [];
    private readonly long[] _lastArrival;
    private readonly long[] _busyUntil;
    private readonly int[] _cuts;
    private readonly long[] _longer; // microseconds

    public SimNetwork(SimWorld world, SeededRandom random)
    {
        (_world, _random, Conditions) = (world, random, world.Options.Network);
        var ends = world.Options.Topology.Links.Count * 2;
        (_lastArrival, _busyUntil, _cuts) = (new long[ends], new long[ends], new int[ends]);
        _longer = new long[ends];
        _addresses = new FloodAddress[world.Options.Topology.Nodes];
        for (var i = 0; i < _addresses.Length; i++)
        {
            if (!FloodAddress.TryParse($"sim://flood@n{i}:1/flood", "/flood", out var address))
                throw new InvalidOperationException("A made address cannot be read.");
            _addresses[i] = address;
            _indexes.Add(address.Text, i);
        }
    }

    /// <summary>The present conditions of the links.</summary>
    public NetworkConditions Conditions { get; set; }

    public long Lost { get; set; }

    public FloodAddress AddressOf(int index) => _addresses[index];

    /// <summary>Which node is there; -1 for none.</summary>
    public int IndexOf(string address) => _indexes.GetValueOrDefault(address, -1);

    public void Cut(int from, int to, int by) => _cuts[EndOf(from, to)] += by;

    public void Slow(int a, int b, long micros)
    {
        _longer[EndOf(a, b)] += micros;
        _longer[EndOf(b, a)] += micros;
    }

    public bool IsCut(int from, int to) => _cuts[EndOf(from, to)] > 0;

    /// <summary>Sends to a node whose end of the link is not known yet.</summary>
    public void Dial(INetworkEnd from, int toNode, LinkMessage message) =>
        Send(from.Index, from, null, toNode, message);

    public void Send(int fromNode, INetworkEnd from, INetworkEnd to, LinkMessage message) =>
        Send(fromNode, from, to, to.Index, message);

    private void Send(int fromNode, INetworkEnd from, INetworkEnd? to, int toNode, LinkMessage message)
    {
        var end = EndOf(fromNode, toNode);
        if (_cuts[end] > 0 || _random.Chance(Conditions.Loss) || IsTooLarge(fromNode, toNode, message))
        {
            Lost++;
            return;
        }
        var size = message is Frame frame ? frame.Size + Envelope : Envelope;
        var content = _world.Options.EncodedFrames ? Encode(message) : (object)message;
        var parcel = new Parcel(to, from, fromNode, content, TypeOf(message), message.Session);

        var leaves = _world.Time;
        if (Conditions.BytesPerSecond > 0)
        {
            leaves = Math.Max(leaves, _busyUntil[end]) + (size * 1_000_000L / Conditions.BytesPerSecond);
            _busyUntil[end] = leaves;
        }
        var jitter = Conditions.Jitter > TimeSpan.Zero ? _random.Between(0, Micros(Conditions.Jitter)) : 0;
        var arrives = leaves + Micros(Conditions.Latency) + _longer[end] + jitter;
        if (_random.Chance(Conditions.Reordering)) arrives += Detour();
        else _lastArrival[end] = arrives = Math.Max(arrives, _lastArrival[end]);
        _world.Queue.Plan(arrives, Happening.Arrival, toNode, parcel);
        if (_random.Chance(Conditions.Duplication))
            _world.Queue.Plan(arrives + Detour(), Happening.Arrival, toNode, parcel);
    }

    public void Arrive(int node, Parcel parcel)
    {
        if (_world.Nodes[node] is not { } receiver || IsCut(parcel.Sender, node) || parcel.To is { IsGone: true })
        {
            Lost++;
            return;
        }
        var message = parcel.Content is byte[] bytes ? Decode(parcel.Type, bytes) : (LinkMessage)parcel.Content;
        if (parcel.To is { } end)
        {
            if (!end.Arrive(message, parcel.From)) Lost++;
        }
        else if (message is Hello hello)
        {
            receiver.Post(
                () =>
                {
                    _world.Mutation.Admitting(receiver, null);
                    receiver.Node.OnHello(hello, new HelloSender(receiver, parcel.From), receiver.Time);
                },
                isForeign: true);
            receiver.Process.Run();
        }
    }

    /// <summary>
    /// Whether a frame is larger than either side's transport, or the path between them, carries: then it is silently
    /// dropped.
    /// </summary>
    private bool IsTooLarge(int from, int to, LinkMessage message)
    {
        if (message is not Frame { Bytes: { } bytes }) return false;
        var limits = _world.Options.TransportFrames;
        return bytes.Length > limits.GetValueOrDefault(from, int.MaxValue)
            || bytes.Length > limits.GetValueOrDefault(to, int.MaxValue)
            || (Conditions.LargestFrame > 0 && bytes.Length > Conditions.LargestFrame);
    }

    private long Detour() => _random.Between(0, (Micros(Conditions.Latency) * 4) + 20_000);

    /// <summary>The number of the end at <paramref name="from"/> of the link to <paramref name="to"/>.</summary>
    private int EndOf(int from, int to) =>
        _world.Options.Topology.FirstEnd(from) + _world.Options.Topology.NeighboursOf(from).BinarySearch(to);

    private static long Micros(TimeSpan time) => time.Ticks / 10;

    private static char TypeOf(LinkMessage message) => message switch
    {
        Frame => 'F',
        Ack => 'A',
        Ping => 'P',
        Hello => 'H',
        Welcome => 'W',
        Refused => 'R',
        _ => 'B',
    };

    // The same calls as FloodSerializer makes, which needs an actor system.
    private static byte[] Encode(LinkMessage message) => message switch
    {
        Frame frame => frame.Bytes!,
        Ack ack => LinkCodec.Encode(ack),
        Ping ping => LinkCodec.Encode(ping),
        Hello hello => LinkCodec.Encode(hello),
        Welcome welcome => LinkCodec.Encode(welcome),
        Refused refused => LinkCodec.EncodeEnd(refused.Session, refused.Cause, refused.Reason),
        Bye bye => LinkCodec.EncodeEnd(bye.Session, bye.Cause, bye.Reason),
        _ => throw new ArgumentException($"{message.GetType().Name} does not travel.", nameof(message)),
    };

    private static LinkMessage Decode(char type, byte[] bytes) => type switch
    {
        'F' => LinkCodec.DecodeFrame(bytes),
        'A' => LinkCodec.DecodeAck(bytes),
        'P' => LinkCodec.DecodePing(bytes),
        'H' => LinkCodec.DecodeHello(bytes),
        'W' => LinkCodec.DecodeWelcome(bytes),
        'R' => LinkCodec.DecodeRefused(bytes),
        _ => LinkCodec.DecodeBye(bytes),
    };
}

/// <summary>The sender of a hello, as the receiving node sees it.</summary>
internal sealed class HelloSender(SimNode receiver, INetworkEnd end) : IHelloSender
{
    public INetworkEnd End { get; } = end;

    public string Path { get; } = receiver.World.Mutation.PathOf(end);

    public void Refuse(Refused refusal)
    {
        // A repeated hello is refused for the first reason, whatever has changed since.
        if (receiver.Record.RefusedSessions.Add(refusal.Session))
            receiver.World.Oracle.Refusing(receiver, refusal.Cause);
        receiver.World.Network.Send(receiver.Index, End, End, refusal);
    }
}
