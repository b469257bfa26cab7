using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using FloodActors.Actors;
using FloodActors.Wire;

namespace FloodActors.Host.Tests;

/// <summary>
/// A peer that is admitted and then speaks the link protocol as it likes, over as many links as it likes.
/// </summary>
internal sealed class LinkAttacker : IAsyncDisposable
{
    private readonly Stranger _stranger = Stranger.Start();

    private string Address => ((ExtendedActorSystem)_stranger.System).Provider.DefaultAddress.ToString();

    /// <summary>A link that is up.</summary>
    /// <param name="node">The node's address.</param>
    /// <param name="name">The peer's name.</param>
    /// <param name="settings">What it says of itself; by default the usual.</param>
    public async Task<AttackingLink> Link(NodeProcess node, string name, FloodSettings? settings = null)
    {
        settings ??= new FloodSettings();
        var inbox = new ConcurrentQueue<(LinkMessage Message, IActorRef Sender)>();
        var mouth = _stranger.System.ActorOf(Props.Create(() => new Mouth(inbox)));
        var session = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
        var mode = settings.MessageId == MessageIdMode.Sequence ? (byte)0 : (byte)1;
        var info = new NodeInfo(name, $"{Address}{mouth.Path.ToStringWithoutAddress()}", session, mode)
        {
            Window = settings.Window,
            MaxFrame = settings.MaxFrame,
            MaxMessageSize = settings.MaxMessageSize,
            PeerTimeoutMs = 5000,
        };
        var flood = _stranger.System.ActorSelection($"akka.tcp://flood@{node.Address}{Flood.DefaultPath}");
        for (var looks = 0; !inbox.Any(i => i.Message is Welcome); looks++)
        {
            Assert.InRange(looks, 0, 3000);
            if (looks % 100 == 0) flood.Tell(new LinkLetter(new Hello(session, LinkMessage.Version, info)), mouth);
            await Task.Delay(10);
        }
        var (welcome, sender) = inbox.First(i => i.Message is Welcome);
        var link = new AttackingLink(mouth, sender, ((Welcome)welcome).OwnSession, inbox);
        link.StayAlive();
        await node.Connected(name);
        return link;
    }

    public ValueTask DisposeAsync() => _stranger.DisposeAsync();

    private sealed class Mouth(ConcurrentQueue<(LinkMessage, IActorRef)> inbox) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is LinkLetter letter) inbox.Enqueue((letter.Message, Sender));
        }
    }
}

/// <summary>One link of a <see cref="LinkAttacker"/>.</summary>
internal sealed class AttackingLink(
    IActorRef mouth, IActorRef remote, ulong session, ConcurrentQueue<(LinkMessage Message, IActorRef Sender)> inbox)
{
    private long _seq;

    public bool IsOver => inbox.Any(i => i.Message is Bye);

    /// <summary>Whether the node said that it has no room for a message.</summary>
    public bool IsRefusedRoom => inbox.Any(i => i.Message is Ack { Reason: AckReason.NoRoom });

    private long Taken => inbox.Select(i => (i.Message as Ack)?.Confirmed.Taken ?? 0).Append(0).Max();

    public void StayAlive() => Say(new Ping(session, default));

    /// <summary>The next frame. Completes when it is taken, refused, or the link is over.</summary>
    public async Task Frame(byte[] records, int opens = 0)
    {
        var seq = ++_seq;
        Say(LinkCodec.EncodeFrame(records, session, seq, default, push: true, opens));
        var clock = Stopwatch.StartNew();
        while (Taken < seq && !IsOver && !IsRefusedRoom)
        {
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
            await Task.Delay(5);
        }
    }

    private void Say(LinkMessage message) => remote.Tell(new LinkLetter(message), mouth);
}
