using Akka.Actor;
using Akka.Hosting;
using FloodActors.Cluster;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FloodActors.Hosting;

/// <summary>
/// Two checks for each flood. <c>flood-live</c>: its actor answers; restart the process when it does not. <c>flood-ready</c>: it is linked;
/// degraded while it is not, for then it still works, and alone.
/// </summary>
internal static class FloodHealth
{
    /// <summary>An actor that has not answered by then is stuck or gone; its queue is bounded, so a busy one answers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static void AddTo(AkkaConfigurationBuilder builder, FloodHostingOptions options)
    {
        var suffix = options.Name == Flood.DefaultName ? "" : $"-{options.Name}";
        builder.WithHealthCheck($"flood-live{suffix}", (system, _, cancellation) => IsLive(system, options, cancellation), HealthStatus.Unhealthy, ["akka", "flood", "live"]);
        builder.WithHealthCheck($"flood-ready{suffix}", (system, _, cancellation) => IsReady(system, options, cancellation), HealthStatus.Unhealthy, ["akka", "flood", "ready"]);
    }

    private static async Task<HealthCheckResult> IsLive(ActorSystem system, FloodHostingOptions options, CancellationToken cancellation) =>
        await StatsOf(system, options, cancellation).ConfigureAwait(false) is { } stats
            ? HealthCheckResult.Healthy($"{stats.LogCount} messages, {stats.Peers} peers", Data(stats))
            : HealthCheckResult.Unhealthy($"the flood '{options.Name}' has not answered within {Patience.TotalSeconds:F0} s");

    private static async Task<HealthCheckResult> IsReady(ActorSystem system, FloodHostingOptions options, CancellationToken cancellation)
    {
        if (await StatsOf(system, options, cancellation).ConfigureAwait(false) is not { } stats)
            return HealthCheckResult.Unhealthy($"the flood '{options.Name}' has not answered within {Patience.TotalSeconds:F0} s");
        if (stats.Peers >= options.ReadyPeers) return HealthCheckResult.Healthy($"{stats.Peers} peers", Data(stats));
        if (options is ClusteredFloodHostingOptions)
        {
            var view = await ClusterFlood.Get(system, options.Name).ViewAsync(cancellation).WaitAsync(Patience, cancellation).ConfigureAwait(false);
            if (view.Members.Count == 0) return HealthCheckResult.Degraded("this node is not in the cluster yet", data: Data(stats));
            if (view.Members.Count == 1) return HealthCheckResult.Healthy("alone in the cluster", Data(stats));
        }
        return HealthCheckResult.Degraded($"isolated: {stats.Peers} peers, and {options.ReadyPeers} are asked for", data: Data(stats));
    }

    private static async Task<FloodStats?> StatsOf(ActorSystem system, FloodHostingOptions options, CancellationToken cancellation)
    {
        try
        {
            return await FloodHostingSetup.GetOrStart(system, options.Name).StatsAsync().WaitAsync(Patience, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static Dictionary<string, object> Data(FloodStats stats) => new()
    {
        ["peers"] = stats.Peers,
        ["messages"] = stats.LogCount,
        ["skipped"] = stats.Skipped,
        ["retained-bytes"] = stats.RetainedBytes,
    };
}
