using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace FloodActors.Remoting;

/// <summary>
/// A system for Akka's transport to shut down. The transport takes its name, settings and log from its system,
/// and runs the system's <see
/// cref="CoordinatedShutdown"/> when a TLS handshake that it began fails; no setting turns that off. Here that
/// shutdown has nothing to do.
/// </summary>
internal sealed class StandIn
{
    // Its own shutdown runs once, at the first handshake that fails, and must not change anything.
    private const string Settings =
        """
        akka {
          actor.provider = local
          loggers = ["FloodActors.Remoting.StandInLogger, FloodActors"]
          stdout-loglevel = OFF
          log-dead-letters = off
          scheduler.tick-duration = 1s
          coordinated-shutdown {
            terminate-actor-system = off
            run-by-actor-system-terminate = off
            run-by-clr-shutdown-hook = off
            exit-clr = off
          }
        }
        """;

    private StandIn(ActorSystem system) => System = system;

    public ActorSystem System { get; }

    public static StandIn For(ActorSystem system)
    {
        var own = system.Settings;
        var flushWait = own.Config.GetTimeSpan("akka.remote.flush-wait-on-shutdown", TimeSpan.FromSeconds(2));
        var ms = (long)flushWait.TotalMilliseconds;
        var config = ConfigurationFactory
            .ParseString($"akka {{ loglevel = {own.LogLevel}, remote.flush-wait-on-shutdown = {ms}ms }}")
            .WithFallback(ConfigurationFactory.ParseString(Settings));
        var bootstrap = BootstrapSetup.Create().WithConfig(config);
        var setup = ActorSystemSetup.Create(bootstrap, new StandInLog(system.EventStream));
        if (own.Setup.Get<DotNettySslSetup>() is { HasValue: true, Value: var ssl }) setup = setup.And(ssl);
        return new StandIn(ActorSystem.Create(system.Name, setup));
    }

    /// <summary>Nobody waits for its end: it has nothing to save.</summary>
    public void End() => _ = System.Terminate();
}

/// <summary>Sends the stand-in's log entries to the log of the real system.</summary>
internal sealed class StandInLog(EventStream stream) : Setup
{
    public EventStream Stream { get; } = stream;
}

/// <inheritdoc cref="StandInLog"/>
internal sealed class StandInLogger : UntypedActor
{
    private const string ClientHandler = "TcpClientHandler";

    private readonly EventStream _stream = Context.System.Settings.Setup.Get<StandInLog>().Value.Stream;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent entry when entry.LogClass == typeof(CoordinatedShutdown):
                break; // a shutdown in the log would be a false alarm
            case LogEvent entry when entry.LogClass?.Name == ClientHandler:
                // For Akka every dial of a wrong peer is an error; the transport reports it once.
                _stream.Publish(new Debug(entry.Cause, entry.LogSource, entry.LogClass, entry.Message));
                break;
            case LogEvent entry:
                _stream.Publish(entry);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
