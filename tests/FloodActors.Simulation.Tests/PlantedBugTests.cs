using FloodActors.Simulation;

namespace FloodActors.Simulation.Tests;

/// <summary>What the simulator cannot find, it does not check: a bug is planted for each guarantee, and each is found.</summary>
public sealed class PlantedBugTests
{
    public static TheoryData<string> Bugs => [.. PlantedBugs.All.Select(bug => bug.Bug.GetType().Name)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_found_by_its_seed_and_not_without_it(string name)
    {
        var (bug, breaks, seed) = PlantedBugs.All.Single(b => b.Bug.GetType().Name == name);
        Assert.InRange(seed, 1UL, 1000UL);
        var options = RandomSchedule.Create(seed);
        Assert.Null(Simulator.Run(options).Broken);
        Assert.Equal(breaks, Simulator.Run(options, bug).Broken?.Guarantee);
    }

    [Fact]
    public void Every_guarantee_has_a_planted_bug() =>
        Assert.Equal(Enum.GetValues<Guarantee>().Order(), PlantedBugs.All.Select(b => b.Breaks).Distinct().Order());

    [Fact]
    public void A_failing_schedule_shrinks_to_little_that_still_fails_and_replays_identically()
    {
        var (bug, breaks, seed) = PlantedBugs.All.Single(b => b.Bug is PlantedBugs.LosesTheCursorOnReconnect);
        var options = RandomSchedule.Create(seed);
        var (smaller, report) = Shrinker.Shrink(options, bug);
        Assert.Equal(breaks, report.Broken?.Guarantee);
        Assert.True(smaller.Faults.Count + smaller.Appends.Count < options.Faults.Count + options.Appends.Count);
        Assert.InRange(smaller.Appends.Count, 1, 3);
        var again = Simulator.Run(smaller, bug);
        Assert.Equal((report.TraceHash, report.Broken), (again.TraceHash, again.Broken));
    }
}
