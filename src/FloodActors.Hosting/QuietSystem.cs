using Akka.Configuration;

namespace FloodActors.Hosting;

/// <summary>
/// Settings with which a node of Akka.Remote costs less, above all an idle one. The node program has the same ones.
/// </summary>
internal static class QuietSystem
{
    /// <summary>Set by <c>FloodQuiet</c> in a project file: see buildTransitive/FloodActors.targets.</summary>
    public const string Switch = "FloodActors.Quiet";

    public static Config Config() => ConfigurationFactory.ParseString(
        """
        akka {
          # With Akka's 10 ms an idle node takes 5% of a core. The flood's own timers have 250 ms, and no message of it
          # waits for a timer.
          scheduler.tick-duration = 250ms

          # The flood counts what it does not deliver and says why. Akka's lines about a link that closes repeat it.
          log-dead-letters = off
          log-dead-letters-during-shutdown = off

          remote {
            # With Akka's 5 s the order in which nodes start would matter.
            retry-gate-closed-for = 250ms

            # Each connection has a timer of half of this. Must stay below the 2 s after which Akka sends again.
            system-message-ack-piggyback-timeout = 1s

            # Akka.Remote's own actors hand over like the flood's: a message passes through a node on one thread.
            default-remote-dispatcher {
              type = Dispatcher
              executor = "FloodActors.Actors.HandOverExecutorConfigurator, FloodActors"
              throughput = 30
            }
          }
        }
        """);
}
