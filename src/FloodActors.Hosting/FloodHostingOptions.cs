using FloodActors.Cluster;
using FloodActors.Discovery;
using Microsoft.Extensions.Configuration;

namespace FloodActors.Hosting;

/// <summary>How <c>WithFlood</c> places a flood in an application.</summary>
public class FloodHostingOptions
{
    /// <summary>The flood's name; a system may have several.</summary>
    public string Name { get; set; } = Flood.DefaultName;

    /// <summary>
    /// A section with the keys of <c>reference.conf</c>, written as there (<c>max-lag</c>) or as in .NET
    /// (<c>MaxLag</c>); durations as <c>5s</c> or <c>00:00:05</c>. It takes precedence over HOCON. If a key is unknown
    /// or a value wrong, the start fails with an error that names it.
    /// </summary>
    public IConfiguration? Configuration { get; set; }

    /// <summary>Changes the settings that were read. It takes precedence over everything else.</summary>
    public Func<FloodSettings, FloodSettings>? Configure { get; set; }

    /// <summary>Called for everything that happens from the start on.</summary>
    public FloodCallbacks? Callbacks { get; set; }

    /// <summary>
    /// Whether the system's port accepts only link messages; see <see cref="FloodHardening.Config"/>. Use it for
    /// systems whose other actors are not reached from outside. It is on for the system if one of its floods sets it. A
    /// system in a cluster cannot have it, because the cluster's messages would not be read: the start fails.
    /// </summary>
    public bool Hardened { get; set; }

    /// <summary>
    /// Whether the actor system gets settings that lower the processor time of an idle node (docs/hosting.md has the
    /// figures). One of them is <c>akka.scheduler.tick-duration = 250ms</c>, so leave it off if actors of the system
    /// need finer timers. HOCON of the application takes precedence. The default is true if the project file of the
    /// application has <c>&lt;FloodQuiet&gt;true&lt;/FloodQuiet&gt;</c>, which also keeps threads of the pool from
    /// spinning, and false otherwise.
    /// </summary>
    public bool Quiet { get; set; } = AppContext.TryGetSwitch(QuietSystem.Switch, out var isQuiet) && isQuiet;

    /// <summary>
    /// Whether the health checks <c>flood-live</c> and <c>flood-ready</c> (with <c>-NAME</c> for a flood with a name)
    /// are added.
    /// </summary>
    public bool HealthChecks { get; set; } = true;

    /// <summary>
    /// The links that must be up for <c>flood-ready</c> to be healthy. With fewer, the node is isolated and the check
    /// is degraded. A clustered flood that is alone in its cluster is ready nevertheless.
    /// </summary>
    public int ReadyPeers { get; set; } = 1;
}

/// <summary>How <c>WithClusteredFlood</c> places a flood in an application.</summary>
public sealed class ClusteredFloodHostingOptions : FloodHostingOptions
{
    /// <summary>
    /// Changes how it follows the cluster; the settings read are in <c>flood.cluster</c>, or in <c>Cluster</c> of <see
    /// cref="FloodHostingOptions.Configuration"/>.
    /// </summary>
    public Func<ClusterFloodSettings, ClusterFloodSettings>? ConfigureCluster { get; set; }
}

/// <summary>How <c>WithDiscoveredFlood</c> places a flood in an application.</summary>
public sealed class DiscoveredFloodHostingOptions : FloodHostingOptions
{
    /// <summary>
    /// Changes how it finds its peers; the settings read are in <c>flood.discovery</c>, or in <c>Discovery</c> of
    /// <see cref="FloodHostingOptions.Configuration"/>.
    /// </summary>
    public Func<DiscoverySettings, DiscoverySettings>? ConfigureDiscovery { get; set; }
}
