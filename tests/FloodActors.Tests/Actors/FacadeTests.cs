using System.Collections.Concurrent;

namespace FloodActors.Tests.Actors;

/// <summary>What the facade answers when the node is full, waits, or is over.</summary>
public sealed class FacadeTests
{
    private static readonly byte[] Body = new byte[900];

    [Fact]
    public async Task A_storm_of_refused_appends_costs_a_counter_and_questions_are_answered_meanwhile()
    {
        await using var stuck = await StuckNode.Start(queue: 8);
        var refused = 0L;
        using var stop = new CancellationTokenSource();
        var storm = Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (!stop.IsCancellationRequested)
                    if (stuck.Flood.Append(FloodPayload.Bytes(Body)) is { Reason: RejectReason.Busy })
                        Interlocked.Increment(ref refused);
            },
            TaskCreationOptions.LongRunning)).ToList();

        await Eventually.Holds(() => Interlocked.Read(ref refused) > 100_000, "many are refused");
        var most = 0;
        for (var i = 0; i < 50; i++)
        {
            most = Math.Max(most, stuck.Flood.Waiting());
            await stuck.Flood.StatsAsync().Soon();
        }
        await stop.CancelAsync();
        await Task.WhenAll(storm);

        Assert.InRange(most, 0, 32);
        Assert.Equal(refused, (await stuck.Flood.StatsAsync()).Rejected[RejectReason.Busy]);
        await Eventually.Holds(
            () => stuck.Told(RejectReason.Busy) == refused, "what is told sums up to what was refused");
        Assert.InRange(stuck.Events.OfType<MessageRejected>().Count(), 1, 100);
    }

    [Fact]
    public async Task Appends_that_wait_stay_in_the_bounded_queue_and_further_ones_are_refused()
    {
        await using var stuck = await StuckNode.Start(queue: 100);
        var results = Enumerable.Range(0, 20_000).Select(i => stuck.Flood.Append($"append {i}")).ToList();
        Assert.Equal(100, (await stuck.Flood.StatsAsync()).AppendsWaiting);
        // One has waited since before.
        Assert.Equal(20_000 - 99, results.Count(result => result is { Reason: RejectReason.Busy }));

        // Whoever waits for the answer may use as much again.
        var awaited = Enumerable.Range(0, 150).Select(i => stuck.Flood.AppendAsync($"awaited {i}")).ToList();
        Assert.Equal(50, awaited.Count(task => task.IsCompleted));
        Assert.Equal(200, (await stuck.Flood.StatsAsync()).AppendsWaiting);
        stuck.Release();
        Assert.Equal(100, (await Task.WhenAll(awaited).Soon()).OfType<Appended>().Count());
    }

    [Fact]
    public async Task Held_appends_resume_when_there_is_room_and_not_with_a_timer()
    {
        // Nobody moves this clock: nothing in the system ever ticks.
        await using var local = new LocalSystem(
            "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"");
        var flood = Flood.Start(local.System, configure: StuckNode.Small);
        var told = 0;
        await flood.Listen(new FloodCallbacks { OnChange = _ => Interlocked.Increment(ref told), OnDrop = _ => { } });
        var appends = Enumerable.Range(0, 40).Select(i => flood.AppendAsync(NodeLook.Numbered(900, i))).ToList();
        Assert.All(await Task.WhenAll(appends).Soon(), result => Assert.IsType<Appended>(result));
        await Eventually.Holds(() => told == 40, "all are told");
        Assert.Equal(0, (await flood.StatsAsync()).SubscriberSkipped);
    }

    [Fact]
    public async Task Whoever_stops_waiting_is_forgotten()
    {
        await using var node = TestNode.Start("node");
        var nowhere = $"127.0.0.1:{FreePort.Next()}";
        using (var stop = new CancellationTokenSource())
        {
            List<Task> waits = [];
            for (var i = 0; i < 200; i++)
            {
                waits.Add(node.Flood.WhenConnected(9, stop.Token));
                waits.Add(node.Flood.ConnectAsync(nowhere, cancellation: stop.Token));
            }
            Assert.Equal(400, await node.Flood.Look(n => n.WaitingRows));
            await stop.CancelAsync();
            foreach (var wait in waits) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.Soon());
        }
        Assert.Equal(0, await node.Flood.Look(n => n.WaitingRows));
        Assert.True(await node.Flood.DisconnectAsync(nowhere));
    }

    [Fact]
    public async Task After_leaving_every_question_ends()
    {
        await using var local = new LocalSystem();
        var flood = Flood.Get(local.System);
        List<Task> early = [flood.WhenConnected(2), flood.ConnectAsync("/system/nobody")];
        var subscription = await flood.Listen(new FloodCallbacks());
        Assert.Empty((await flood.LeaveAsync().Soon()).Peers);

        Assert.Equal(FloodEndCause.Left, (await flood.Completion.Soon()).Cause);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => early[0].Soon());
        Assert.IsType<ConnectRefused>(await ((Task<ConnectResult>)early[1]).Soon());
        Func<Task>[] questions =
        [
            () => flood.ConnectAsync("127.0.0.1:1"), () => flood.DisconnectAsync("x"), () => flood.DataAsync(),
            () => flood.PeersAsync(),
            () => flood.StatsAsync(), () => flood.WhenConnected(), () => flood.FlushAsync(),
            () => flood.Listen(new FloodCallbacks()),
            () => flood.Subscribe(local.System.ActorOf(Akka.TestKit.TestActors.BlackHoleActor.Props)),
            async () => await flood.EventsAsync().GetAsyncEnumerator().MoveNextAsync(),
        ];
        foreach (var question in questions) await Assert.ThrowsAsync<ObjectDisposedException>(() => question().Soon());
        Assert.Equal(
            RejectReason.Leaving, Assert.IsType<Rejected>(await flood.AppendAsync("late").Soon()).Rejection.Reason);
        Assert.Equal(RejectReason.Leaving, flood.Append("late")?.Reason);
        await subscription.DisposeAsync().AsTask().Soon();
        Assert.Empty((await flood.LeaveAsync().Soon()).Peers);
    }

    [Fact]
    public async Task Max_peers_bounds_the_links_that_are_up_whoever_dialled()
    {
        await using var hub = TestNode.Start("hub", configure: s => s with { MaxPeers = 2 });
        await using var first = TestNode.Start("first");
        await using var second = TestNode.Start("second");
        await using var third = TestNode.Start("third");

        // Addresses where nobody is take no caller's place, and there are no more of them than that.
        _ = hub.Flood.ConnectAsync($"127.0.0.1:{FreePort.Next()}");
        var late = FreePort.Next();
        var toLate = hub.Flood.ConnectAsync($"127.0.0.1:{late}");
        Assert.Equal(
            LinkEnd.TooManyPeers,
            Assert.IsType<ConnectRefused>(await hub.Flood.ConnectAsync(third.Address).Soon()).Cause);
        Assert.Equal(new Connected("hub"), await first.Flood.ConnectAsync(hub.Address).Soon());
        Assert.Equal(new Connected("hub"), await second.Flood.ConnectAsync(hub.Address).Soon());
        Assert.Equal(
            LinkEnd.TooManyPeers,
            Assert.IsType<ConnectRefused>(await third.Flood.ConnectAsync(hub.Address).Soon()).Cause);

        // One that was dialled and comes to life later has no better right.
        await using var alive = TestNode.Start("late", $"akka.remote.dot-netty.tcp.port = {late}");
        Assert.Equal(LinkEnd.TooManyPeers, Assert.IsType<ConnectRefused>(await toLate.Soon()).Cause);
        Assert.Equal(2, (await hub.Flood.StatsAsync()).Peers);
    }
}

