using Akka.Actor;
using FloodActors.Actors;
using FloodActors.Core;
using FloodActors.Links;
using FloodActors.Wire;

namespace FloodActors;

/// <content>Carries out what the node asks for.</content>
public sealed partial class FloodActor
{
    ulong INodeOutput.Random() => RandomId.Next();

    ILinkDriver INodeOutput.Dial(Link link, LinkSetup setup, string address)
    {
        // Before the link sends its first hello.
        var dial = _dials.Begin(address);
        var driver = AddLink(link, PeerActor.Props(setup, address, null, _diagnostics));
        _dials.Belongs(dial, driver.Actor);
        return driver;
    }

    ILinkDriver INodeOutput.Accept(Link link, LinkSetup setup, IHelloSender dialler) =>
        AddLink(link, PeerActor.Props(setup, null, ((HelloSender)dialler).Actor, _diagnostics));

    void INodeOutput.Raised(FloodEvent @event) => EventLogging.Log(_log, @event);

    void INodeOutput.Received(long from) => _diagnostics.Delivered(from);

    void INodeOutput.ReceivedKey(FloodMessage message) => _diagnostics.Delivered(message);

    void INodeOutput.WakeAt(long time) => _alarm.Set(time - Now.Now);

    void INodeOutput.Left()
    {
        _parts.End(new FloodEnd(FloodEndCause.Left, "This node has left the flood."));
        Context.Stop(Self);
    }

    private sealed class HelloSender(IActorRef actor, ActorSystem system) : IHelloSender
    {
        public IActorRef Actor { get; } = actor;

        public string Path { get; } = actor.Path.ToStringWithAddress(
            ((ExtendedActorSystem)system).Provider.DefaultAddress);

        public void Refuse(Refused refusal) => Actor.Tell(new LinkLetter(refusal));
    }

    private sealed class ActorSubscriber(IActorRef listener) : ISubscriberDriver
    {
        public void Give(NoticeDemand demand) => listener.Tell(demand);
    }
}
