using System.Runtime.CompilerServices;

namespace FloodActors.Tests;

/// <summary>How the sources are written, as far as the compiler does not see to it.</summary>
public sealed class SourceTests
{
    private const int Columns = 120;

    private static readonly string Sources = Path.Combine(Root(), "src");

    /// <summary>
    /// Folders with lines from before the rule, and how many there are at most. Lower a number when lines are wrapped,
    /// and take the folder out at 0. A number is never raised.
    /// </summary>
    private static readonly Dictionary<string, int> StillTooLong = new()
    {
        ["FloodActors.Host"] = 14,
        ["FloodActors.Host/Demo"] = 20,
        ["FloodActors.Host/Http"] = 1,
        ["FloodActors.Host/Input"] = 5,
        ["FloodActors.Host/Verbs"] = 7,
        ["FloodActors.Hosting"] = 51,
    };

    [Fact]
    public void Lines_have_at_most_120_columns()
    {
        var files = Files().ToList();
        Assert.Contains("FloodActors.Protocol/Log/FloodLog.cs", files);
        var excess = files
            .SelectMany(LongLines)
            .GroupBy(line => FolderOf(line.File), line => $"src/{line.File}:{line.Number}")
            .Where(folder => folder.Count() > StillTooLong.GetValueOrDefault(folder.Key))
            .SelectMany(folder => folder)
            .ToList();
        Assert.True(
            excess.Count == 0,
            $"Wrap lines of more than {Columns} columns; these are too long, or in a folder that has more of them than "
            + $"{nameof(StillTooLong)} allows:\n{string.Join('\n', excess)}");
    }

    /// <summary>The C# files under <c>src</c>, relative to it, without what the build writes there.</summary>
    private static IEnumerable<string> Files() =>
        Directory.EnumerateFiles(Sources, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Sources, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<(string File, int Number)> LongLines(string file) =>
        File.ReadLines(Path.Combine(Sources, file))
            .Select((text, i) => (text.Length, Line: (file, i + 1)))
            .Where(line => line.Length > Columns)
            .Select(line => line.Line);

    private static string FolderOf(string file) => Path.GetDirectoryName(file)!.Replace('\\', '/');

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