/// <summary>A node with <c>on-lag = wait</c> whose only subscriber has not come back since its first message.</summary>
internal sealed class StuckNode : IAsyncDisposable
{
    private readonly LocalSystem _local = new();
    private readonly ManualResetEventSlim _release = new();
    private readonly ConcurrentQueue<FloodEvent> _events = new();

    public Flood Flood { get; private set; } = null!;

    public IEnumerable<FloodEvent> Events => _events;

    public static FloodSettings Small(FloodSettings settings) => settings with
    {
        OnLag = LagPolicy.Wait, Capacity = 1, MaxMessageSize = 1024, MaxLag = 2048,
        ListenerBatch = 1,
    };

    public static async Task<StuckNode> Start(int queue)
    {
        var node = new StuckNode();
        node.Flood = Flood.Start(node._local.System, configure: s => Small(s) with { AppendQueue = queue });
        await node.Flood.Listen(new FloodCallbacks { OnChange = _ => node._release.Wait() });
        await node.Flood.Subscribe(
            node._local.System.ActorOf(Akka.Actor.Props.Create(() => new Ear(node._events))), drops: false);
        // The log and the lag are full when an append is not taken any more.
        for (var i = 0; await node.Flood.Look(n => n.AppendsWaiting) == 0; i++)
            node.Flood.Append(NodeLook.Numbered(900, i));
        return node;
    }

    public long Told(RejectReason reason) =>
        _events.OfType<MessageRejected>().Where(e => e.Rejection.Reason == reason).Sum(e => e.Count);

    public void Release() => _release.Set();

    public async ValueTask DisposeAsync()
    {
        _release.Set();
        await _local.DisposeAsync();
    }

    private sealed class Ear(ConcurrentQueue<FloodEvent> events) : Akka.Actor.UntypedActor
    {
        protected override void OnReceive(object message) => events.Enqueue((FloodEvent)message);
    }
}
