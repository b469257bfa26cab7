using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Xunit.Abstractions;

namespace FloodActors.Cluster.Tests;

/// <summary>
/// One program, written for both: 20 messages, 20 while the link to a subscriber is down for a moment, 20 after it is
/// back, then a second subscriber joins, and 20 more.
/// </summary>
public sealed class ComparedWithDistributedPubSubTests(ITestOutputHelper output)
{
    private const int Part = 20;

    [Fact]
    public async Task A_blip_and_a_late_subscriber_lose_messages_with_DistributedPubSub_and_none_with_FloodActors()
    {
        var nodes = await ClusterNode.StartCluster(2, ClusterNode.Throttled + "\n" + PubSub);
        var (publisher, early) = (nodes[0], nodes[1]);
        await Eventually.Holds(() => nodes.All(n => n.Links == 1), "the flood is linked");
        var atPublisher = await Subscriber.Start(publisher);
        var atEarly = await Subscriber.Start(early);

        // DistributedPubSub loses what is published before its registry has spread, so it gets the time it needs.
        var probes = 0;
        await Eventually.Holds(
            () =>
            {
                Publish(publisher, $"probe {probes++}");
                return atEarly.Texts.Any(t => t.StartsWith("probe", StringComparison.Ordinal));
            },
            "the registry has spread to the publisher");

        await PublishPart(publisher, atPublisher, "calm");
        await Eventually.Holds(() => atEarly.Of("calm") == Part, "the subscriber has the calm part");

        await publisher.Blackhole(early, true);
        await PublishPart(publisher, atPublisher, "blip");
        await Eventually.Holds(() => publisher.SeesUnreachable(early), "the cluster has noticed the blip");
        await publisher.Blackhole(early, false);
        await Eventually.Holds(
            () => !publisher.SeesUnreachable(early) && !early.SeesUnreachable(publisher), "the blip is over");

        await PublishPart(publisher, atPublisher, "after");
        await Eventually.Holds(() => atEarly.Of("after") == Part, "the subscriber has the part after the blip");

        await using var late = ClusterNode.Start("late", ClusterNode.Throttled + "\n" + PubSub);
        late.Cluster.Join(publisher.Address);
        var atLate = await Subscriber.Start(late);
        await Eventually.Holds(
            () =>
            {
                Publish(publisher, $"probe {probes++}");
                return atLate.Texts.Count > 0;
            },
            "the registry has spread again");
        await PublishPart(publisher, atPublisher, "late");
        await Eventually.Holds(
            () => atEarly.Of("late") == Part && atLate.Of("late") == Part, "both have the last part");

        // The flood has had its answers all along.
        await Eventually.Holds(
            () => early.Texts.Count == 4 * Part && late.Texts.Count == 4 * Part,
            "everyone has everything over the flood");
        output.WriteLine("                      calm  blip  after  late subscriber's part");
        foreach (var (name, subscriber, node) in new[] { ("early", atEarly, early), ("late", atLate, late) })
        {
            output.WriteLine($"DistributedPubSub {name,-5} {Row(subscriber.Texts)}");
            output.WriteLine($"FloodActors       {name,-5} {Row(node.Texts)}");
        }

        Assert.Equal(0, atEarly.Of("blip"));
        Assert.Equal(0, atLate.Of("calm") + atLate.Of("blip") + atLate.Of("after"));
        var all = new[] { "calm", "blip", "after", "late" }
            .SelectMany(part => Enumerable.Range(0, Part).Select(i => $"{part} {i}")).ToList();
        Assert.Equal(all, early.Texts);
        Assert.Equal(all, late.Texts);
        await Task.WhenAll(nodes.Select(n => n.System.Terminate()));
    }

    private static string PubSub => "akka.cluster.pub-sub.gossip-interval = 200ms";

    private static string Row(IEnumerable<string> texts) =>
        string.Join(
            "  ",
            new[] { "calm", "blip", "after", "late" }
                .Select(part => $"{texts.Count(t => t.StartsWith(part, StringComparison.Ordinal)),4}"));

    private static void Publish(ClusterNode node, string text) =>
        DistributedPubSub.Get(node.System).Mediator.Tell(new Publish("topic", text));

    private static async Task PublishPart(ClusterNode publisher, Subscriber own, string part)
    {
        for (var i = 0; i < Part; i++)
        {
            Publish(publisher, $"{part} {i}");
            Assert.IsType<Appended>(await publisher.Flood.AppendAsync($"{part} {i}"));
        }
        // The mediator sends to all subscribers at once: what its own system's has, the others were sent.
        await Eventually.Holds(() => own.Of(part) == Part, "the part is published");
    }

    /// <summary>What an actor that is subscribed to the topic was sent.</summary>
    private sealed record Subscriber(ConcurrentQueue<string> Texts)
    {
        public int Of(string part) => Texts.Count(t => t.StartsWith(part, StringComparison.Ordinal));

        public static async Task<Subscriber> Start(ClusterNode node)
        {
            var texts = new ConcurrentQueue<string>();
            var subscribed = new TaskCompletionSource();
            node.System.ActorOf(Props.Create(() => new TopicActor(texts, subscribed)));
            await subscribed.Task.WaitAsync(TimeSpan.FromSeconds(20));
            return new Subscriber(texts);
        }
    }

    private sealed class TopicActor(ConcurrentQueue<string> texts, TaskCompletionSource subscribed) : UntypedActor
    {
        protected override void PreStart() =>
            DistributedPubSub.Get(Context.System).Mediator.Tell(new Subscribe("topic", Self));

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case SubscribeAck: subscribed.TrySetResult(); break;
                case string text: texts.Enqueue(text); break;
                default: Unhandled(message); break;
            }
        }
    }
}
