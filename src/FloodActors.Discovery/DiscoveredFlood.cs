using Akka.Actor;
using Akka.Configuration;
using Akka.Discovery;
using FloodActors.Overlays;

namespace FloodActors.Discovery;

/// <summary>
/// A flood whose peers are the addresses that Akka.Discovery finds under a service name. Every node repeats the lookup
/// at an interval and links with a few of the addresses. The addresses alone decide with which (up to
/// <c>complete-up-to</c> all, above that the neighbours on several rings), so nodes need not agree on anything. There
/// is no cluster and no membership: a node that stops answering is dialled until the lookup no longer names it.
/// </summary>
/// <example><code>
/// var flood = DiscoveredFlood.Get(system).Flood;   // flood.discovery.service-name = "my-service"
/// await flood.AppendAsync("hello, whoever is there");
/// </code></example>
public sealed class DiscoveredFlood
{
    internal DiscoveredFlood(Flood flood, DiscoverySettings settings, IActorRef actor) =>
        (Flood, Settings, Actor) = (flood, settings, actor);

    /// <summary>The flood itself: append, listen, and ask.</summary>
    public Flood Flood { get; }

    /// <summary>The settings it was started with.</summary>
    public DiscoverySettings Settings { get; }

    /// <summary>The actor that looks up and dials.</summary>
    internal IActorRef Actor { get; }

    /// <summary>The default flood of a system, started at the first call with the settings in <c>flood</c>.</summary>
    /// <exception cref="FloodConfigurationException">
    /// A setting is missing or wrong, or the system has no remoting; the message says what to change.
    /// </exception>
    public static DiscoveredFlood Get(ActorSystem system) => Get(system, Flood.DefaultName);

    /// <summary>One of several floods of a system. Its settings are in <c>flood.instances.NAME</c>.</summary>
    /// <inheritdoc cref="Get(ActorSystem)"/>
    public static DiscoveredFlood Get(ActorSystem system, string name) =>
        DiscoveredFloodExtension.Of(system).GetOrStart(name);

    /// <summary>Starts a flood with callbacks, which miss nothing, or with settings changed in code.</summary>
    /// <param name="system">An actor system with remoting.</param>
    /// <param name="callbacks">Called for everything that happens from the start on.</param>
    /// <param name="configure">Changes the flood's settings read from HOCON.</param>
    /// <param name="configureDiscovery">Changes how it finds its peers.</param>
    /// <param name="name">The flood's name.</param>
    /// <exception cref="InvalidOperationException">The flood was started before.</exception>
    /// <exception cref="FloodConfigurationException">
    /// A setting is missing or wrong, or the system has no remoting.
    /// </exception>
    public static DiscoveredFlood Start(
        ActorSystem system, FloodCallbacks? callbacks = null, Func<FloodSettings, FloodSettings>? configure = null,
        Func<DiscoverySettings, DiscoverySettings>? configureDiscovery = null, string name = Flood.DefaultName) =>
        DiscoveredFloodExtension.Of(system).Start(
            name, () => Flood.Start(system, callbacks, configure, name), configureDiscovery);

    /// <summary>The addresses found, those to be linked with, and how the last lookup went.</summary>
    /// <exception cref="ObjectDisposedException">The node has ended.</exception>
    public Task<DiscoveryView> ViewAsync(CancellationToken cancellation = default) =>
        Flood.AskAsync<DiscoveryView>(Actor, DiscoveredFloodActor.GetView.Instance, cancellation);
}

/// <summary>What a node has found.</summary>
/// <param name="Addresses">Addresses of other nodes, <c>HOST:PORT</c>, that lookups named within the grace.</param>
/// <param name="Neighbours">Those of them that this node is to be linked with.</param>
/// <param name="Suspects">Those of the neighbours that have not answered for twice the patience.</param>
/// <param name="IsListed">Whether the last answer named this node, so that others find it.</param>
/// <param name="Failure">Why the last lookup failed; null when it did not.</param>
public sealed record DiscoveryView(
    IReadOnlyList<string> Addresses, IReadOnlyList<string> Neighbours, IReadOnlyList<string> Suspects, bool IsListed,
    string? Failure);

/// <summary>The id of <see cref="DiscoveredFloodExtension"/>.</summary>
public sealed class DiscoveredFloodProvider : ExtensionIdProvider<DiscoveredFloodExtension>
{
    /// <inheritdoc/>
    public override DiscoveredFloodExtension CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>Holds a system's floods that find their peers by themselves.</summary>
public sealed class DiscoveredFloodExtension : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly NamedFloods<DiscoveredFlood> _floods;

    internal DiscoveredFloodExtension(ExtendedActorSystem system)
    {
        _system = system;
        _floods = new NamedFloods<DiscoveredFlood>(system, "flood-discovery", discovered => discovered.Flood);
        if (system.Provider.DefaultAddress.HasLocalScope)
        {
            throw new FloodConfigurationException(
                $"The system '{system.Name}' has no remoting, so it cannot dial nodes that it finds: "
                + "set akka.actor.provider = remote.");
        }
        system.Settings.InjectTopLevelFallback(DefaultConfig());
    }

    /// <summary>The settings of this package and of the flood itself: every key, explained.</summary>
    public static Config DefaultConfig() => OwnConfig().WithFallback(FloodExtension.DefaultConfig());

    internal static Config OwnConfig() => ConfigurationFactory.FromResource(
        "FloodActors.Discovery.reference.conf", typeof(DiscoveredFloodExtension).Assembly);

    internal static DiscoveredFloodExtension Of(ActorSystem system) =>
        system.WithExtension<DiscoveredFloodExtension, DiscoveredFloodProvider>();

    internal DiscoveredFlood GetOrStart(string name) =>
        _floods.GetOrStart(name, () => Make(name, () => Flood.Get(_system, name), null));

    internal DiscoveredFlood Start(
        string name, Func<Flood> start, Func<DiscoverySettings, DiscoverySettings>? configure) =>
        _floods.Start(name, () => Make(name, start, configure));

    private DiscoveredFlood Make(
        string name, Func<Flood> start, Func<DiscoverySettings, DiscoverySettings>? configure)
    {
        var settings = DiscoverySettings.Read(_system.Settings.Config, name);
        if (configure is not null) settings = configure(settings);
        settings.Validate();
        var lookup = new ServiceLookup(Method(settings), settings, _system.Provider.DefaultAddress);
        var flood = start();
        return new DiscoveredFlood(
            flood, settings, _floods.Follow(name, DiscoveredFloodActor.Props(flood, settings, lookup)));
    }

    private ServiceDiscovery Method(DiscoverySettings settings)
    {
        var discovery = Akka.Discovery.Discovery.Get(_system);
        try
        {
            return settings.Method.Length == 0 ? discovery.Default : discovery.LoadServiceDiscovery(settings.Method);
        }
        // Whatever a method's constructor throws, the cause is the user's configuration.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var key = settings.Method.Length == 0 ? "akka.discovery.method" : "flood.discovery.method";
            throw new FloodConfigurationException(
                $"{key} names a method of Akka.Discovery that cannot be started: {e.GetBaseException().Message}", e);
        }
    }
}
