using FloodActors.Core;
using FsCheck;
using FsCheck.Fluent;

namespace FloodActors.Tests.Core;

public enum SeenAct
{
    AddToLog,
    AddBesideLog,
    Ask,
    LeaveLog,
    Disown,
    Wait,
}

/// <summary>
/// One thing that happens to a seen-set. <see cref="Origin"/> and <see cref="Number"/> name the message, <see
/// cref="Bringer"/> is the peer it came from, waiting takes <see cref="Ms"/>.
/// </summary>
public sealed record SeenStep(SeenAct Act, ulong Origin, ulong Number, int Bringer, int Ms);

/// <summary>The bounds a seen-set is created with, and what happens to it.</summary>
public sealed record SeenStory(int MaxCount, int MaxIntervals, long MaxAgeMs, ulong Salt, SeenStep[] Steps)
{
    public override string ToString()
        => $"MaxCount {MaxCount}, MaxIntervals {MaxIntervals}, MaxAgeMs {MaxAgeMs}, Salt {Salt}\n"
            + string.Join("\n", Steps.AsEnumerable());
}

/// <summary>
/// Few ids and small bounds, so that ids return, bounds are reached and slots are used again; numbers at both ends of
/// what there is.
/// </summary>
public static class SeenStories
{
    public static Arbitrary<SeenStory> Stories()
    {
        var act = Gen.Frequency(
            (6, Gen.Constant(SeenAct.AddToLog)),
            (3, Gen.Constant(SeenAct.AddBesideLog)),
            (2, Gen.Constant(SeenAct.Ask)),
            (5, Gen.Constant(SeenAct.LeaveLog)),
            (1, Gen.Constant(SeenAct.Disown)),
            (3, Gen.Constant(SeenAct.Wait)));
        var number = Gen.Frequency(
            (6, Gen.Choose(0, 11).Select(n => (ulong)n)),
            (1, Gen.Choose(-4, 2).Select(n => SeenIntervals.HighestNumber + (ulong)n)),
            (1, Gen.Choose(-2, 13).Select(n => SeenIntervals.FarthestAhead + (ulong)n)));
        var step =
            from what in act
            from origin in Gen.Choose(0, 4)
            from name in number
            from bringer in Gen.Choose(-1, 2)
            from ms in Gen.Choose(0, 2500)
            select new SeenStep(what, (ulong)origin, name, bringer, ms);
        var story =
            from count in Gen.Choose(1, 6)
            from intervals in Gen.Choose(1, 4)
            from age in Gen.Elements(1L, 1000L, 1024L, 1025L, 3000L, 10_000L, long.MaxValue)
            from salt in Gen.Choose(0, 1000)
            from steps in Gen.ArrayOf(step).Resize(300)
            select new SeenStory(count, intervals, age, (ulong)salt, steps);
        return Arb.From(story, Shorter);
    }

    private static IEnumerable<SeenStory> Shorter(SeenStory story)
    {
        for (var part = story.Steps.Length / 2; part > 0; part /= 2)
        {
            for (var from = 0; from + part <= story.Steps.Length; from += part)
                yield return story with { Steps = [.. story.Steps[..from], .. story.Steps[(from + part)..]] };
        }
    }
}
