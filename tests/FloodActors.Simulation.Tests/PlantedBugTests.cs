namespace FloodActors.Simulation.Tests;

/// <summary>
/// What the simulator cannot find, it does not check: a bug is planted for each rule, and each is found.
/// </summary>
public sealed class PlantedBugTests
{
    public static TheoryData<string> Bugs => [.. PlantedBugs.All.Select(bug => bug.Plant().GetType().Name)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_found_by_its_seed_and_not_without_it(string name)
    {
        var (plant, breaks, seed) = PlantedBugs.All.Single(b => b.Plant().GetType().Name == name);
        Assert.InRange(seed, 1UL, 500UL);
        var options = RandomSchedule.Create(seed);
        Assert.Null(Simulator.Run(options).Broken);
        Assert.Equal(breaks, Simulator.Run(options, plant()).Broken?.Guarantee);
    }

    [Fact]
    public void Every_guarantee_has_a_planted_bug() =>
        Assert.Equal(Enum.GetValues<Guarantee>().Order(), PlantedBugs.All.Select(b => b.Breaks).Distinct().Order());

    [Fact]
    public void A_failing_schedule_shrinks_to_little_that_still_fails_and_replays_identically()
    {
        var bug = new PlantedBugs.CatchesUpOutOfOrder();
        var options = RandomSchedule.Create(PlantedBugs.All.Single(b =>
            b.Plant() is PlantedBugs.CatchesUpOutOfOrder).Seed);
        var (smaller, report) = Shrinker.Shrink(options, bug);
        Assert.Equal(Guarantee.InOrder, report.Broken?.Guarantee);
        Assert.True(Parts(smaller) < Parts(options));
        Assert.InRange(smaller.Appends.Count, 1, 3);
        var again = Simulator.Run(smaller, bug);
        Assert.Equal((report.TraceHash, report.Broken), (again.TraceHash, again.Broken));
    }

    private static int Parts(SimulationOptions options) =>
        options.Faults.Count + options.Uses.Count + options.NodeSettings.Count + options.TransportFrames.Count
            + options.Appends.Count;
}
