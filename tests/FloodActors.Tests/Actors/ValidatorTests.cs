using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace FloodActors.Tests.Actors;

public sealed class ValidatorTests
{
    [Fact]
    public async Task A_peer_that_sends_too_much_that_is_rejected_is_disconnected_on_both_sides_with_the_reason()
    {
        await using var strict = TestNode.Start("strict", configure: s => s with
        {
            MaxRejected = 3,
            Validator = new FloodLimits { Topics = { ["config"] = new TopicLimits { Origins = ["control"] } } },
        });
        await using var peer = TestNode.Start("peer");
        Assert.IsType<Connected>(await peer.Flood.ConnectAsync(strict.Address));
        for (var i = 0; i < 4; i++) await peer.Flood.Topic<string>("config").AppendAsync($"mine {i}");
        foreach (var node in (TestNode[])[strict, peer])
        {
            await Eventually.Holds(
                () => node.Events.OfType<PeerDisconnected>().Any(e =>
                    e.Cause == LinkEnd.Rejected
                    && e.Reason.Contains("its origin may not append to its topic", StringComparison.Ordinal)),
                "the link has ended for that reason");
        }
        Assert.Equal(4, (await strict.Flood.StatsAsync()).RejectedFromPeer);
        Assert.Empty((await strict.Flood.DataAsync()).Messages);
        // It is linked again, and what passes passes.
        await peer.Flood.WhenConnected();
        await peer.Flood.AppendAsync("hello");
        await Eventually.Holds(() => strict.Received.Contains("hello"), "what is allowed comes through");
        var info = Assert.Single(await strict.Flood.PeersAsync());
        Assert.Equal([KeyValuePair.Create("its origin may not append to its topic", 4L)], info.Refused);
    }

    [Fact]
    public async Task What_is_appended_here_is_asked_about_too_and_a_validator_that_throws_or_dawdles_is_counted()
    {
        await using var node = TestNode.Start("node", configure: s => s with
        {
            Validator = new Moody(), ValidatorTime = TimeSpan.FromMilliseconds(1),
        });
        var rejected = Assert.IsType<Rejected>(await node.Flood.AppendAsync("no"));
        Assert.Equal(
            new FloodRejection(RejectReason.NotAllowed, "This node's validator refuses the message: it says no"),
            rejected.Rejection);
        Assert.IsType<Rejected>(await node.Flood.AppendAsync("throw"));
        Assert.IsType<Appended>(await node.Flood.AppendAsync("dawdle"));
        var stats = await node.Flood.StatsAsync();
        Assert.Equal((1, 2), (stats.ValidatorFailures, stats.Rejected[RejectReason.NotAllowed]));
        Assert.True(stats.ValidatorSlow >= 1);
    }

    [Fact]
    public async Task A_call_that_does_not_return_is_told_while_it_runs_and_the_flood_goes_on_after_it()
    {
        using var stuck = new Stuck();
        await using var node = TestNode.Start("node", configure: s => s with { Validator = stuck });
        await using var peer = TestNode.Start("peer");
        var warnings = new ConcurrentQueue<string>();
        node.System.EventStream.Subscribe(
            node.System.ActorOf(Props.Create(() => new Lines(warnings))), typeof(Warning));
        Assert.IsType<Connected>(await peer.Flood.ConnectAsync(node.Address));
        Assert.Null(node.Flood.RunningValidation);
        try
        {
            await peer.Flood.Topic<string>("config").AppendAsync("on", key: "light");
            await Eventually.Holds(() => node.Flood.RunningValidation is not null, "the call is seen");
            var stats = node.Flood.StatsAsync();
            var running = node.Flood.RunningValidation!;
            Assert.Equal(
                ("config", "light", "peer", "peer"), (running.Topic, running.Key, running.Origin, running.Peer));
            Assert.True(running.Duration >= TimeSpan.FromSeconds(1));
            const string told = "a value of the key 'light' of the topic 'config', appended on 'peer' and received "
                + "from 'peer'";
            await Eventually.Holds(
                () => warnings.Count(line => line.Contains(told, StringComparison.Ordinal)) >= 2,
                "it is logged, and again when it has been running twice as long");
            Assert.False(stats.IsCompleted);
            Assert.Null(peer.Flood.RunningValidation);

            stuck.LetGo();
            Assert.Equal(1, (await stats).ValidatorSlow);
        }
        finally
        {
            stuck.LetGo();
        }
        Assert.Null(node.Flood.RunningValidation);
        await peer.Flood.AppendAsync("hello");
        await Eventually.Holds(() => node.Received.Contains("hello"), "the flood goes on");
    }

    /// <summary>Does not return before it may.</summary>
    private sealed class Stuck : IFloodValidator, IDisposable
    {
        private readonly ManualResetEventSlim _mayGo = new();

        public FloodVerdict Check(in FloodCandidate candidate)
        {
            _mayGo.Wait();
            return FloodVerdict.Accept;
        }

        public void LetGo() => _mayGo.Set();

        public void Dispose() => _mayGo.Dispose();
    }

    private sealed class Lines(ConcurrentQueue<string> lines) : UntypedActor
    {
        protected override void OnReceive(object message) => lines.Enqueue(message.ToString()!);
    }

    private sealed class Moody : IFloodValidator
    {
        public FloodVerdict Check(in FloodCandidate candidate)
        {
            switch (System.Text.Encoding.UTF8.GetString(candidate.Body.Span))
            {
                case "no": return FloodVerdict.Reject("it says no");
                case "throw": throw new InvalidOperationException("it throws");
                case "dawdle":
                    Thread.Sleep(5);
                    return FloodVerdict.Accept;
                default: return FloodVerdict.Accept;
            }
        }
    }
}
