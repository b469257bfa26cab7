using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Topics;

/// <summary>DistributedPubSub with the same record, which Akka's default serializer (Newtonsoft.Json) writes.</summary>
internal sealed class TypedPubSubSystem(Setup setup, IReceiver? receiver) : PubSubSystem(setup, receiver)
{
    protected override object Wrap(byte[] message) => TypedMessage.Of(message);
}
