using Akka.Actor;
using FloodActors;
using FloodActors.TestKit;
using NUnit.Framework;

namespace Testing;

// One instance, and so one actor system, for each test. NUnit disposes of it.
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PriceBoardTests : AkkaTestKit
{
    [Test]
    public async Task A_change_is_told_to_peers()
    {
        var flood = Flood.Get(Sys);
        var board = Sys.ActorOf(Props.Create(() => new PriceBoard(flood)));
        var peer = FloodProbe.Create(this);
        await peer.ConnectAsync(flood);

        board.Tell(new PriceBoard.Change("tea", 4));
        await peer.ExpectTextAsync("tea 4");
    }
}
