using System.Collections.Immutable;

namespace FloodActors.Tests.Wire;

public enum Priority
{
    Low,
    High = 7,
}

public sealed record Line(string Product, int Count, decimal Price);

public sealed record Order(
    Guid Id,
    DateTimeOffset Placed,
    TimeSpan Within,
    Priority Priority,
    Priority? Former,
    int? Discount,
    double[] Weights,
    byte[] Photo,
    string?[] Notes,
    Line First,
    ImmutableArray<Line> Lines,
    ImmutableList<string> Tags,
    ImmutableDictionary<string, Line> ByName,
    ImmutableHashSet<int> Numbers,
    IReadOnlyList<Line> Shown,
    IReadOnlyDictionary<int, string> Labels,
    (int Row, string Column) Place);

public sealed class Mutable
{
    public List<int> Numbers { get; init; } = [];

    public Dictionary<string, Line> Lines { get; init; } = [];

    public HashSet<string> Words { get; init; } = [];

    public SortedDictionary<int, string> Sorted { get; init; } = [];

    public SortedSet<int> Ordered { get; init; } = [];

    public Queue<string> Waiting { get; init; } = [];

    public ImmutableStack<int> Stack { get; init; } = [];

    public ImmutableQueue<int> Queue { get; init; } = [];

    public ImmutableSortedDictionary<string, int> Sizes { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    public ImmutableSortedSet<int> Set { get; init; } = [];

    public int[][] Rows { get; init; } = [];

    public int?[] Holes { get; init; } = [];

    public bool[] Flags { get; init; } = [];

    public Coordinate Place { get; init; }

    public Coordinate[] Places { get; init; } = [];
}

public readonly record struct Coordinate(double X, double Y, string? Name);

public abstract record Shape(string Name);

public sealed record Circle(double Radius) : Shape("circle");

public sealed record Square(double Side) : Shape("square");

public sealed record Drawing(ImmutableList<Shape> Shapes, object? Any);

public sealed record Chain(int Number, Chain? Next);

public sealed class Loop
{
    public Loop? Self { get; set; }
}

public sealed record Holder(object? Value);

public sealed record Unlisted(int Number);
