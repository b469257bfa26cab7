using Akka.Actor;
using FloodActors.Benchmarks.Systems;

namespace FloodActors.Benchmarks.Topics;

/// <summary>A node of a flood with a typed topic: System.Text.Json with a source-generated context.</summary>
internal sealed class TypedFloodSystem(Setup setup, IReceiver? receiver) : FloodSystem(setup, callbacks: null)
{
    private FloodTopic<Price>? _prices;

    private FloodTopic<Price> Prices => _prices ??= Flood.Topic("prices", PriceJson.Default.Price);

    public override async Task Join(Setup all)
    {
        if (receiver is not null)
            await Prices.Subscribe(System.ActorOf(Props.Create(() => new Subscriber(receiver))));
        await base.Join(all);
    }

    protected override FloodRejection? Append(byte[] message) => Prices.Append(TypedMessage.Of(message));

    protected override Task<AppendResult> AppendAsync(byte[] message) => Prices.AppendAsync(TypedMessage.Of(message));

    private sealed class Subscriber(IReceiver receiver) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is TopicMessage<Price> price) TypedMessage.Deliver(price.Value, receiver);
            else Unhandled(message);
        }
    }
}
