using System.Collections.Immutable;

namespace FloodActors.Tests.Wire;

/// <summary>Objects with something in every member.</summary>
internal static class Samples
{
    public static Order Order()
    {
        var line = new Line("tea", 3, 4.50m);
        return new Order(
            new Guid("5b1e4a7e-8f5c-4c69-9b44-0d6b3f9d7a11"),
            new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(2)),
            TimeSpan.FromMinutes(90),
            Priority.High,
            Priority.Low,
            null,
            [0.1, double.MaxValue],
            [1, 2, 3],
            ["first", null, ""],
            line,
            [line, new Line("milk", 1, 1.05m)],
            ["hot", "sweet"],
            ImmutableDictionary<string, Line>.Empty.Add("tea", line).Add("none", new Line("", 0, 0)),
            [1, 2, 3],
            new List<Line> { line },
            new Dictionary<int, string> { [1] = "one", [2] = "two" },
            (7, "B"));
    }

    public static Mutable Mutable() => new()
    {
        Numbers = [3, 1, 2],
        Lines = new() { ["x"] = new Line("x", 1, 1m), ["y"] = new Line("y", 2, 2m) },
        Words = ["one", "two"],
        Sorted = new() { [2] = "two", [1] = "one" },
        Ordered = [5, 4],
        Waiting = new(["first", "second"]),
        Stack = [1, 2, 3],
        Queue = [1, 2, 3],
        Sizes = ImmutableSortedDictionary<string, int>.Empty.Add("b", 2).Add("a", 1),
        Set = [9, 8],
        Rows = [[1, 2], [], [3]],
        Holes = [1, null, 3],
        Flags = [true, false],
        Place = new Coordinate(1, 2, "here"),
        Places = [new Coordinate(3, 4, null), default],
    };
}
