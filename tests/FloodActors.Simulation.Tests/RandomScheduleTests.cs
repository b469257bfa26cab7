using System.Diagnostics;
using FloodActors.Simulation;
using Xunit.Abstractions;

namespace FloodActors.Simulation.Tests;

/// <summary>
/// Random networks with all faults on. 1,000 seeds normally; FLOOD_SCHEDULES=10000 for the nightly profile,
/// FLOOD_FIRST_SEED to begin elsewhere. A seed that fails prints itself, what it shrinks to, and how to run it alone:
/// FLOOD_FIRST_SEED=n FLOOD_SCHEDULES=1.
/// </summary>
public sealed class RandomScheduleTests(ITestOutputHelper output)
{
    [Fact]
    public void No_random_schedule_breaks_a_guarantee()
    {
        var first = ulong.Parse(Environment.GetEnvironmentVariable("FLOOD_FIRST_SEED") ?? "1");
        var count = int.Parse(Environment.GetEnvironmentVariable("FLOOD_SCHEDULES") ?? "1000");
        var watch = Stopwatch.StartNew();
        var failures = new List<string>();
        var (events, deliveries, skipped, lost, resent) = (0L, 0L, 0L, 0L, 0L);
        for (var seed = first; seed < first + (ulong)count && failures.Count < 5; seed++)
        {
            var options = RandomSchedule.Create(seed);
            var report = Simulator.Run(options);
            events += report.Events;
            deliveries += report.Deliveries;
            skipped += report.Skipped;
            lost += report.FramesLost;
            resent += report.FramesResent;
            if (report.Broken is null) continue;
            var (smaller, broken) = Shrinker.Shrink(options);
            failures.Add(
                $"seed {seed}: {report.Broken}\n  shrunk: {broken.Broken}\n  {RandomSchedule.Describe(smaller)}\n  "
                + $"{string.Join(", ", smaller.Appends.Take(20))}");
        }
        output.WriteLine(
            $"{count} schedules from seed {first} in {watch.Elapsed.TotalSeconds:0.0} s: {events:N0} events, "
            + $"{deliveries:N0} deliveries, {skipped:N0} skipped, {lost:N0} link messages lost, {resent:N0} frames "
            + "resent");
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
    }
}
