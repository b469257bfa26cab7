using System.Diagnostics;
using System.Diagnostics.Metrics;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using FloodActors.Actors;
using FloodActors.Diagnostics;

namespace FloodActors.Tests.Actors;

/// <summary>The application's own code within a node, and a node that fails all the same.</summary>
[Collection("listeners of the whole process")]
public sealed class ApplicationCodeTests
{
    [Fact]
    public async Task Listeners_of_activities_and_metrics_that_throw_harm_nobody_and_are_counted_and_told_once()
    {
        await using var a = TestNode.Start("throwing-a", configure: s => s with { Trace = true });
        await using var b = TestNode.Start("throwing-b", configure: s => s with { Trace = true });
        var told = Inbox.Create(b.System);
        b.System.EventStream.Subscribe(told.Receiver, typeof(Error));
        await a.Flood.ConnectAsync(b.Address);
        using (Throwing())
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.IsType<Appended>(await a.Flood.AppendAsync($"awaited {i}"));
                Assert.Null(a.Flood.Append($"not awaited {i}"));
            }
            await Eventually.Holds(() => b.Received.Count == 40, "all are delivered");
        }
        await a.Flood.AppendAsync("afterwards");
        await Eventually.Holds(() => b.Received.Contains("afterwards"), "the node goes on");
        Assert.InRange((await a.Flood.StatsAsync()).ListenerFailures, 1, long.MaxValue);
        Assert.InRange((await b.Flood.StatsAsync()).ListenerFailures, 1, long.MaxValue);
        Assert.False(b.Flood.Completion.IsCompleted);
        Assert.DoesNotContain(b.Events, e => e is PeerDisconnected);

        var error = Assert.IsType<Error>(told.Receive(TimeSpan.FromSeconds(20)));
        Assert.Contains("metrics or activities", error.ToString(), StringComparison.Ordinal);
        Assert.Throws<TimeoutException>(() => told.Receive(TimeSpan.Zero));
    }

    [Fact]
    public async Task A_node_that_fails_is_over_and_everybody_who_holds_it_is_told()
    {
        await using var local = new LocalSystem("akka.loglevel = OFF");
        var flood = Flood.Get(local.System);
        var waiter = flood.WhenConnected(2);
        var connecting = flood.ConnectAsync("/system/nobody");
        var events = flood.EventsAsync().GetAsyncEnumerator();
        var next = events.MoveNextAsync().AsTask();
        await Eventually.HoldsAsync(() => flood.Look(n => n.State.ListenerCount == 1), "it is subscribed");

        Break(flood, "as the test wants it");
        var end = await flood.Completion.Soon();
        Assert.Equal(FloodEndCause.Failed, end.Cause);
        Assert.Contains("as the test wants it", end.Reason, StringComparison.Ordinal);
        Assert.False(await next.Soon());
        foreach (var wait in new Task[] { waiter, connecting, flood.StatsAsync(), flood.FlushAsync() })
            Assert.Contains(
                "as the test wants it", (await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.Soon())).Message,
                StringComparison.Ordinal);
        Assert.Equal(RejectReason.Failed, flood.Append("late")?.Reason);
        Assert.Equal(
            RejectReason.Failed, Assert.IsType<Rejected>(await flood.AppendAsync("late").Soon()).Rejection.Reason);
        Assert.Empty((await flood.LeaveAsync().Soon()).Peers);

        // Another one can be started, and the old one stays what it is.
        var again = Flood.Start(local.System);
        Assert.IsType<Appended>(await again.AppendAsync("new").Soon());
        Assert.Equal(RejectReason.Failed, flood.Append("late")?.Reason);
    }

    [Fact]
    public async Task Appends_that_wait_when_a_node_fails_are_rejected()
    {
        await using var stuck = await StuckNode.Start(queue: 100);
        var waiting = stuck.Flood.AppendAsync("waits");
        Assert.False(waiting.IsCompleted);
        Break(stuck.Flood, "broken");
        Assert.Equal(RejectReason.Failed, Assert.IsType<Rejected>(await waiting.Soon()).Rejection.Reason);
    }

    [Fact]
    public async Task A_supervisor_that_restarts_the_actor_does_not_revive_the_node()
    {
        await using var local = new LocalSystem("akka.loglevel = OFF");
        var actor = local.System.ActorOf(FloodActor.Props(new FloodSettings()), "placed");
        var flood = await Flood.OfAsync(actor);
        var waiter = flood.WhenConnected();
        await flood.StatsAsync();
        ((IInternalActorRef)actor).SendSystemMessage(new Suspend());
        ((IInternalActorRef)actor).SendSystemMessage(
            new Recreate(new InvalidOperationException("somebody's supervisor")));
        var end = await flood.Completion.Soon();
        Assert.Equal(FloodEndCause.Failed, end.Cause);
        Assert.Contains("somebody's supervisor", end.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiter.Soon());
        await actor.WatchAsync().Soon();
        Assert.Equal(RejectReason.Failed, flood.Append("late")?.Reason);
    }

    [Fact]
    public async Task Callbacks_that_throw_are_counted_and_the_next_are_called()
    {
        await using var local = new LocalSystem("akka.loglevel = OFF");
        var calls = 0;
        var flood = Flood.Start(local.System, new FloodCallbacks
        {
            OnChange = _ =>
            {
                Interlocked.Increment(ref calls);
                throw new InvalidOperationException("a callback's");
            },
        });
        for (var i = 0; i < 10; i++) await flood.AppendAsync($"m{i}");
        await Eventually.Holds(() => Volatile.Read(ref calls) == 10, "all are called");
        await Eventually.HoldsAsync(async () => (await flood.StatsAsync()).CallbackFailures == 10, "all are counted");
    }

    private static void Break(Flood flood, string how) => flood.Actor.Tell(
        new FloodCommand.Read<bool>(_ => throw new InvalidOperationException(how), new Answer<bool>(flood.Name)),
        ActorRefs.NoSender);

    /// <summary>Listeners that throw whenever they are called.</summary>
    private static Listeners Throwing()
    {
        var samples = 0;
        var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == FloodDiagnostics.ActivitySourceName,
            // Every other activity comes as far as the next opportunity.
            Sample = (ref ActivityCreationOptions<ActivityContext> _) =>
                Interlocked.Increment(ref samples) % 2 == 0
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : throw new InvalidOperationException("sampling"),
            ActivityStarted = _ => throw new InvalidOperationException("start"),
            ActivityStopped = _ => throw new InvalidOperationException("stop"),
        };
        ActivitySource.AddActivityListener(activities);
        var metrics = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == FloodDiagnostics.MeterName && !instrument.IsObservable)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        metrics.SetMeasurementEventCallback<int>((_, _, _, _) => throw new InvalidOperationException("measurement"));
        metrics.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("measurement"));
        metrics.Start();
        return new Listeners(activities, metrics);
    }

    private sealed record Listeners(ActivityListener Activities, MeterListener Metrics) : IDisposable
    {
        public void Dispose()
        {
            Activities.Dispose();
            Metrics.Dispose();
        }
    }
}
