using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using Akka.Actor;

namespace FloodActors.Tests.Actors;

public sealed record Price(string Symbol, decimal Rate);

/// <summary>The same in a later version: a member more, and one less.</summary>
public sealed record LaterPrice(string Symbol, string? Venue = "unknown");

[JsonSerializable(typeof(Price))]
[JsonSerializable(typeof(LaterPrice))]
internal sealed partial class PriceJson : JsonSerializerContext;

/// <summary>Topics between nodes that are linked over Akka.Remote.</summary>
public sealed class TopicTests
{
    [Fact]
    public async Task Typed_messages_reach_an_actor_through_a_node_that_does_not_know_the_type()
    {
        await using var first = TestNode.Start("first");
        await using var middle = TestNode.Start("middle");
        await using var last = TestNode.Start("last");
        Assert.IsType<Connected>(await first.Flood.ConnectAsync(middle.Address));
        Assert.IsType<Connected>(await last.Flood.ConnectAsync(middle.Address));
        var inbox = new ConcurrentQueue<object>();
        await last.Flood.Topic("prices", PriceJson.Default.Price)
            .Subscribe(last.System.ActorOf(Props.Create(() => new Collector(inbox))));

        var prices = first.Flood.Topic("prices", PriceJson.Default.Price);
        Assert.IsType<Appended>(await first.Flood.AppendAsync("of no topic"));
        var appended = Assert.IsType<Appended>(await prices.AppendAsync(new Price("EUR/USD", 1.10m)));
        Assert.IsType<Appended>(await first.Flood.Topic<string>("chat").AppendAsync("hello"));
        Assert.IsType<Appended>(await prices.AppendAsync(new Price("EUR/CHF", 0.93m)));

        await Eventually.Holds(() => inbox.Count >= 2, "both prices are there");
        var messages = inbox.Cast<TopicMessage<Price>>().ToList();
        Assert.Equal([new Price("EUR/USD", 1.10m), new Price("EUR/CHF", 0.93m)], messages.Select(m => m.Value));
        Assert.Equal(
            ("first", "prices", "middle", appended.Id),
            (messages[0].Origin, messages[0].Topic, messages[0].Message.From, messages[0].Id));
        Assert.True(messages[0].Time <= messages[1].Time);
        var carried = middle.Events.OfType<MessageReceived>().Select(e => (e.Message.Topic, e.Message.Codec)).ToList();
        Assert.Equal([(null, null), ("prices", "json"), ("chat", "text"), ("prices", "json")], carried);
    }

    [Fact]
    public async Task Callbacks_and_await_foreach_are_given_the_values_too_from_the_start_of_the_log()
    {
        await using var node = TestNode.Start("node");
        var chat = node.Flood.Topic<string>("chat");
        await chat.AppendAsync("one");
        var heard = new ConcurrentQueue<string>();
        await chat.Listen(m => heard.Enqueue(m.Value), replay: true);
        await node.Flood.Topic<byte[]>("other").AppendAsync([1, 2]);
        await chat.AppendAsync("two");
        await Eventually.Holds(() => heard.SequenceEqual(["one", "two"]), "the callback heard both");

        var read = new List<string>();
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await foreach (var message in chat.MessagesAsync(replay: true, cancellation: enough.Token))
        {
            read.Add(message.Value);
            if (read.Count == 2) break;
        }
        Assert.Equal(["one", "two"], read);
    }

    [Fact]
    public async Task A_reader_with_another_codec_is_told_both_names()
    {
        await using var node = TestNode.Start("node");
        var events = new ConcurrentQueue<FloodEvent>();
        var values = new ConcurrentQueue<byte[]>();
        await node.Flood.Topic<byte[]>("prices").Listen(m => values.Enqueue(m.Value), events.Enqueue);
        await node.Flood.Topic("prices", PriceJson.Default.Price).AppendAsync(new Price("EUR/USD", 1));
        await node.Flood.Topic<byte[]>("prices").AppendAsync([1]);
        await Eventually.Holds(() => values.Count == 1, "what can be read has been");
        Assert.Equal(
            "node encoded it with the codec 'json', and this subscriber of 'prices' reads 'bytes'.",
            Assert.IsType<MessageUndecodable>(Assert.Single(events)).Reason);
        Assert.Equal(1, (await node.Flood.StatsAsync()).Undecodable);
    }

