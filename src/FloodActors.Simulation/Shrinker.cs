namespace FloodActors.Simulation;

/// <summary>
/// Makes a failing simulation smaller for as long as it still fails: fewer faults, uses and appends, equal settings, a
/// better network. What is left is what the failure needs.
/// </summary>
public static class Shrinker
{
    /// <summary>The smallest failing simulation found, and its report.</summary>
    /// <param name="failing">One whose report says that a guarantee is broken.</param>
    /// <param name="attempts">The most runs.</param>
    public static (SimulationOptions Options, SimulationReport Report) Shrink(
        SimulationOptions failing, int attempts = 300) => Shrink(failing, Mutation.None, attempts);

    internal static (SimulationOptions Options, SimulationReport Report) Shrink(
        SimulationOptions failing, Mutation mutation, int attempts = 300)
    {
        var best = (Options: failing, Report: Simulator.Run(failing, mutation));
        if (best.Report.Broken is not { } broken)
            throw new ArgumentException("The simulation does not fail.", nameof(failing));

        bool StillFails(SimulationOptions candidate)
        {
            if (attempts-- <= 0) return false;
            var report = Simulator.Run(candidate, mutation);
            if (report.Broken?.Guarantee != broken.Guarantee) return false;
            best = (candidate, report);
            return true;
        }

        for (var size = int.MaxValue; size > Size(best.Options) && attempts > 0;)
        {
            size = Size(best.Options);
            RemoveParts(best.Options.Faults, faults => StillFails(best.Options with { Faults = faults }));
            RemoveParts(best.Options.Uses, uses => StillFails(best.Options with { Uses = uses }));
            RemoveParts([.. best.Options.NodeSettings], nodes =>
                StillFails(best.Options with { NodeSettings = nodes.ToDictionary() }));
            RemoveParts([.. best.Options.TransportFrames], nodes =>
                StillFails(best.Options with { TransportFrames = nodes.ToDictionary() }));
            RemoveParts(best.Options.Keys, keys => StillFails(best.Options with { Keys = keys }));
            RemoveParts([.. best.Options.RejectsOneIn], nodes =>
                StillFails(best.Options with { RejectsOneIn = nodes.ToDictionary() }));
            RemoveParts([.. best.Options.RefusesOneIn], nodes =>
                StillFails(best.Options with { RefusesOneIn = nodes.ToDictionary() }));
            RemoveParts(best.Options.Appends, appends => StillFails(best.Options with { Appends = appends }));
            foreach (var kinder in Kinder)
            {
                var network = kinder(best.Options.Network);
                if (network != best.Options.Network) StillFails(best.Options with { Network = network });
            }
            if (best.Options.SubscriberDelay > TimeSpan.Zero)
                StillFails(best.Options with { SubscriberDelay = TimeSpan.Zero });
            if (best.Options.BothEndsDial) StillFails(best.Options with { BothEndsDial = false });
            if (best.Options.SeenCount > 0) StillFails(best.Options with { SeenCount = 0 });
        }
        return best;
    }

    private static readonly Func<NetworkConditions, NetworkConditions>[] Kinder =
    [
        network => network with { Reordering = 0 },
        network => network with { Duplication = 0 },
        network => network with { Loss = 0 },
        network => network with { Jitter = TimeSpan.Zero },
        network => network with { BytesPerSecond = 0 },
        network => network with { LargestFrame = 0 },
    ];

    private static int Size(SimulationOptions options) =>
        options.Faults.Count + options.Uses.Count + options.NodeSettings.Count + options.TransportFrames.Count
            + options.Appends.Count + options.Keys.Count + options.RejectsOneIn.Count + options.RefusesOneIn.Count;

    /// <summary>
    /// Leaves out halves, then quarters, and so on down to single items, as long as it still fails (delta debugging).
    /// </summary>
    private static void RemoveParts<T>(IReadOnlyList<T> items, Func<IReadOnlyList<T>, bool> stillFails)
    {
        for (var part = Math.Max(1, items.Count / 2); items.Count > 0; part /= 2)
        {
            for (var start = 0; start < items.Count;)
            {
                var (from, to) = (start, Math.Min(items.Count, start + part));
                var without = items.Where((_, i) => i < from || i >= to).ToList();
                if (stillFails(without)) items = without;
                else start = to;
            }
            if (part == 1) return;
        }
    }
}
