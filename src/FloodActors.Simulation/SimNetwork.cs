using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors.Simulation;

/// <summary>A link message on its way.</summary>
/// <param name="To">The link it is for; null: the node's flood.</param>
/// <param name="From">The link it came from.</param>
/// <param name="Sender">The node that sent it.</param>
/// <param name="Content">The message, or its bytes.</param>
/// <param name="Type">The kind of message that the bytes are.</param>
internal sealed record Parcel(SimLink? To, SimLink From, int Sender, object Content, char Type);

/// <summary>Carries link messages between nodes, and does to them what networks do.</summary>
internal sealed class SimNetwork(SimWorld world, SeededRandom random)
{
    /// <summary>What Akka.Remote and TCP add to each message, roughly.</summary>
    private const int Envelope = 160;

    private readonly long[] _lastArrival = new long[world.Options.Topology.Links.Count * 2];
    private readonly long[] _busyUntil = new long[world.Options.Topology.Links.Count * 2];
    private readonly int[] _cuts = new int[world.Options.Topology.Links.Count * 2];

    /// <summary>What the links do now.</summary>
    public NetworkConditions Conditions { get; set; } = world.Options.Network;

    public long Lost { get; set; }

    public void Cut(int from, int to, int by) => _cuts[EndOf(from, to)] += by;

    public bool IsCut(int from, int to) => _cuts[EndOf(from, to)] > 0;

    public void Send(SimLink from, int toNode, SimLink? to, LinkMessage message) => Send(from.Owner.Index, toNode, to, from, message);

    public void Send(int fromNode, int toNode, SimLink? to, SimLink from, LinkMessage message)
    {
        var end = EndOf(fromNode, toNode);
        if (_cuts[end] > 0 || random.Chance(Conditions.Loss))
        {
            Lost++;
            return;
        }
        var type = TypeOf(message);
        var size = message is Frame frame ? frame.Size + Envelope : Envelope;
        var parcel = new Parcel(to, from, fromNode, world.Options.EncodedFrames ? Encode(message) : message, type);

        var leaves = world.Time;
        if (Conditions.BytesPerSecond > 0)
        {
            leaves = Math.Max(leaves, _busyUntil[end]) + (size * 1_000_000L / Conditions.BytesPerSecond);
            _busyUntil[end] = leaves;
        }
        var arrives = leaves + Micros(Conditions.Latency) + (Conditions.Jitter > TimeSpan.Zero ? random.Between(0, Micros(Conditions.Jitter)) : 0);
        if (random.Chance(Conditions.Reordering)) arrives += random.Between(0, (Micros(Conditions.Latency) * 4) + 20_000);
        else _lastArrival[end] = arrives = Math.Max(arrives, _lastArrival[end]);
        world.Queue.Plan(arrives, Happening.Arrival, toNode, parcel);
        if (random.Chance(Conditions.Duplication)) world.Queue.Plan(arrives + random.Between(0, (Micros(Conditions.Latency) * 4) + 20_000), Happening.Arrival, toNode, parcel);
    }

    public void Arrive(int node, Parcel parcel)
    {
        var receiver = world.Nodes[node];
        if (receiver is null || IsCut(parcel.Sender, node) || (parcel.To is { } gone && (gone.IsDead || !ReferenceEquals(gone.Owner, receiver))))
        {
            Lost++;
            return;
        }
        var message = parcel.Content is byte[] bytes ? Decode(parcel.Type, bytes) : (LinkMessage)parcel.Content;
        if (parcel.To is not null)
        {
            if (!parcel.To.Post(new Mail(MailKind.FromPeer, parcel.From, message, 0, 0))) Lost++;
        }
        else if (message is Hello)
        {
            receiver.Post(new Mail(MailKind.Hello, parcel.From, message, 0, 0));
        }
        receiver.Run();
    }

    /// <summary>The number of the end at <paramref name="from"/> of the link to <paramref name="to"/>.</summary>
    private int EndOf(int from, int to) => world.Options.Topology.FirstEnd(from) + world.Options.Topology.NeighboursOf(from).BinarySearch(to);

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
        Hello hello => LinkCodec.EncodeGreeting(hello.Session, hello.SpokenVersion, hello.Node),
        Welcome welcome => LinkCodec.EncodeGreeting(welcome.Session, LinkMessage.Version, welcome.Node),
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
