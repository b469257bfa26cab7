using System.Text.Json;

namespace FloodActors.Host.Output;

/// <summary>A node's counters and sizes under the names in scripts: those of the library's properties.</summary>
internal static class StatsTable
{
    private static readonly (string Name, CounterInfo Counter)[] Counters =
        [.. CounterInfo.All.Select(counter => (NameOf(counter.Name), counter))];

    public static IEnumerable<(string Name, long Value)> Of(FloodStats stats) =>
    [
        .. Counters.Select(counter => (counter.Name, counter.Counter.Read(stats))),
        (NameOf(nameof(stats.Peers)), stats.Peers),
        (NameOf(nameof(stats.LogCount)), stats.LogCount),
        (NameOf(nameof(stats.LogBytes)), stats.LogBytes),
        (NameOf(nameof(stats.RetainedBytes)), stats.RetainedBytes),
        (NameOf(nameof(stats.Seen)), stats.Seen),
        (NameOf(nameof(stats.AppendsWaiting)), stats.AppendsWaiting),
        (NameOf(nameof(stats.Keys)), stats.Keys),
        (NameOf(nameof(stats.KeyBytes)), stats.KeyBytes),
    ];

    /// <summary>The JSON name for a name in the library.</summary>
    public static string NameOf(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}
