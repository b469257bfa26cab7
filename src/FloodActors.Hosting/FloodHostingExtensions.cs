using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using FloodActors.Cluster;
using FloodActors.Diagnostics;
using FloodActors.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace FloodActors.Hosting;

/// <summary>The key of the default flood's actor in the <see cref="ActorRegistry"/>.</summary>
public sealed class FloodKey
{
    private FloodKey()
    {
    }
}

/// <summary>FloodActors in an application built with Akka.Hosting.</summary>
/// <example><code>
/// services.AddAkka("flood", akka => akka
///     .WithRemoting("0.0.0.0", 4053, publicHostname: "node-1")   // what the others dial
///     .WithFlood(configuration.GetSection("Flood")));
/// services.AddFlood();   // then take Flood in a constructor
/// </code></example>
public static class FloodHostingExtensions
{
    /// <summary>Adds a flood. It starts with the system and leaves gracefully when the application stops.</summary>
    /// <exception cref="FloodConfigurationException">
    /// Thrown at the start if a setting is wrong; the message names key, value and range.
    /// </exception>
    public static AkkaConfigurationBuilder WithFlood(
        this AkkaConfigurationBuilder builder, Action<FloodHostingOptions>? configure = null) =>
        builder.WithFlood<FloodKey>(configure);

    /// <summary>Adds a flood with settings from a section such as <c>configuration.GetSection("Flood")</c>.</summary>
    /// <inheritdoc cref="WithFlood(AkkaConfigurationBuilder, Action{FloodHostingOptions}?)"/>
    public static AkkaConfigurationBuilder WithFlood(
        this AkkaConfigurationBuilder builder, IConfiguration configuration,
        Action<FloodHostingOptions>? configure = null) =>
        builder.WithFlood(With(configuration, configure));

    /// <summary>Adds one of several floods; its actor has the registry key <typeparamref name="TKey"/>.</summary>
    /// <inheritdoc cref="WithFlood(AkkaConfigurationBuilder, Action{FloodHostingOptions}?)"/>
    public static AkkaConfigurationBuilder WithFlood<TKey>(
        this AkkaConfigurationBuilder builder, Action<FloodHostingOptions>? configure = null)
    {
        var options = new FloodHostingOptions();
        configure?.Invoke(options);
        builder.AddHocon(FloodExtension.DefaultConfig(), HoconAddMode.Append);
        return builder.Place<TKey>(options, system => Start(system, options));
    }

    /// <summary>Adds a flood whose peers are the members of the cluster; see <see cref="ClusterFlood"/>.</summary>
    /// <inheritdoc cref="WithFlood(AkkaConfigurationBuilder, Action{FloodHostingOptions}?)"/>
    public static AkkaConfigurationBuilder WithClusteredFlood(
        this AkkaConfigurationBuilder builder, Action<ClusteredFloodHostingOptions>? configure = null) =>
        builder.WithClusteredFlood<FloodKey>(configure);

    /// <summary>
    /// Adds a clustered flood with settings from a section such as <c>configuration.GetSection("Flood")</c>.
    /// </summary>
    /// <inheritdoc cref="WithClusteredFlood(AkkaConfigurationBuilder, Action{ClusteredFloodHostingOptions}?)"/>
    public static AkkaConfigurationBuilder WithClusteredFlood(
        this AkkaConfigurationBuilder builder, IConfiguration configuration,
        Action<ClusteredFloodHostingOptions>? configure = null) =>
        builder.WithClusteredFlood(With(configuration, configure));

    /// <summary>
    /// Adds one of several clustered floods; its actor has the registry key <typeparamref name="TKey"/>.
    /// </summary>
    /// <inheritdoc cref="WithClusteredFlood(AkkaConfigurationBuilder, Action{ClusteredFloodHostingOptions}?)"/>
    public static AkkaConfigurationBuilder WithClusteredFlood<TKey>(
        this AkkaConfigurationBuilder builder, Action<ClusteredFloodHostingOptions>? configure = null)
    {
        var options = new ClusteredFloodHostingOptions();
        configure?.Invoke(options);
        builder.AddHocon(ClusterFloodExtension.DefaultConfig(), HoconAddMode.Append);
        return builder.Place<TKey>(options, system => StartClustered(system, options));
    }

    /// <summary>Adds a flood that finds its peers through Akka.Discovery; see <see cref="DiscoveredFlood"/>.</summary>
    /// <inheritdoc cref="WithFlood(AkkaConfigurationBuilder, Action{FloodHostingOptions}?)"/>
    public static AkkaConfigurationBuilder WithDiscoveredFlood(
        this AkkaConfigurationBuilder builder, Action<DiscoveredFloodHostingOptions>? configure = null) =>
        builder.WithDiscoveredFlood<FloodKey>(configure);

