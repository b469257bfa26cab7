using Akka.Actor;
using Akka.Event;

namespace FloodActors;

/// <summary>What is wrong with addresses can be said at the start, where somebody looks.</summary>
internal static class AddressChecks
{
    /// <exception cref="FloodConfigurationException">A peer in the settings can never be dialled.</exception>
    public static void CheckPeers(FloodSettings settings, ExtendedActorSystem system, string actorName)
    {
        var own = $"{system.Provider.DefaultAddress}/system/{actorName}";
        if (settings.Peers.Count == 0 || !FloodAddress.TryParse(own, "/", out var self)) return;
        foreach (var peer in settings.Peers)
        {
            if (!FloodAddress.TryResolve(peer, self, out _, out var problem))
                throw new FloodConfigurationException($"flood.peers: '{peer}' cannot be dialled: {problem}.");
        }
    }

    /// <summary>
    /// Says when this node goes by an address that stands for all of its own addresses: Akka.Remote takes messages only
    /// for exactly what a node goes by, and nobody can dial that.
    /// </summary>
    public static void WarnOfOwn(ExtendedActorSystem system, string flood)
    {
        var own = system.Provider.DefaultAddress;
        if (own.Host?.Trim('[', ']') is not ("0.0.0.0" or "::")) return;
        Logging.GetLogger(system, typeof(Flood)).Warning(
            "Flood '{0}': the address of this node is {1}:{2}, which no other node can dial. Set "
            + "akka.remote.dot-netty.tcp.public-hostname to the name or address by which the others reach it",
            flood, own.Host, own.Port);
    }
}
