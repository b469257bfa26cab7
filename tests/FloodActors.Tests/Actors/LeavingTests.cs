using System.Collections.Concurrent;
using Akka.Actor;

namespace FloodActors.Tests.Actors;

/// <summary>Subscriptions that end, and nodes that leave, whatever the application's code is doing.</summary>
public sealed class LeavingTests
{
    [Fact]
    public async Task No_callback_begins_after_an_awaited_DisposeAsync()
    {
        await using var local = new LocalSystem();
        var flood = Flood.Get(local.System);
        using var stop = new CancellationTokenSource();
        var load = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++) flood.Append($"m{i}");
            },
            TaskCreationOptions.LongRunning);
        var late = 0;
        for (var round = 0; round < 100; round++)
        {
            var (calls, disposed) = (0, false);
            var subscription = await flood.Listen(new FloodCallbacks
            {
                OnEvent = _ =>
                {
                    Interlocked.Increment(ref calls);
                    if (Volatile.Read(ref disposed)) Interlocked.Increment(ref late);
                },
            });
            await Eventually.Holds(() => Volatile.Read(ref calls) > 0, "it is called");
            await subscription.DisposeAsync();
            Volatile.Write(ref disposed, true);
        }
        await stop.CancelAsync();
        await load;
        await flood.StatsAsync();
        Assert.Equal(0, late);
        await Eventually.HoldsAsync(
            () => flood.Look(n => n.State.ListenerCount == 0), "nothing is left of the subscribers");
    }

    [Fact]
    public async Task DisposeAsync_waits_for_a_callback_under_way_and_not_for_itself_within_one()
    {
        await using var local = new LocalSystem();
        var flood = Flood.Get(local.System);
        var subscribed = new TaskCompletionSource<IAsyncDisposable>();
        var within = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        subscribed.SetResult(await flood.Listen(new FloodCallbacks
        {
            OnChange = _ =>
            {
                subscribed.Task.Result.DisposeAsync().AsTask().Wait();
                within.SetResult();
            },
        }));
        await flood.AppendAsync("dispose");
        await within.Task.Soon();

        using var begun = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var blocked = await flood.Listen(new FloodCallbacks
        {
            OnChange = _ =>
            {
                begun.Set();
                release.Wait();
            },
        });
        await flood.AppendAsync("block");
        Assert.True(begun.Wait(TimeSpan.FromSeconds(20)));
        var disposing = blocked.DisposeAsync().AsTask();
        await flood.StatsAsync();
        Assert.False(disposing.IsCompleted);
        release.Set();
        await disposing.Soon();
    }

    [Fact]
    public async Task Leaving_ends_while_a_callback_blocks_and_a_subscriber_is_stuck_and_another_flood_can_follow()
    {
        await using var node = TestNode.Start("node");
        await using var peer = TestNode.Start("peer");
        await node.Flood.ConnectAsync(peer.Address);
        using var blocked = await Blocked.Make(node);
        Assert.Equal([new PeerFlush("peer", FlushOutcome.Taken, 0)], (await node.Flood.LeaveAsync().Soon()).Peers);
        Assert.Equal(FloodEndCause.Left, (await node.Flood.Completion).Cause);

        var again = Flood.Start(node.System, configure: s => s with { NodeName = "node" });
        Assert.Equal(new Connected("peer"), await again.ConnectAsync(peer.Address).Soon());
        await again.AppendAsync("again");
        await Eventually.Holds(() => peer.Received.Contains("again"), "it floods");
        Assert.Same(again, Flood.Get(node.System));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task A_system_terminates_while_a_callback_blocks(bool coordinated)
    {
        var node = TestNode.Start("node");
        using var blocked = await Blocked.Make(node, withActor: false);
        if (coordinated) await CoordinatedShutdown.Get(node.System).Run(
            CoordinatedShutdown.ClrExitReason.Instance).Soon();
        else await node.System.Terminate().Soon();
        await node.System.WhenTerminated.Soon();
        Assert.Equal(FloodEndCause.Left, (await node.Flood.Completion.Soon()).Cause);
    }

    [Fact]
    public async Task A_flood_can_be_started_as_soon_as_the_one_before_has_left()
    {
        await using var local = new LocalSystem();
        for (var round = 0; round < 200; round++)
        {
            var flood = Flood.Start(local.System);
            if (round % 3 == 0) await flood.StatsAsync();
            await flood.LeaveAsync().Soon();
        }
    }

    [Fact]
    public async Task Subscriptions_complete_when_the_node_has_left()
    {
        await using var local = new LocalSystem();
        var told = new ConcurrentQueue<string>();
        var flood = Flood.Start(
            local.System, new FloodCallbacks { OnChange = message => told.Enqueue(message.AsText()) });
        var events = 0;
        var read = Task.Run(async () =>
        {
            await foreach (var _ in flood.EventsAsync(replay: true)) Interlocked.Increment(ref events);
        });
        await Eventually.HoldsAsync(() => flood.Look(n => n.State.ListenerCount == 2), "both listen");
        for (var i = 0; i < 100; i++) await flood.AppendAsync($"m{i}");
        await Eventually.Holds(() => told.Count == 100 && Volatile.Read(ref events) == 100, "all are told");
        await flood.LeaveAsync().Soon();
        await read.Soon();
        Assert.Equal(100, events);
    }

    /// <summary>A callback that does not return, and an actor that takes nothing, both subscribed.</summary>
    private sealed class Blocked : IDisposable
    {
        private readonly ManualResetEventSlim _release = new();

        public static async Task<Blocked> Make(TestNode node, bool withActor = true)
        {
            var blocked = new Blocked();
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            void Block()
            {
                begun.TrySetResult();
                blocked._release.Wait();
            }

            await node.Flood.Listen(new FloodCallbacks { OnChange = _ => Block() });
            if (withActor) await node.Flood.Subscribe(
                node.System.ActorOf(Props.Create(() => new Stuck(blocked._release))));
            await node.Flood.AppendAsync("blocks");
            await begun.Task.Soon();
            return blocked;
        }

        // Not disposed of: what waits for it may look at it later.
        public void Dispose() => _release.Set();
    }

    private sealed class Stuck(ManualResetEventSlim release) : UntypedActor
    {
        protected override void OnReceive(object message) => release.Wait();
    }
}
