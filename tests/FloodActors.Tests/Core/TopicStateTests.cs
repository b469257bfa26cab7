using FloodActors.Core;
using FloodActors.Wire;

namespace FloodActors.Tests.Core;

public sealed class TopicStateTests
{
    [Fact]
    public void A_subscriber_of_a_topic_is_told_of_its_messages_alone_and_of_no_events()
    {
        var node = new StateHarness();
        var prices = node.State.AddListener(wantsDrops: true, replay: false, "prices");
        Append(node, "prices", "p1");
        node.Append("without a topic");
        Append(node, "orders", "o1");
        node.State.Events.Raise(new PeerForgotten("p", 1), node.State.Log.Next);
        Append(node, "prices", "p2");
        Assert.Equal(["p1", "p2"], Texts(node, prices));
        Append(node, "orders", "o2");
        Assert.Empty(node.Notices(prices));
        var late = node.State.AddListener(wantsDrops: false, replay: true, "prices");
        Assert.Equal(["p1", "p2"], Texts(node, late));
        Assert.Equal(["p1", "without a topic", "o1", "p2", "o2"], node.Data);
    }

    [Fact]
    public void What_is_of_other_topics_is_not_kept_for_a_slow_subscriber_and_does_not_count_as_missed()
    {
        var node = new StateHarness(s => s with { Capacity = 2, MaxLag = 2000 });
        var prices = node.State.AddListener(wantsDrops: false, replay: false, "prices");
        for (var i = 0; i < 100; i++) Append(node, "orders", $"o{i}");
        Assert.Equal(0, node.State.Log.RetainedBytes);
        Append(node, "prices", "p1");
        for (var i = 100; i < 200; i++) Append(node, "orders", $"o{i}");
        Append(node, "prices", "p2");
        Assert.True(node.State.Log.RetainedBytes <= 2000);
        var notices = node.Notices(prices);
        Assert.Equal(new SubscriberLagged(1), notices[0].Event);
        Assert.Equal("p2", StateHarness.TextOf(Assert.Single(notices.Skip(1)).Message!));
        Assert.Equal(1, node.State.Counters.SubscriberSkipped);
    }

    [Fact]
    public void A_topic_that_nobody_listens_to_any_longer_is_forgotten_and_can_be_listened_to_again()
    {
        var node = new StateHarness();
        var first = node.State.AddListener(wantsDrops: false, replay: false, "prices");
        var second = node.State.AddListener(wantsDrops: false, replay: false, "prices");
        node.State.RemoveListener(first);
        Append(node, "prices", "p1");
        Assert.Equal(["p1"], Texts(node, second));
        node.State.RemoveListener(second);
        Append(node, "prices", "p2");
        Assert.Equal(["p1", "p2"], Texts(node, node.State.AddListener(false, replay: true, "prices")));
    }

    [Fact]
    public void A_stream_of_values_is_not_given_what_it_cannot_say_the_topic_of()
    {
        var node = new StateHarness();
        var stream = node.State.ConnectStream("s", 9, new StreamPeer("s"));
        var peer = node.Connect("p");
        Append(node, "prices", "p1");
        Assert.Empty(node.Send(stream));
        Assert.Equal(["p1"], node.Send(peer));
        Assert.Equal(1, node.State.Counters.UnsuitableForPeer);
        Assert.Contains("topic", Assert.Single(node.Events.OfType<MessageNotSent>()).Reason, StringComparison.Ordinal);
    }

    private static void Append(StateHarness node, string topic, string text)
    {
        var header = MessageHeader.Create(default, Subject.Of(topic, "text"));
        var body = System.Text.Encoding.UTF8.GetBytes(text);
        Assert.True(
            node.State.Append(PayloadKind.Text, body, StateHarness.IdOf(topic + text), node.Time, out _, header));
        node.State.Trim();
    }

    private static IEnumerable<string> Texts(StateHarness node, ListenerCursor listener) =>
        node.Notices(listener).Select(notice => StateHarness.TextOf(notice.Message!));
}
