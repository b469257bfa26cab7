using Akka.Actor;
using Akka.Actor.Setup;

namespace FloodActors.Hosting;

/// <summary>
/// Knows how to start the floods that were added to the builder. It belongs to the actor system, because a constructor
/// may ask for a flood before the application's own start does.
/// </summary>
internal sealed class FloodHostingSetup : Setup
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Func<ActorSystem, Flood>> _starts = [];
    private readonly Dictionary<string, Flood> _started = [];

    /// <summary>The floods added so far.</summary>
    public IEnumerable<string> Names => _starts.Keys;

    /// <summary>Whether one of them asks for a hardened system.</summary>
    public bool Hardened { get; set; }

    public void Add(string name, Func<ActorSystem, Flood> start)
    {
        if (!_starts.TryAdd(name, start)) throw new FloodConfigurationException(
            $"The flood '{name}' is added twice: give each flood its own Name.");
    }

    public static Flood GetOrStart(ActorSystem system, string name)
    {
        var setup = system.Settings.Setup.Get<FloodHostingSetup>();
        if (!setup.HasValue || !setup.Value._starts.TryGetValue(name, out var start))
            throw new FloodConfigurationException(
                $"There is no flood '{name}' in system '{system.Name}': add it with WithFlood, WithClusteredFlood "
                + "or WithDiscoveredFlood.");
        if (setup.Value.Hardened && system.Settings.ProviderClass.Contains("Cluster", StringComparison.Ordinal))
            throw new FloodConfigurationException(
                "A system in a cluster cannot be hardened, because it would not read the cluster's messages: remove "
                + "Hardened, or set akka.actor.provider = remote.");
        lock (setup.Value._gate)
        {
            if (!setup.Value._started.TryGetValue(name, out var flood)) setup.Value._started.Add(name,
                flood = start(system));
            return flood;
        }
    }
}