    /// <summary>
    /// Adds a flood that finds its peers, with settings from a section such as
    /// <c>configuration.GetSection("Flood")</c>.
    /// </summary>
    /// <inheritdoc cref="WithDiscoveredFlood(AkkaConfigurationBuilder, Action{DiscoveredFloodHostingOptions}?)"/>
    public static AkkaConfigurationBuilder WithDiscoveredFlood(
        this AkkaConfigurationBuilder builder, IConfiguration configuration,
        Action<DiscoveredFloodHostingOptions>? configure = null) =>
        builder.WithDiscoveredFlood(With(configuration, configure));

    /// <summary>
    /// Adds one of several floods that find their peers; its actor has the registry key <typeparamref name="TKey"/>.
    /// </summary>
    /// <inheritdoc cref="WithDiscoveredFlood(AkkaConfigurationBuilder, Action{DiscoveredFloodHostingOptions}?)"/>
    public static AkkaConfigurationBuilder WithDiscoveredFlood<TKey>(
        this AkkaConfigurationBuilder builder, Action<DiscoveredFloodHostingOptions>? configure = null)
    {
        var options = new DiscoveredFloodHostingOptions();
        configure?.Invoke(options);
        builder.AddHocon(DiscoveredFloodExtension.DefaultConfig(), HoconAddMode.Append);
        return builder.Place<TKey>(options, system => StartDiscovered(system, options));
    }

    /// <summary>
    /// Lets constructors take the default <see cref="Flood"/>, or with <c>[FromKeyedServices("NAME")]</c> one with a
    /// name.
    /// </summary>
    public static IServiceCollection AddFlood(this IServiceCollection services, string name = Flood.DefaultName) =>
        name == Flood.DefaultName
        ? services.AddSingleton(provider =>
            FloodHostingSetup.GetOrStart(provider.GetRequiredService<ActorSystem>(), name))
        : services.AddKeyedSingleton(name, (provider, _) =>
            FloodHostingSetup.GetOrStart(provider.GetRequiredService<ActorSystem>(), name));

    /// <summary>Exports the library's metrics.</summary>
    public static MeterProviderBuilder AddFloodInstrumentation(this MeterProviderBuilder builder) =>
        builder.AddMeter(FloodDiagnostics.MeterName);

    /// <summary>
    /// Exports the library's traces. A trace goes from node to node if <c>flood.trace = on</c> on the node that appends
    /// the message.
    /// </summary>
    public static TracerProviderBuilder AddFloodInstrumentation(this TracerProviderBuilder builder) =>
        builder.AddSource(FloodDiagnostics.ActivitySourceName);

    private static AkkaConfigurationBuilder Place<TKey>(
        this AkkaConfigurationBuilder builder, FloodHostingOptions options, Func<ActorSystem, Flood> start)
    {
        if (options.Configuration is { } section)
        {
            var path = options.Name == Flood.DefaultName ? "flood" : $"flood.instances.{options.Name}";
            builder.AddHocon(ConfigurationHocon.Under(path, section, Reference().GetConfig("flood")),
                HoconAddMode.Prepend);
        }
        if (builder.Setups.OfType<FloodHostingSetup>().FirstOrDefault() is not { } setup)
            builder.AddSetup(setup = new FloodHostingSetup());
        setup.Add(options.Name, start);
        setup.Hardened |= options.Hardened;
        if (setup.Hardened) builder.AddHocon(FloodHardening.Config([.. setup.Names]), HoconAddMode.Prepend);
        builder.AddHocon(FloodHardening.Dialling(), HoconAddMode.Append);
        if (options.Quiet) builder.AddHocon(QuietSystem.Config(), HoconAddMode.Append);
        if (options.HealthChecks) FloodHealth.AddTo(builder, options);
        return builder.WithActors((system, registry) =>
            registry.Register<TKey>(FloodHostingSetup.GetOrStart(system, options.Name).Actor));
    }

    private static Flood Start(ActorSystem system, FloodHostingOptions options) =>
        options.Callbacks is null && options.Configure is null
        ? Flood.Get(system, options.Name) // akka.extensions may have started it
        : Flood.Start(system, options.Callbacks, options.Configure, options.Name);

    private static Flood StartClustered(ActorSystem system, ClusteredFloodHostingOptions options) =>
        options.Callbacks is null && options.Configure is null && options.ConfigureCluster is null
        ? ClusterFlood.Get(system, options.Name).Flood
        : ClusterFlood.Start(system, options.Callbacks, options.Configure, options.ConfigureCluster,
            options.Name).Flood;

    private static Flood StartDiscovered(ActorSystem system, DiscoveredFloodHostingOptions options) =>
        options.Callbacks is null && options.Configure is null && options.ConfigureDiscovery is null
            ? DiscoveredFlood.Get(system, options.Name).Flood
            : DiscoveredFlood.Start(
                system, options.Callbacks, options.Configure, options.ConfigureDiscovery, options.Name).Flood;

    /// <summary>Every key that a section can have.</summary>
    private static Config Reference() =>
        ClusterFloodExtension.DefaultConfig().WithFallback(DiscoveredFloodExtension.DefaultConfig());

    private static Action<T> With<T>(IConfiguration configuration, Action<T>? configure)
        where T : FloodHostingOptions =>
        options =>
        {
            options.Configuration = configuration;
            configure?.Invoke(options);
        };
}
