using System.Text.Json;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace FloodActors.Streams.Tests.Streams;

public sealed class PayloadKindTests
{
    private static readonly FloodPayload[] OneOfEach =
        [
            FloodPayload.Text("text"), FloodPayload.Json("{\"b\":1,\"a\":2}"),
            FloodPayload.Bytes(new byte[] { 1, 2, 3 }),
            FloodPayload.Object(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)),
        ];

    private static LocalFlood Start() =>
        LocalFlood.Start(configure: s => s with { HyperionTypes = [typeof(DateTimeOffset)] });

    [Fact]
    public async Task What_JSON_cannot_carry_is_not_sent_and_counted_and_reported()
    {
        await using var node = Start();
        var sent = await SentTo(node, node.Flood.CreateJsonStream("js"));
        Assert.Equal(["\"text\"", "{\"a\":2,\"b\":1}"], sent.Select(v => v.GetRawText()));
        Assert.Equal(2, (await node.Flood.StatsAsync()).UnsuitableForPeer);
        await Soon.Holds(
            () => node.Events.OfType<MessageNotSent>().Where(e => e.Peer == "js").Sum(e => e.Count) == 2,
            "both are reported");
        Assert.Contains("Bytes", node.Events.OfType<MessageNotSent>().First().Reason);
    }

    [Fact]
    public async Task A_mapping_carries_bytes_and_they_come_back_as_the_same_message()
    {
        await using var node = Start();
        var options = new FloodStreamOptions { Mapping = JsonMapping.BytesAsBase64() };
        var sent = await SentTo(node, node.Flood.CreateJsonStream("js", options));
        Assert.Equal(["\"text\"", "{\"a\":2,\"b\":1}", "{\"$bytes\":\"AQID\"}"], sent.Select(v => v.GetRawText()));
        Assert.Equal(1, (await node.Flood.StatsAsync()).UnsuitableForPeer);
        Assert.Contains("mapping", node.Events.OfType<MessageNotSent>().Single().Reason);

        var stream = Source.From(sent).ViaMaterialized(node.Flood.CreateJsonStream("back", options), Keep.Right)
            .To(Sink.Ignore<JsonElement>()).Run(node.Materializer);
        await stream.Ended;
        await node.Event<PeerDisconnected>(e => e.Peer == "back");
        Assert.Empty(node.Received);
    }

    [Fact]
    public async Task A_mapping_that_throws_costs_its_message_only()
    {
        await using var node = Start();
        var mapping = new JsonMapping(_ => throw new InvalidOperationException("no"), _ => null);
        Assert.Equal(
            2,
            (await SentTo(
                node, node.Flood.CreateJsonStream("js", new FloodStreamOptions { Mapping = mapping }))).Count);
        Assert.Equal(2, (await node.Flood.StatsAsync()).UnsuitableForPeer);
    }

    [Fact]
    public async Task Text_and_bytes_streams_carry_their_kind_and_the_general_one_all()
    {
        await using var node = Start();
        Assert.Equal(["text"], await SentTo(node, node.Flood.CreateTextStream("t")));
        await using var second = Start();
        Assert.Equal([1, 2, 3], (await SentTo(second, second.Flood.CreateBytesStream("b"))).Single().ToArray());
        await using var third = Start();
        Assert.Equal(
            Enum.GetValues<PayloadKind>(), (await SentTo(third, third.Flood.CreateStream("all"))).Select(m => m.Kind));
    }

    [Fact]
    public async Task A_value_that_comes_back_printed_otherwise_is_the_same_message()
    {
        await using var node = Start();
        string[][] printings =
        [
            [
                "{\"b\":[1,0.00001,100000000000000000000000],\"a\":\"\u00e9\\/\"}",
                "{ \"a\" : \"\\u00e9/\",\n \"b\" : [1.0, 1E-5, 1e+23] }",
            ],
            ["5e-324", "4.9E-324"], ["1.7976931348623157e308", "17976931348623157e292"],
            ["\"\\ud83d\\ude00\"", "\"\U0001F600\""], ["0", "-0", "0.0", "0e7"],
        ];
        var values = printings.SelectMany(p => p).Select(p => JsonElement.Parse(p)).ToList();
        var stream = Source.From(values).ViaMaterialized(node.Flood.CreateJsonStream("js"), Keep.Right)
            .To(Sink.Ignore<JsonElement>()).Run(node.Materializer);
        await stream.Ended;
        await node.Event<PeerDisconnected>();
        Assert.Equal(printings.Length, node.Received.Count());
        Assert.Equal(values.Count - printings.Length, (await node.Flood.StatsAsync()).Duplicates);
    }

    [Fact]
    public async Task A_value_that_no_message_can_be_made_of_is_refused_and_reported_and_the_rest_goes_on()
    {
        await using var node = Start();
        var values = new[] { "1", "\"\\ud800\"", "{\"a\":1,\"a\":2}", "123456789012345678901", "2" }
            .Select(v => JsonElement.Parse(v));
        var stream = Source.From(values).ViaMaterialized(node.Flood.CreateJsonStream("js"), Keep.Right)
            .To(Sink.Ignore<JsonElement>()).Run(node.Materializer);
        await stream.Ended;
        await node.Event<PeerDisconnected>();
        Assert.Equal(["1", "2"], node.Received.Select(v => v.ToString()));
        Assert.Equal(3, node.Events.OfType<MessageRefused>().Where(e => e.Peer == "js").Sum(e => e.Count));
        Assert.Equal(3, (await node.Flood.StatsAsync()).InvalidFromPeer);
    }

    [Fact]
    public async Task A_value_above_max_message_size_disconnects_after_what_came_before_it()
    {
        await using var node = LocalFlood.Start(configure: s => s with { MaxMessageSize = 2000 });
        var stream = Source.From(["small", new string('x', 2001), "after"]).ViaMaterialized(
            node.Flood.CreateTextStream("js"), Keep.Right).To(Sink.Ignore<string>()).Run(node.Materializer);
        Assert.Equal(LinkEnd.MessageTooLarge, (await stream.Ended).Cause);
        Assert.Equal(LinkEnd.MessageTooLarge, (await node.Event<PeerDisconnected>()).Cause);
        Assert.Equal(["small"], node.Received);
    }

    private static async Task<IReadOnlyList<T>> SentTo<TIn, T>(LocalFlood node, Flow<TIn, T, FloodStream> flow)
    {
        foreach (var payload in OneOfEach) Assert.IsType<Appended>(await node.Flood.AppendAsync(payload));
        var received = new System.Collections.Concurrent.ConcurrentQueue<T>();
        var (stream, done) = Source.Maybe<TIn>().ViaMaterialized(flow, Keep.Right)
            .ToMaterialized(Sink.ForEach<T>(received.Enqueue), Keep.Both).Run(node.Materializer);
        await stream.Connected;
        await node.Flood.FlushAsync();
        await node.Flood.DisconnectAsync(stream.Id);
        await done;
        return received.ToArray();
    }
}
