using Akka.Actor;
using Akka.Configuration;

namespace FloodActors.Tests.Actors;

public sealed class FloodExtensionTests
{
    [Fact]
    public async Task Named_in_akka_extensions_the_default_flood_starts_with_the_system()
    {
        var system = ActorSystem.Create("flood", ConfigurationFactory.ParseString(
            """
            akka { loglevel = OFF, stdout-loglevel = OFF }
            akka.extensions = ["FloodActors.FloodExtensionProvider, FloodActors"]
            """));
        // It is there already, so starting it again is refused.
        Assert.Throws<InvalidOperationException>(() => Flood.Start(system));
        await system.Terminate();
    }

    [Fact]
    public async Task Leaving_twice_completes_twice()
    {
        await using var node = TestNode.Start("leaver");
        var first = node.Flood.LeaveAsync();
        await node.Flood.LeaveAsync().WaitAsync(TimeSpan.FromSeconds(10));
        await first;
        await node.Flood.LeaveAsync().WaitAsync(TimeSpan.FromSeconds(10));
    }
}