    [Fact]
    public async Task Members_that_came_or_went_between_versions_are_what_the_codec_says()
    {
        await using var node = TestNode.Start("node");
        var read = new ConcurrentQueue<LaterPrice>();
        await node.Flood.Topic("prices", PriceJson.Default.LaterPrice).Listen(m => read.Enqueue(m.Value));
        await node.Flood.Topic("prices", PriceJson.Default.Price).AppendAsync(new Price("EUR/USD", 1));
        await Eventually.Holds(() => !read.IsEmpty, "it was read");
        Assert.Equal(new LaterPrice("EUR/USD"), Assert.Single(read));
    }

    [Fact]
    public async Task Listed_objects_travel_in_a_topic_and_what_a_codec_throws_is_a_rejection_or_an_event()
    {
        await using var node = TestNode.Start("node", configure: s => s.AllowObjects(types => types.Add<Price>()));
        var events = new ConcurrentQueue<FloodEvent>();
        var read = new ConcurrentQueue<object>();
        var objects = node.Flood.Topic("objects", FloodCodec.Objects<object>());
        await objects.Listen(m => read.Enqueue(m.Value));
        Assert.IsType<Appended>(await objects.AppendAsync(new Price("EUR/USD", 1)));
        var rejected = Assert.IsType<Rejected>(await objects.AppendAsync(new Uri("http://x")));
        Assert.Equal(RejectReason.TypeNotAllowed, rejected.Rejection.Reason);
        await Eventually.Holds(() => read.SequenceEqual([new Price("EUR/USD", 1)]), "the object was read");

        var broken = node.Flood.Topic("broken", new BrokenCodec());
        await broken.Listen(_ => { }, events.Enqueue);
        rejected = Assert.IsType<Rejected>(await broken.AppendAsync("no"));
        Assert.Equal(RejectReason.NotSerializable, rejected.Rejection.Reason);
        Assert.Contains("'broken' cannot write", rejected.Rejection.Message, StringComparison.Ordinal);
        Assert.IsType<Appended>(await broken.AppendAsync("yes"));
        await Eventually.Holds(() => !events.IsEmpty, "the reader's codec threw");
        Assert.Contains(
            "cannot be read", Assert.IsType<MessageUndecodable>(events.First()).Reason, StringComparison.Ordinal);
        Assert.Equal(2, (await node.Flood.StatsAsync()).Rejected.Values.Sum());
    }

    [Fact]
    public async Task Equal_values_in_two_topics_are_two_messages_also_for_the_peers()
    {
        await using var first = TestNode.Start("first");
        await using var last = TestNode.Start("last", configure: s => s with { LocalFrames = false });
        Assert.IsType<Connected>(await first.Flood.ConnectAsync(last.Address));
        foreach (var topic in (string[])["a", "b", "a"])
            await first.Flood.Topic<string>(topic).AppendAsync("equal");
        await first.Flood.AppendAsync("equal");
        await Eventually.Holds(() => last.Received.Count == 3, "three came");
        Assert.Equal(
            ["a", "b", null], last.Events.OfType<MessageReceived>().Select(e => e.Message.Topic));
        var data = await last.Flood.DataAsync();
        Assert.Equal("equal", data.Messages[0].AsText());
    }

    [Fact]
    public async Task The_JSON_of_a_topic_can_be_read_without_its_type()
    {
        await using var node = TestNode.Start("node");
        await node.Flood.Topic("prices", PriceJson.Default.Price).AppendAsync(new Price("EUR/USD", 1.10m));
        var message = Assert.Single((await node.Flood.DataAsync()).Messages);
        Assert.Equal("1.10", message.AsJson().GetProperty("Rate").GetRawText());
    }

    private sealed class BrokenCodec : IFloodCodec<string>
    {
        public string Name => "broken";

        public void Encode(string value, IBufferWriter<byte> into)
        {
            if (value == "no") throw new InvalidOperationException("not this one");
            into.Write("x"u8);
        }

        public string Decode(ReadOnlyMemory<byte> body) => throw new FormatException("cannot be read");
    }

    private sealed class Collector(ConcurrentQueue<object> inbox) : UntypedActor
    {
        protected override void OnReceive(object message) => inbox.Enqueue(message);
    }
}
