using Xunit.Abstractions;

namespace FloodActors.Simulation.Tests;

/// <summary>
/// What the simulator cannot find, it does not check: a bug is planted for each rule, and each is found.
/// </summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    /// <summary>Random schedules that may be tried until one finds a bug.</summary>
    private const int Tries = 1000;

    public static TheoryData<string> Bugs => [.. PlantedBugs.All.Select(bug => bug.Plant().GetType().Name)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_found_by_a_random_schedule_that_breaks_nothing_without_it(string name)
    {
        var (options, report) = Find(name);
        output.WriteLine($"seed {options.Seed}: {report.Broken}");
        Assert.Null(Simulator.Run(options).Broken);
    }

    [Fact]
    public void Every_guarantee_has_a_planted_bug() =>
        Assert.Equal(Enum.GetValues<Guarantee>().Order(), PlantedBugs.All.Select(b => b.Breaks).Distinct().Order());

    [Fact]
    public void A_failing_schedule_shrinks_to_little_that_still_fails_and_replays_identically()
    {
        var (options, _) = Find(nameof(PlantedBugs.CatchesUpOutOfOrder));
        var bug = new PlantedBugs.CatchesUpOutOfOrder();
        var (smaller, report) = Shrinker.Shrink(options, bug);
        Assert.Equal(Guarantee.InOrder, report.Broken?.Guarantee);
        Assert.True(Parts(smaller) < Parts(options));
        Assert.InRange(smaller.Appends.Count, 1, 3);
        var again = Simulator.Run(smaller, bug);
        Assert.Equal((report.TraceHash, report.Broken), (again.TraceHash, again.Broken));
    }

    private static (SimulationOptions Options, SimulationReport Report) Find(string name)
    {
        var (plant, breaks) = PlantedBugs.All.Single(bug => bug.Plant().GetType().Name == name);
        for (var seed = 1UL; seed <= Tries; seed++)
        {
            var options = RandomSchedule.Create(seed);
            var report = Simulator.Run(options, plant());
            if (report.Broken?.Guarantee == breaks) return (options, report);
        }
        throw new InvalidOperationException($"{Tries} random schedules did not find {name}.");
    }

    private static int Parts(SimulationOptions options) =>
        options.Faults.Count + options.Uses.Count + options.NodeSettings.Count + options.TransportFrames.Count
            + options.Appends.Count + options.Keys.Count;
}
