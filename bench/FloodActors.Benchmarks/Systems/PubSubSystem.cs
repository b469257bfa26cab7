using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.PublishSubscribe;
using FloodActors.Benchmarks.Topics;

namespace FloodActors.Benchmarks.Systems;

/// <summary>
/// A node of a cluster with Akka.Cluster.Tools' DistributedPubSub: publish to a topic that every other node subscribes
/// to.
/// </summary>
internal class PubSubSystem : IMessageSystem
{
    private const string Topic = "bench";

    private readonly ActorSystem _system;
    private readonly IReceiver? _receiver;
    private readonly IActorRef _mediator;
    private string _topic = Topic;

    public PubSubSystem(Setup setup, IReceiver? receiver)
    {
        // Under full load heartbeats wait behind messages; nobody is to be declared dead for that.
        _system = Remoting.Start(
            "cluster", $"akka.cluster.failure-detector.acceptable-heartbeat-pause = 60s\n{setup.Hocon}");
        _receiver = receiver;
        _mediator = DistributedPubSub.Get(_system).Mediator;
        Address = Remoting.AddressOf(_system).ToString();
    }

    public string Address { get; }

    public async Task Join(Setup setup)
    {
        var cluster = Cluster.Get(_system);
        await cluster.JoinAsync(Akka.Actor.Address.Parse(setup.Addresses[0]));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (cluster.State.Members.Count(member => member.Status == MemberStatus.Up) < setup.Nodes)
            await timer.WaitForNextTickAsync();
        _topic = TopicOf(setup, setup.Index + 1);
        if (_receiver is null) return;
        var next = setup.Relay && setup.Index + 1 < setup.Nodes ? _topic : null;
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _system.ActorOf(
            Props.Create(() => new Subscriber(_mediator, TopicOf(setup, setup.Index), _receiver, next, joined)));
        await joined.Task;
    }

    public void Publish(byte[] message) => _mediator.Tell(new Publish(_topic, Wrap(message)), ActorRefs.NoSender);

    public void Flush()
    {
    }

    public Task<Dictionary<string, double>> Counters() => Task.FromResult(new Dictionary<string, double>());

    public async ValueTask DisposeAsync() => await _system.Terminate();

    /// <summary>What is published for a message. The array is used again.</summary>
    protected virtual object Wrap(byte[] message) => message[..];

    private static string TopicOf(Setup setup, int index) => setup.Relay ? $"{Topic}-{index}" : Topic;

    private sealed class Subscriber : UntypedActor
    {
        private readonly IActorRef _mediator;
        private readonly IReceiver _receiver;
        private readonly string? _next;
        private readonly TaskCompletionSource _joined;

        public Subscriber(
            IActorRef mediator, string topic, IReceiver receiver, string? next, TaskCompletionSource joined)
        {
            (_mediator, _receiver, _next, _joined) = (mediator, receiver, next, joined);
            mediator.Tell(new Subscribe(topic, Self));
        }

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case byte[] bytes:
                    // As a relay of the flood does: first on, then to the application.
                    if (_next is not null) _mediator.Tell(new Publish(_next, bytes));
                    _receiver.OnMessage(bytes);
                    break;
                case Price price:
                    TypedMessage.Deliver(price, _receiver);
                    break;
                case SubscribeAck:
                    _joined.TrySetResult();
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }
    }
}
