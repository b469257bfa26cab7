using Akka.Actor;
using Akka.Configuration;
using FloodActors.Actors;

namespace FloodActors;

/// <summary>
/// Holds a system's floods. Named in <c>akka.extensions</c>, it starts the default one with the system.
/// </summary>
public sealed class FloodExtensionProvider : ExtensionIdProvider<FloodExtension>
{
    /// <inheritdoc/>
    public override FloodExtension CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <inheritdoc cref="FloodExtensionProvider"/>
public sealed class FloodExtension : IExtension
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Flood> _floods = [];
    private readonly ExtendedActorSystem _system;

    internal FloodExtension(ExtendedActorSystem system)
    {
        _system = system;
        system.Settings.InjectTopLevelFallback(DefaultConfig());
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "flood-leave", async () =>
        {
            Flood[] floods;
            lock (_gate) floods = [.. _floods.Values];
            await Task.WhenAll(floods.Select(flood => flood.LeaveAsync())).ConfigureAwait(false);
            return Akka.Done.Instance;
        });
        var config = system.Settings.Config;
        if (config.HasPath("akka.extensions")
            && config.GetStringList("akka.extensions")
                .Any(name => Type.GetType(name) == typeof(FloodExtensionProvider)))
            GetOrStart(Flood.DefaultName);
    }

    /// <summary>The library's <c>reference.conf</c>: every key, explained.</summary>
    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource("FloodActors.reference.conf", typeof(FloodExtension).Assembly);

    internal static FloodExtension Of(ActorSystem system) =>
        system.WithExtension<FloodExtension, FloodExtensionProvider>();

    internal Flood GetOrStart(string name)
    {
        lock (_gate) return _floods.TryGetValue(name, out var flood) ? flood : StartLocked(name, null, null);
    }

    internal Flood Start(string name, FloodCallbacks? callbacks, Func<FloodSettings, FloodSettings>? configure)
    {
        lock (_gate)
        {
            if (_floods.ContainsKey(name))
                throw new InvalidOperationException(
                    $"The flood '{name}' of system '{_system.Name}' has been started before; use Flood.Get.");
            return StartLocked(name, callbacks, configure);
        }
    }

    private Flood StartLocked(string name, FloodCallbacks? callbacks, Func<FloodSettings, FloodSettings>? configure)
    {
        var settings = FloodSettingsReader.Read(_system.Settings.Config, name);
        if (configure is not null) settings = configure(settings);
        var actorName = name == Flood.DefaultName ? "flood" : $"flood-{name}";
        var parts = FloodParts.Create(settings, callbacks);
        AddressChecks.CheckPeers(settings, _system, actorName);
        if (!_system.Dispatchers.HasDispatcher(settings.ListenerDispatcher))
            throw new FloodConfigurationException(
                $"flood.listener.dispatcher = {settings.ListenerDispatcher} is wrong: "
                + "it must be the path of a dispatcher, and there is none.");
        var actor = _system.SystemActorOf(FloodActor.Props(parts), actorName);
        AddressChecks.WarnOfOwn(_system, name);
        var flood = new Flood(name, actor, parts, _system);
        _floods.Add(name, flood);
        flood.Gone.ContinueWith(
            _ => Remove(name, flood), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return flood;
    }

    /// <summary>The flood's actor is gone: another flood can have its name.</summary>
    private void Remove(string name, Flood flood)
    {
        lock (_gate)
            if (_floods.TryGetValue(name, out var known) && ReferenceEquals(known, flood)) _floods.Remove(name);
    }
}
