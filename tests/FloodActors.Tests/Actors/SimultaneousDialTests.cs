using System.Collections.Concurrent;
using Akka.Actor;

namespace FloodActors.Tests.Actors;

public sealed class SimultaneousDialTests
{
    [Theory]
    [InlineData(""), InlineData("akka.remote.retry-gate-closed-for = 5s")]
    public async Task Two_nodes_that_dial_each_other_at_once_have_exactly_one_link_and_are_told_once(string hocon)
    {
        await using var left = TestNode.Start("left", hocon);
        await using var right = TestNode.Start("right", hocon);
        for (var round = 0; round < 40; round++)
        {
            var name = $"round-{round}";
            var (a, aEvents) = StartNamed(left, name, "a");
            var (b, bEvents) = StartNamed(right, name, "b");
            // Now one is first, now the other, now nobody can say.
            if (round % 3 == 1) await a.StatsAsync();
            var dials = round % 2 == 0
                ? new[] { a.ConnectAsync(right.Address), b.ConnectAsync(left.Address) }
                : [b.ConnectAsync(left.Address), a.ConnectAsync(right.Address)];
            Assert.All(await Task.WhenAll(dials), result => Assert.IsType<Connected>(result));
            await Eventually.Holds(
                () => Children(a) == 1 && Children(b) == 1,
                $"one link is left on each side, {name}: {Children(a)} and {Children(b)}");
            Assert.IsType<Appended>(await a.AppendAsync("from a"));
            Assert.IsType<Appended>(await b.AppendAsync("from b"));
            await Eventually.Holds(
                () => aEvents.OfType<MessageReceived>().Any() && bEvents.OfType<MessageReceived>().Any(),
                "it carries both ways");
            foreach (var events in new[] { aEvents, bEvents })
            {
                Assert.Single(events.OfType<PeerConnected>());
                Assert.DoesNotContain(events, e => e is PeerDisconnected or PeerRefused or PeerLagged);
            }
            await Task.WhenAll(a.LeaveAsync(), b.LeaveAsync());
        }
    }

    private static int Children(Flood flood) => ((ActorRefWithCell)flood.Actor).Children.Count();

    private static (Flood Flood, ConcurrentQueue<FloodEvent> Events) StartNamed(
        TestNode host, string name, string nodeName)
    {
        var events = new ConcurrentQueue<FloodEvent>();
        return (
            Flood.Start(
                host.System, new FloodCallbacks { OnEvent = events.Enqueue }, s => s with { NodeName = nodeName },
                name),
            events);
    }
}
