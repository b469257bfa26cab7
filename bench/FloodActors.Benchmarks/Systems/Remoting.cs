using Akka.Actor;
using Akka.Configuration;

namespace FloodActors.Benchmarks.Systems;

internal static class Remoting
{
    /// <summary>
    /// The same remoting for every system: loopback, a port of the OS's choice, everything else as it comes.
    /// </summary>
    public static ActorSystem Start(string provider, string more = "")
    {
        var common = ConfigurationFactory.ParseString(
            $$"""
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              actor.provider = {{provider}}
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            }
            """);
        return ActorSystem.Create("bench", ConfigurationFactory.ParseString(more).WithFallback(common));
    }

    public static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;
}
