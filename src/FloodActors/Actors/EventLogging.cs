using Akka.Event;

namespace FloodActors.Actors;

/// <summary>The log lines of a flood: which events get one.</summary>
internal static class EventLogging
{
    public static void Log(ILoggingAdapter log, FloodEvent @event)
    {
        switch (@event)
        {
            case PeerConnected connected:
                log.Info("Connected with {0} at {1}", connected.Peer, connected.Address);
                break;
            case PeerDisconnected ended: log.Info("Disconnected from {0}: {1}", ended.Peer, ended.Reason); break;
            case PeerRefused refused: log.Warning("No link with {0}: {1}", refused.Peer, refused.Reason); break;
            case PeerUnreachable silent:
                log.Warning(
                    "{0} does not answer; dialling goes on: {1}",
                    silent.Address,
                    silent.Hint ?? "if it runs, write its address exactly as it announces it: its hostname and port");
                break;
        }
    }
}
