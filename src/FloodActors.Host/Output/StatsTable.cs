using System.Text.Json;

namespace FloodActors.Host.Output;

/// <summary>A node's counters and sizes under the names that scripts read.</summary>
internal static class StatsTable
{
    public static IEnumerable<(string Name, long Value)> Of(FloodStats stats) =>
    [
        .. CounterInfo.All.Select(counter => (JsonNamingPolicy.CamelCase.ConvertName(counter.Name), counter.Read(stats))),
        ("peers", stats.Peers),
        ("logCount", stats.LogCount),
        ("logBytes", stats.LogBytes),
        ("retainedBytes", stats.RetainedBytes),
        ("seen", stats.Seen),
        ("appendsWaiting", stats.AppendsWaiting),
    ];
}
