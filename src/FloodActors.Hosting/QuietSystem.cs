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
          # How often the scheduler wakes up: with Akka's 10 ms an idle node takes ten times as much processor time. The
          # flood's own timer has 250 ms, and its messages wait for no timer of Akka's.
          scheduler.tick-duration = 250ms

          # The flood counts messages that it does not deliver, with the reason. Akka's log lines would only repeat it.
          log-dead-letters = off
          log-dead-letters-during-shutdown = off

          remote {
            # With Akka's 5 s the order in which nodes start would matter.
            retry-gate-closed-for = 250ms

            # Each connection has a timer with half this period. Must stay below the 2 s after which Akka sends again.
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
