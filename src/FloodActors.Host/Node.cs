using System.Net.Sockets;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Configuration;
using FloodActors.Host.Configuration;
using FloodActors.Host.Output;
using FloodActors.Streams;
using FloodActors.Cluster;
using FloodActors.Discovery;

namespace FloodActors.Host;

/// <summary>An actor system with a flood in it: starts it and ends it.</summary>
internal sealed class Node
{
    /// <summary>All systems of a flood have the same name.</summary>
    public const string SystemName = "flood";

    private readonly ActorSystem _system;

    private Node(ActorSystem system, Flood flood, string address)
    {
        _system = system;
        Flood = flood;
        Address = address;
    }

    public Flood Flood { get; }

    /// <summary>HOST:PORT, as other nodes dial it.</summary>
    public string Address { get; }

    /// <summary>The id under which other nodes know this one.</summary>
    public string Name => Flood.Settings.NodeName.Length > 0 ? Flood.Settings.NodeName : Address;

    /// <summary>Completes when the node has ended, whether or not it was asked to end.</summary>
    public Task Ended => Task.WhenAny(_system.WhenTerminated, Flood.Completion);

    /// <summary>
    /// Waits until the whole node has ended, and returns the reason; for a node that was not asked to
    /// end.
    /// </summary>
    public async Task<string> EndAsync()
    {
        // A system that shuts down normally ends its flood first.
        if (CoordinatedShutdown.Get(_system).ShutdownReason is null)
        {
            await _system.Terminate();
            return $"its flood has ended: {(await Flood.Completion).Reason} The log says more. Start the node again.";
        }
        await _system.WhenTerminated;
        return "its actor system has ended: a cluster puts out members that it downed, and Akka ends a system that "
            + "it cannot go on with; the log says which. Mend it and start again.";
    }

    /// <summary>Starts a node.</summary>
    /// <exception cref="HostException">A setting is wrong, or the port is in use.</exception>
    public static async Task<Node> Start(Config config, FloodCallbacks callbacks,
        Func<FloodSettings, FloodSettings> configure)
    {
        TlsFiles.Check(config);
        var logs = new LogSetup();
        ActorSystem? system = null;
        try
        {
            system = ActorSystem.Create(SystemName,
                ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), logs));
            var address = ((ExtendedActorSystem)system).Provider.DefaultAddress;
            if (address.Host is null) throw HostException.Usage(
                "akka.actor.provider must be remote or cluster: a node that listens nowhere has no peers.");
            var flood = NodeOptions.IsClustered(config)
                ? StartClustered(system, callbacks, configure)
                : NodeOptions.IsDiscovered(config)
                    ? DiscoveredFlood.Start(system, callbacks, configure).Flood
                    : Flood.Start(system, callbacks, configure);
            logs.Release();
            return new Node(system, flood, AddressText.Of(address));
        }
        // Whatever goes wrong here, the cause is the user's configuration, and the exception says more than Akka's log.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            logs.Discard();
            if (system is not null) await system.Terminate();
            throw e as HostException ?? HostException.Usage(Explain(e, config), e);
        }
    }

    /// <summary>
    /// Listens for JSON peers over TCP, and connects to others; arguments that are null are taken from
    /// HOCON. These peers end with the node.
    /// </summary>
    /// <exception cref="HostException">An address is wrong, or a port in use.</exception>
    public async Task StartJson(IReadOnlyList<string>? listen, IReadOnlyList<string>? connect)
    {
        try
        {
            var settings = FloodStreamsSettings.Read(_system.Settings.Config);
            await Flood.StartJsonAsync(
                settings with { Listen = listen ?? settings.Listen, Connect = connect ?? settings.Connect });
        }
        catch (Exception e) when (e is FloodConfigurationException or FloodStreamException)
        {
            await _system.Terminate();
            throw HostException.Usage(e.Message, e);
        }
    }

    /// <summary>Leaves the flood: peers are sent what they lack, and are told of the leaving.</summary>
    public Task LeaveAsync() => CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance);

    /// <summary>
    /// Akka joins the configured seeds by itself; without seeds, the node is the first of a new cluster.
    /// </summary>
    private static Flood StartClustered(ActorSystem system, FloodCallbacks callbacks,
        Func<FloodSettings, FloodSettings> configure)
    {
        var flood = ClusterFlood.Start(system, callbacks, configure).Flood;
        var cluster = Akka.Cluster.Cluster.Get(system);
        if (cluster.Settings.SeedNodes.IsEmpty) cluster.Join(cluster.SelfAddress);
        return flood;
    }

    private static string Explain(Exception e, Config config)
    {
        const string Tcp = "akka.remote.dot-netty.tcp";
        var tcp = $"{config.GetString($"{Tcp}.hostname", "")}:{config.GetString($"{Tcp}.port", "")}";
        foreach (var cause in Causes(e))
        {
            if (cause is FloodConfigurationException) return cause.Message;
            if (cause is SocketException socket) return Explain(socket, tcp);
            if (cause.GetType().FullName == "DotNetty.Transport.Channels.ChannelException")
                return $"cannot listen on {tcp}: {cause.Message}";
        }
        var deepest = Causes(e).Last();
        return $"the node cannot start: {deepest.Message}";
    }

    private static string Explain(SocketException e, string tcp) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse =>
            $"cannot listen on {tcp}: the port is in use. Choose another with --port, or 0 for a free one.",
        SocketError.AddressNotAvailable => $"cannot listen on {tcp}: it is not an address of this machine.",
        SocketError.AccessDenied => $"cannot listen on {tcp}: permission denied.",
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData =>
            $"cannot listen on {tcp}: the host name is not known.",
        _ => $"cannot listen on {tcp}: {e.Message}",
    };

    private static IEnumerable<Exception> Causes(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
            if (cause is not AggregateException { InnerExceptions.Count: > 1 } several) continue;
            foreach (var inner in several.InnerExceptions.SelectMany(Causes)) yield return inner;
            yield break;
        }
    }
}
