using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using FloodActors.Actors;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Tests.Wire;
using FloodActors.Payloads;
using FloodActors.Wire;

namespace FloodActors.Tests.Actors;

/// <summary>Arbitrary bytes that leave under the flood's serializer id.</summary>
internal sealed record RawLinkMessage(string Manifest, byte[] Bytes);

/// <summary>The flood's serializer, with a door for <see cref="RawLinkMessage"/>.</summary>
public sealed class RawSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private readonly FloodSerializer _proper = new(system);

    public override int Identifier => FloodSerializer.Id;

    public override string Manifest(object o) =>
        o is RawLinkMessage raw ? raw.Manifest : _proper.Manifest(new LinkLetter((LinkMessage)o));

    public override byte[] ToBinary(object obj) =>
        obj is RawLinkMessage raw ? raw.Bytes : _proper.ToBinary(new LinkLetter((LinkMessage)obj));

    public override object FromBinary(byte[] bytes, string manifest) =>
        ((LinkLetter)_proper.FromBinary(bytes, manifest)).Message;
}

/// <summary>An actor system that speaks the link protocol by hand, as wrongly as it likes.</summary>
internal sealed class HostilePeer : IAsyncDisposable
{
    private readonly ActorSystem _system;

    private HostilePeer(ActorSystem system) => _system = system;

    public static HostilePeer Start(string hocon = "") =>
        new(ActorSystem.Create("flood", ConfigurationFactory.ParseString(hocon).WithFallback(
        """
        akka {
          loglevel = WARNING
          stdout-loglevel = OFF
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          actor {
            serializers.raw = "FloodActors.Tests.Actors.RawSerializer, FloodActors.Tests"
            serialization-bindings {
              "FloodActors.Wire.LinkMessage, FloodActors.Protocol" = raw
              "FloodActors.Tests.Actors.RawLinkMessage, FloodActors.Tests" = raw
            }
            serialization-identifiers { "FloodActors.Tests.Actors.RawSerializer, FloodActors.Tests" = 7463 }
          }
        }
        """)));

    public string Address => ((ExtendedActorSystem)_system).Provider.DefaultAddress.ToString();

    /// <summary>A reference to an actor anywhere.</summary>
    public IActorRef Find(string path) => ((ExtendedActorSystem)_system).Provider.ResolveActorRef(path);

    /// <summary>A mouth of its own for each attack.</summary>
    public HostileLink Open(TestNode victim, string name, string protocol = "akka.tcp")
    {
        var inbox = new ConcurrentQueue<(object Message, IActorRef Sender)>();
        var mouth = _system.ActorOf(Props.Create(() => new Mouth(inbox)));
        return new HostileLink(
            mouth, inbox, _system.ActorSelection($"{protocol}://flood@{victim.Address}{Flood.DefaultPath}"), _system,
            name);
    }

    /// <summary>The records as the bytes of one frame.</summary>
    public static byte[] Records(params LinkRecord[] records) =>
        new RecordWriter(sequenceIds: false).Frames(records).Single().Records().ToArray();

    public static LinkRecord Text(string text) =>
        new(LinkSamples.Message(System.Text.Encoding.UTF8.GetBytes(text), kind: PayloadKind.Text));

    public async ValueTask DisposeAsync() => await _system.Terminate();

    private sealed class Mouth(ConcurrentQueue<(object, IActorRef)> inbox) : UntypedActor
    {
        protected override void OnReceive(object message) => inbox.Enqueue((message, Sender));
    }
}

/// <summary>One conversation of a <see cref="HostilePeer"/>.</summary>
internal sealed class HostileLink(
    IActorRef mouth, ConcurrentQueue<(object Message, IActorRef Sender)> inbox, ActorSelection node, ActorSystem system,
    string name)
{
    private long _seq;

    public string Name => name;

    public IActorRef Mouth => mouth;

    public ulong HelloSession { get; } = (ulong)Random.Shared.NextInt64();

    /// <summary>The node's session: what is said to its end of the link.</summary>
    public ulong Session { get; private set; }

    public IActorRef? Remote { get; private set; }

    public IEnumerable<LinkMessage> Heard => inbox.Select(i => i.Message).OfType<LinkMessage>();

    public NodeInfo Info => LinkSamples.Info(
        name, mouth.Path.ToStringWithAddress(((ExtendedActorSystem)system).Provider.DefaultAddress),
        HelloSession ^ 0x5555);

    public void ToNode(object message, IActorRef? inTheNameOf = null) => node.Tell(message, inTheNameOf ?? mouth);

    public void ToPath(string path, object message) => system.ActorSelection(path).Tell(message, mouth);

    public void Say(object message) => Remote!.Tell(message, mouth);

    public void SayRaw(string manifest, params byte[] bytes) => Say(new RawLinkMessage(manifest, bytes));

    /// <summary>The next frame in order, with these records.</summary>
    public void Frame(byte[] records) => Frame(++_seq, records);

    public void Frame(long seq, byte[] records, int opens = 0) =>
        Say(LinkCodec.EncodeFrame(records, Session, seq, default, push: true, opens));

    /// <summary>
    /// Says hello until it is welcomed, as every dialler does: the node may still be full of what an earlier attack
    /// left. A ping makes it a link.
    /// </summary>
    public async Task BeWelcomed(NodeInfo? info = null)
    {
        var looks = 0;
        await Eventually.Holds(
            () =>
            {
                if (inbox.Any(i => i.Message is Welcome)) return true;
                if (looks++ % 50 == 0) ToNode(new Hello(HelloSession, LinkMessage.Version, info ?? Info));
                return false;
            },
            $"{name} is welcomed");
        var (message, sender) = inbox.First(i => i.Message is Welcome);
        (Remote, Session) = (sender, ((Welcome)message).OwnSession);
    }

    public Task Hears<T>(Func<T, bool>? which = null)
        where T : LinkMessage =>
        Eventually.Holds(
            () => Heard.OfType<T>().Any(which ?? (_ => true)),
            $"{name} hears {typeof(T).Name}; it heard "
            + $"{string.Join(", ", Heard.TakeLast(5).Select(m => m.GetType().Name))}");
}
