using System.Collections.Concurrent;
using System.Text.Json;
using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace FloodActors.Streams.Tests.Streams;

public sealed class CreateStreamTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public async Task A_stream_without_an_id_is_refused_with_what_an_id_is_for(string? id)
    {
        await using var node = LocalFlood.Start();
        Assert.Contains("OnConnect", Assert.Throws<ArgumentException>(() => node.Flood.CreateStream(id!)).Message);
    }

    [Fact]
    public async Task A_taken_id_fails_the_stream_and_harms_the_one_that_has_it_not()
    {
        await using var node = LocalFlood.Start();
        var (first, into) = Open(node, "x");
        await first.Connected;

        var (input, second, output) = OpenAll(node, "x");
        var refused = await Assert.ThrowsAsync<FloodStreamException>(() => second.Connected);
        Assert.Equal(("x", LinkEnd.IdTaken), (refused.Peer, refused.Cause));
        Assert.Contains("'x' is taken", refused.Message);
        Assert.Same(refused.GetType(), (await Assert.ThrowsAsync<FloodStreamException>(() => output)).GetType());
        Assert.Equal(LinkEnd.IdTaken, (await node.Event<PeerRefused>()).Cause);

        await into.OfferAsync("still here");
        await Soon.Holds(() => node.Received.Contains("still here"), "the first stream goes on");
        input.Complete();
    }

    [Fact]
    public async Task Materialising_connects_and_the_peers_completion_disconnects_when_all_it_sent_is_in()
    {
        await using var node = LocalFlood.Start();
        var texts = Enumerable.Range(0, 5000).Select(i => $"m{i}").ToList();
        var stream = Source.From(texts).ViaMaterialized(node.Flood.CreateTextStream("x"), Keep.Right)
            .To(Sink.Ignore<string>().MapMaterializedValue(_ => NotUsed.Instance)).Run(node.Materializer);
        var ended = await stream.Ended;
        Assert.Equal(LinkEnd.Completed, ended.Cause);
        await node.Event<PeerDisconnected>(e => e == ended);
        Assert.Equal(texts, node.Received);
        Assert.Equal("x", (await node.Event<PeerConnected>()).Peer);
        Assert.Empty(await node.Flood.PeersAsync());
    }

    [Fact]
    public async Task Each_side_that_completes_or_fails_disconnects_with_its_reason()
    {
        await using var node = LocalFlood.Start();
        var (cancelled, _) = Open(node, "cancelled", output: Sink.Cancelled<string>());
        Assert.Equal((LinkEnd.Completed, "the stream's other side stopped reading"), Of(await cancelled.Ended));

        var (input, failed, _) = OpenAll(node, "failed");
        await failed.Connected;
        input.Fail(new InvalidOperationException("the moon is full"));
        Assert.Equal((LinkEnd.Failure, "the moon is full"), Of(await failed.Ended));

        var (into, requested, output) = OpenAll(node, "requested");
        await requested.Connected;
        Assert.True(await node.Flood.DisconnectAsync("requested"));
        Assert.Equal((LinkEnd.Disconnected, "disconnected on request"), Of(await requested.Ended));
        await output;
        into.Complete();

        foreach (var peer in new[] { "cancelled", "failed", "requested" })
            await node.Event<PeerDisconnected>(e => e.Peer == peer);
        await Soon.Holds(() => node.Flood.PeersAsync().Result.Count == 0, "no state of a gone stream stays");

        static (LinkEnd, string) Of(PeerDisconnected ended) => (ended.Cause, ended.Reason);
    }

    [Fact]
    public async Task A_node_that_leaves_gives_a_stream_what_it_has_and_completes_it()
    {
        await using var node = LocalFlood.Start();
        var (_, stream, output) = OpenAll(node, "x");
        await stream.Connected;
        for (var i = 0; i < 1000; i++) node.Flood.Append($"m{i}");
        await node.Flood.LeaveAsync();
        Assert.Equal(LinkEnd.Leaving, (await stream.Ended).Cause);
        Assert.Equal(1000, (await output).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_log_is_caught_up_on_unless_that_is_off(bool catchUp)
    {
        await using var node = LocalFlood.Start();
        for (var i = 0; i < 10; i++) await node.Flood.AppendAsync($"old {i}");
        var (_, stream, output) = OpenAll(node, "x", new FloodStreamOptions { CatchUp = catchUp });
        await stream.Connected;
        await node.Flood.AppendAsync("new");
        await node.Flood.FlushAsync();
        await node.Flood.DisconnectAsync("x");
        Assert.Equal([.. catchUp ? Enumerable.Range(0, 10).Select(i => $"old {i}") : [], "new"], await output);
    }

    [Fact]
    public async Task A_peer_that_is_remembered_gets_what_left_the_log_while_it_was_away()
    {
        await using var node = LocalFlood.Start(configure: s => s with { Capacity = 5 });
        var options = new FloodStreamOptions { Remember = true };
        var (input, first, _) = OpenAll(node, "x", options);
        await first.Connected;
        await node.Flood.AppendAsync("before");
        await node.Flood.FlushAsync();
        input.Fail(new IOException("connection reset"));
        await node.Event<PeerDisconnected>();
        for (var i = 0; i < 50; i++) await node.Flood.AppendAsync($"m{i}");
        var (_, second, output) = OpenAll(node, "x", options);
        await second.Connected;
        await node.Flood.FlushAsync();
        await node.Flood.DisconnectAsync("x");
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"m{i}"), (await output).TakeLast(50));
    }

    [Fact]
    public async Task A_value_is_not_sent_back_to_the_stream_it_came_from()
    {
        await using var node = LocalFlood.Start();
        var (a, streamA, outA) = OpenAll(node, "a");
        var (_, streamB, outB) = OpenAll(node, "b");
        await Task.WhenAll(streamA.Connected, streamB.Connected);
        await a.OfferAsync("hello");
        await node.Event<MessageReceived>();
        await node.Flood.AppendAsync("from here");
        await node.Flood.FlushAsync();
        await node.Flood.DisconnectAsync("a");
        await node.Flood.DisconnectAsync("b");
        Assert.Equal(["from here"], await outA);
        Assert.Equal(["hello", "from here"], await outB);
        Assert.Equal("a", node.Events.OfType<MessageReceived>().Single().Message.From);
    }

    [Fact]
    public async Task A_stream_that_does_not_ask_lags_and_is_told_of_as_any_peer_and_holds_nothing_up()
    {
        await using var node = LocalFlood.Start(configure: s =>
            s with { MaxMessageSize = 100_000, MaxLag = 1_000_000, CapacityBytes = 1_000_000 });
        var probe = new TaskCompletionSource();
        var stream = Source.Maybe<string>().ViaMaterialized(node.Flood.CreateTextStream("stuck"), Keep.Right)
            .To(Sink.ForEachAsync<string>(1, _ => probe.Task).MapMaterializedValue(_ => NotUsed.Instance))
            .Run(node.Materializer);
        var (_, other, output) = OpenAll(node, "other");
        await Task.WhenAll(stream.Connected, other.Connected);
        for (var i = 0; i < 500; i++) await node.Flood.AppendAsync($"{i} {new string('x', 10_000)}");
        Assert.Equal("stuck", (await node.Event<PeerLagged>()).Peer);
        Assert.InRange((await node.Flood.StatsAsync()).RetainedBytes, 0, 1_000_000);
        await Soon.Holds(
            () => node.Flood.PeersAsync().Result.Single(p => p.Id == "other").Behind == 0,
            "the other stream has everything");
        await node.Flood.DisconnectAsync("other");
        Assert.Equal(500, (await output).Count);
        await node.Flood.DisconnectAsync("stuck");
        Assert.Equal(LinkEnd.Disconnected, (await stream.Ended).Cause);
        probe.SetResult();
    }

    [Fact]
    public async Task With_on_lag_disconnect_a_stream_that_does_not_ask_is_disconnected_with_the_reason()
    {
        await using var node = LocalFlood.Start(configure: s =>
            s with
            {
                MaxMessageSize = 100_000,
                MaxLag = 1_000_000,
                CapacityBytes = 1_000_000,
                OnLag = LagPolicy.Disconnect,
            });
        var never = new TaskCompletionSource();
        var stream = Source.Maybe<string>().ViaMaterialized(node.Flood.CreateTextStream("stuck"), Keep.Right)
            .To(Sink.ForEachAsync<string>(1, _ => never.Task).MapMaterializedValue(_ => NotUsed.Instance))
            .Run(node.Materializer);
        await stream.Connected;
        for (var i = 0; i < 500; i++) await node.Flood.AppendAsync($"{i} {new string('x', 10_000)}");
        var ended = await stream.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(LinkEnd.Lagged, ended.Cause);
        Assert.Contains("flood.max-lag", ended.Reason);
        never.SetResult();
    }

    [Fact]
    public async Task With_sequence_ids_streams_are_refused_since_their_own_messages_would_come_back_as_new()
    {
        await using var node = LocalFlood.Start(configure: s => s with { MessageId = MessageIdMode.Sequence });
        var (stream, _) = Open(node, "x");
        Assert.Contains(
            "flood.message-id = content",
            (await Assert.ThrowsAsync<FloodStreamException>(() => stream.Connected)).Message);
    }

    [Fact]
    public async Task A_flood_full_of_peers_refuses_a_stream()
    {
        await using var node = LocalFlood.Start(configure: s => s with { MaxPeers = 1 });
        var (first, _) = Open(node, "1");
        await first.Connected;
        var (second, _) = Open(node, "2");
        Assert.Equal(
            LinkEnd.TooManyPeers, (await Assert.ThrowsAsync<FloodStreamException>(() => second.Connected)).Cause);
    }

    [Fact]
    public async Task A_ring_of_floods_joined_by_JSON_streams_ends()
    {
        await using var a = LocalFlood.Start("a");
        await using var b = LocalFlood.Start("b");
        await using var c = LocalFlood.Start("c");
        var streams = new[] { (a, b), (b, c), (c, a) }.Select(pair =>
            pair.Item1.Flood.CreateJsonStream($"to {pair.Item2.Flood.Settings.NodeName}")
                .JoinMaterialized(
                    pair.Item2.Flood.CreateJsonStream($"to {pair.Item1.Flood.Settings.NodeName}"), Keep.Both)
                .Run(a.Materializer)).ToList();
        foreach (var (left, right) in streams) await Task.WhenAll(left.Connected, right.Connected);
        for (var i = 0; i < 1000; i++) await a.Flood.AppendAsync(FloodPayload.Json($"{{\"b\":{i},\"a\":[1.0]}}"));
        foreach (var node in new[] { b, c }) await Soon.Holds(() => node.Received.Count() >= 1000, "all have all");
        var forwarded = 0L;
        foreach (var node in new[] { a, b, c })
        {
            await node.Flood.FlushAsync();
            var stats = await node.Flood.StatsAsync();
            forwarded += stats.Forwarded;
            Assert.Equal(node == a ? 0 : 1000, stats.Delivered);
        }
        Assert.InRange(forwarded, 2000, 4000);
    }

    private static (FloodStream Stream, ISourceQueueWithComplete<string> Input) Open(
        LocalFlood node, string id, Sink<string, NotUsed>? output = null)
    {
        var (input, stream) = Source.Queue<string>(10, OverflowStrategy.Backpressure)
            .ViaMaterialized(node.Flood.CreateTextStream(id), Keep.Both)
            .To(output ?? Sink.Ignore<string>().MapMaterializedValue(_ => NotUsed.Instance)).Run(node.Materializer);
        return (stream, input);
    }

    private static (
        ISourceQueueWithComplete<string> Input, FloodStream Stream,
        Task<IReadOnlyList<string>> Output) OpenAll(LocalFlood node, string id, FloodStreamOptions? options = null)
    {
        var received = new ConcurrentQueue<string>();
        var ((input, stream), done) = Source.Queue<string>(10, OverflowStrategy.Backpressure)
            .ViaMaterialized(node.Flood.CreateTextStream(id, options), Keep.Both)
            .ToMaterialized(Sink.ForEach<string>(received.Enqueue), Keep.Both).Run(node.Materializer);
        return (input, stream, Collected());

        async Task<IReadOnlyList<string>> Collected()
        {
            await done;
            return received.ToArray();
        }
    }
}
