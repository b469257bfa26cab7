using Akka.Actor;
using Akka.Configuration;
using FloodActors.Overlays;

namespace FloodActors.Cluster;

/// <summary>
/// A flood whose peers are the members of the cluster: it links with members that join, and ends links with members
/// that are removed or downed. Their addresses alone decide which members it links with (up to <c>complete-up-to</c>
/// all, above that the neighbours on several rings), so nodes need not agree on anything, and there is nothing to
/// configure per node. An unreachable member stays a peer: if its link ends, it is dialled until the member is back or
/// removed.
/// </summary>
/// <example><code>
/// var flood = ClusterFlood.Get(system).Flood;
/// await flood.Listen(new FloodCallbacks { OnMessage = m => Console.WriteLine(m.AsText()) });
/// await flood.AppendAsync("hello, cluster");
/// </code></example>
public sealed class ClusterFlood
{
    internal ClusterFlood(Flood flood, ClusterFloodSettings settings, IActorRef actor) =>
        (Flood, Settings, Actor) = (flood, settings, actor);

    /// <summary>The flood itself: append, listen, and ask.</summary>
    public Flood Flood { get; }

    /// <summary>The settings it was started with.</summary>
    public ClusterFloodSettings Settings { get; }

    /// <summary>The actor that follows the cluster.</summary>
    internal IActorRef Actor { get; }

    /// <summary>
    /// The default flood of a clustered system, started at the first call with the settings in <c>flood</c>.
    /// </summary>
    /// <exception cref="FloodConfigurationException">
    /// A setting is missing or wrong, or the system is not clustered; the message says what to change.
    /// </exception>
    public static ClusterFlood Get(ActorSystem system) => Get(system, Flood.DefaultName);

    /// <summary>
    /// One of several floods of a cluster: only nodes that start the same name are in it. Its settings are in
    /// <c>flood.instances.NAME</c>.
    /// </summary>
    /// <inheritdoc cref="Get(ActorSystem)"/>
    public static ClusterFlood Get(ActorSystem system, string name) =>
        ClusterFloodExtension.Of(system).GetOrStart(name);

    /// <summary>Starts a flood with callbacks, which miss nothing, or with settings changed in code.</summary>
    /// <param name="system">A clustered actor system.</param>
    /// <param name="callbacks">Called for everything that happens from the start on.</param>
    /// <param name="configure">Changes the flood's settings read from HOCON.</param>
    /// <param name="configureCluster">Changes how it follows the cluster.</param>
    /// <param name="name">The flood's name.</param>
    /// <exception cref="InvalidOperationException">The flood was started before.</exception>
    /// <exception cref="FloodConfigurationException">
    /// A setting is missing or wrong, or the system is not clustered.
    /// </exception>
    public static ClusterFlood Start(
        ActorSystem system, FloodCallbacks? callbacks = null, Func<FloodSettings, FloodSettings>? configure = null,
        Func<ClusterFloodSettings, ClusterFloodSettings>? configureCluster = null, string name = Flood.DefaultName) =>
        ClusterFloodExtension.Of(system)
            .Start(name, () => Flood.Start(system, callbacks, configure, name), configureCluster);

    /// <summary>The members as this node sees them, and the neighbours among them.</summary>
    /// <exception cref="ObjectDisposedException">The node has ended.</exception>
    public Task<ClusterFloodView> ViewAsync(CancellationToken cancellation = default) =>
        Flood.AskAsync<ClusterFloodView>(Actor, ClusterFloodActor.GetView.Instance, cancellation);
}

/// <summary>A node's view of a clustered flood.</summary>
/// <param name="Members">Addresses of all members that take part, this node included if it does.</param>
/// <param name="Neighbours">Those of them that this node is to be linked with.</param>
/// <param name="Unreachable">Those of the members that the cluster's failure detector suspects.</param>
public sealed record ClusterFloodView(
    IReadOnlyList<string> Members, IReadOnlyList<string> Neighbours, IReadOnlyList<string> Unreachable);

/// <summary>
/// Named in <c>akka.extensions</c>, it starts the floods listed in <c>flood.cluster.start</c> with the system.
/// </summary>
public sealed class ClusterFloodProvider : ExtensionIdProvider<ClusterFloodExtension>
{
    /// <inheritdoc/>
    public override ClusterFloodExtension CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>Holds a system's clustered floods.</summary>
public sealed class ClusterFloodExtension : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly NamedFloods<ClusterFlood> _floods;

    internal ClusterFloodExtension(ExtendedActorSystem system)
    {
        _system = system;
        _floods = new NamedFloods<ClusterFlood>(system, "flood-cluster", clustered => clustered.Flood);
        if (system.Provider is not Akka.Cluster.IClusterActorRefProvider)
            throw new FloodConfigurationException(
                $"The system '{system.Name}' is not clustered: set akka.actor.provider = cluster.");
        system.Settings.InjectTopLevelFallback(DefaultConfig());
        if (!IsNamedIn(system.Settings.Config)) return;
        foreach (var name in ClusterFloodSettings.Start(system.Settings.Config)) GetOrStart(name);
    }

    /// <summary>The settings of this package and of the flood itself: every key, explained.</summary>
    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource("FloodActors.Cluster.reference.conf", typeof(ClusterFloodExtension).Assembly)
            .WithFallback(FloodExtension.DefaultConfig());

    internal static ClusterFloodExtension Of(ActorSystem system) =>
        system.WithExtension<ClusterFloodExtension, ClusterFloodProvider>();

    internal ClusterFlood GetOrStart(string name) =>
        _floods.GetOrStart(name, () => Make(name, () => Flood.Get(_system, name), null));

    internal ClusterFlood Start(
        string name, Func<Flood> start, Func<ClusterFloodSettings, ClusterFloodSettings>? configure) =>
        _floods.Start(name, () => Make(name, start, configure));

    private ClusterFlood Make(
        string name, Func<Flood> start, Func<ClusterFloodSettings, ClusterFloodSettings>? configure)
    {
        var settings = ClusterFloodSettings.Read(_system.Settings.Config, name);
        if (configure is not null) settings = configure(settings);
        settings.Validate();
        var flood = start();
        return new ClusterFlood(
            flood, settings, _floods.Follow(name, ClusterFloodActor.Props(flood, settings)));
    }

    private static bool IsNamedIn(Config config) =>
        config.HasPath("akka.extensions")
        && config.GetStringList("akka.extensions").Any(name => Type.GetType(name) == typeof(ClusterFloodProvider));
}
