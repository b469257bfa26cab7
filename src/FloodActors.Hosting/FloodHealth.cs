using Akka.Actor;
using Akka.Hosting;
using FloodActors.Cluster;
using FloodActors.Discovery;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FloodActors.Hosting;

/// <summary>
/// Two checks for each flood. <c>flood-live</c>: its actor answers; if it does not, restart the process.
/// <c>flood-ready</c>: the node is linked. While it is not, the check is only degraded, because the node works alone.
/// </summary>
internal static class FloodHealth
{
    /// <summary>
    /// An actor that has not answered by then is stuck or gone. Its queue is bounded, so a busy one answers in time.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static void AddTo(AkkaConfigurationBuilder builder, FloodHostingOptions options)
    {
        var suffix = options.Name == Flood.DefaultName ? "" : $"-{options.Name}";
        builder.WithHealthCheck(
            $"flood-live{suffix}", (system, _, cancellation) => IsLive(system, options, cancellation),
            HealthStatus.Unhealthy, ["akka", "flood", "live"]);
        builder.WithHealthCheck(
            $"flood-ready{suffix}", (system, _, cancellation) => IsReady(system, options, cancellation),
            HealthStatus.Unhealthy, ["akka", "flood", "ready"]);
    }

    private static async Task<HealthCheckResult> IsLive(
        ActorSystem system, FloodHostingOptions options, CancellationToken cancellation)
    {
        var (stats, problem) = await StatsOf(system, options, cancellation).ConfigureAwait(false);
        return stats is null
            ? HealthCheckResult.Unhealthy(problem)
            : HealthCheckResult.Healthy($"{stats.LogCount} messages, {stats.Peers} peers", Data(stats));
    }

    private static async Task<HealthCheckResult> IsReady(
        ActorSystem system, FloodHostingOptions options, CancellationToken cancellation)
    {
        var (stats, problem) = await StatsOf(system, options, cancellation).ConfigureAwait(false);
        if (stats is null) return HealthCheckResult.Unhealthy(problem);
        if (stats.Peers >= options.ReadyPeers) return HealthCheckResult.Healthy($"{stats.Peers} peers", Data(stats));
        switch (options)
        {
            case ClusteredFloodHostingOptions:
                var members = (await ClusterFlood.Get(system, options.Name).ViewAsync(cancellation)
                    .WaitAsync(Patience, cancellation).ConfigureAwait(false)).Members.Count;
                if (members == 0) return HealthCheckResult.Degraded("this node is not in the cluster yet",
                    data: Data(stats));
                if (members == 1) return HealthCheckResult.Healthy("alone in the cluster", Data(stats));
                break;
            case DiscoveredFloodHostingOptions:
                var view = await DiscoveredFlood.Get(system, options.Name).ViewAsync(cancellation)
                    .WaitAsync(Patience, cancellation).ConfigureAwait(false);
                if (view.Failure is { } failure)
                    return HealthCheckResult.Degraded($"isolated, and the lookup of peers fails: {failure}",
                        data: Data(stats));
                if (view is { Addresses.Count: 0, IsListed: true })
                    return HealthCheckResult.Healthy("the lookup names this node alone", Data(stats));
                break;
        }
        return HealthCheckResult.Degraded(
            $"isolated: {stats.Peers} peers; {options.ReadyPeers} are required", data: Data(stats));
    }

    /// <summary>The flood's counters, or why there are none.</summary>
    private static async Task<(FloodStats? Stats, string Problem)> StatsOf(
        ActorSystem system, FloodHostingOptions options, CancellationToken cancellation)
    {
        var flood = FloodHostingSetup.GetOrStart(system, options.Name);
        try
        {
            if (!flood.Completion.IsCompleted)
                return (await flood.StatsAsync().WaitAsync(Patience, cancellation).ConfigureAwait(false), "");
        }
        catch (TimeoutException)
        {
            var cause = flood.RunningValidation is { } call ? $": {call}" : "";
            return (null, $"the flood '{options.Name}' has not answered within {Patience.TotalSeconds:F0} s{cause}");
        }
        catch (ObjectDisposedException)
        {
            // The flood ended while it was asked. The reason is given below.
        }
        var end = await flood.Completion.ConfigureAwait(false);
        return (null, $"the flood '{options.Name}' has ended: {end.Reason}");
    }

    private static Dictionary<string, object> Data(FloodStats stats) => new()
    {
        ["peers"] = stats.Peers,
        ["messages"] = stats.LogCount,
        ["skipped"] = stats.Skipped,
        ["retained-bytes"] = stats.RetainedBytes,
    };
}
