using Akka.Actor;
using FloodActors.Remoting;

namespace FloodActors.Tests.Actors;

/// <summary>Systems that introduce themselves with the address of another.</summary>
public sealed class OriginsTests
{
    private static readonly Address Somewhere = new("akka.tcp", "flood", "somewhere", 4053);

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task A_system_that_claims_the_address_of_a_linked_peer_does_not_put_that_one_out(bool dialled)
    {
        var hocon = FloodHardening.Config().ToString();
        await using var node = TestNode.Start("node", hocon);
        await using var honest = TestNode.Start("honest", hocon);
        var connect = dialled ? node.Flood.ConnectAsync(honest.Address) : honest.Flood.ConnectAsync(node.Address);
        Assert.IsType<Connected>(await connect);
        await node.Flood.WhenConnected();

        // It is not let in, and tries again as long as it has something to say.
        await using (var impostor = Impostor(honest))
        {
            var ended = impostor.Ended(node.Address);
            impostor.Tell(node.Address, Flood.DefaultPath, "I am honest");
            await ended;
        }

        await honest.Flood.AppendAsync("still here");
        await Eventually.Holds(() => node.Received.Contains("still here"), "honest is heard");
        Assert.DoesNotContain(node.Events, e => e is PeerDisconnected);
    }

    [Fact]
    public async Task Akka_alone_believes_the_last_one_and_bars_the_peer()
    {
        await using var node = TestNode.Start("node");
        await using var honest = TestNode.Start("honest");
        Assert.IsType<Connected>(await honest.Flood.ConnectAsync(node.Address));
        await using var impostor = Impostor(honest);
        impostor.Tell(node.Address, Flood.DefaultPath, "I am honest");
        await Eventually.Holds(() => node.Events.Any(e => e is PeerDisconnected), "the honest peer is put out");
    }

    [Fact]
    public async Task A_peer_that_starts_again_at_its_address_is_let_in_at_once()
    {
        var hocon = FloodHardening.Config().ToString();
        var fixedPort = $"{hocon}\nakka.remote.dot-netty.tcp.port = {FreePort.Next()}";
        await using var node = TestNode.Start("node", hocon);
        for (var run = 0; run < 3; run++)
        {
            await using var peer = TestNode.Start("peer", fixedPort);
            Assert.Equal(
                new Connected("node"), await peer.Flood.ConnectAsync(node.Address).WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    [Fact]
    public void An_address_stays_with_who_is_heard_until_it_is_silent_gone_or_dialled()
    {
        var clock = new Clock();
        var origins = new Origins(TimeSpan.FromSeconds(10), clock);
        Assert.True(origins.TryClaim(Somewhere, 1, dialled: false, out var first));
        Assert.True(origins.TryClaim(Somewhere, 1, dialled: false, out var again));
        Assert.Same(first, again);
        Assert.False(origins.TryClaim(Somewhere, 2, dialled: false, out _));

        clock.Seconds += 9;
        origins.Heard(first);
        clock.Seconds += 9;
        Assert.False(origins.TryClaim(Somewhere, 2, dialled: false, out _));
        origins.Release(first);
        Assert.False(origins.TryClaim(Somewhere, 2, dialled: false, out _)); // one connection is left
        clock.Seconds += 1;
        Assert.True(origins.TryClaim(Somewhere, 2, dialled: false, out var second)); // silent for as long as it is kept

        origins.Release(first); // a late end of the first is not that of the second
        Assert.False(origins.TryClaim(Somewhere, 3, dialled: false, out _));
        origins.Release(second);
        Assert.True(origins.TryClaim(Somewhere, 3, dialled: false, out _));
        Assert.True(origins.TryClaim(Somewhere, 4, dialled: true, out _));
        Assert.False(origins.TryClaim(Somewhere, 3, dialled: false, out _));
    }

    private static Stranger Impostor(TestNode of) =>
        Stranger.Start(
            $"akka.remote.dot-netty.tcp {{ public-hostname = \"127.0.0.1\", public-port = "
            + $"{((ExtendedActorSystem)of.System).Provider.DefaultAddress.Port} }}");

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
