using System.Runtime.CompilerServices;

namespace FloodActors.Tests;

/// <summary>How the sources are written, as far as the compiler does not see to it.</summary>
public sealed class SourceTests
{
    private const int Columns = 120;

    private static readonly string[] Folders = ["src", "tests", "samples", "bench"];

    [Fact]
    public void Lines_have_at_most_120_columns()
    {
        var files = Files().ToList();
        Assert.Contains("src/FloodActors.Protocol/Log/FloodLog.cs", files);
        Assert.Contains("tests/FloodActors.Tests/SourceTests.cs", files);
        var excess = files.SelectMany(LongLines).ToList();
        Assert.True(excess.Count == 0, $"Wrap lines of more than {Columns} columns:\n{string.Join('\n', excess)}");
    }

    /// <summary>The C# files, relative to the root, without what the build writes.</summary>
    private static IEnumerable<string> Files() => Folders
        .SelectMany(folder => Directory.EnumerateFiles(
            Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Root(), file).Replace('\\', '/'))
        .Where(file => !file.Split('/').Any(part => part is "bin" or "obj"))
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> LongLines(string file) => File.ReadLines(Path.Combine(Root(), file))
        .Select((text, i) => (text.Length, Line: $"{file}:{i + 1}"))
        .Where(line => line.Length > Columns)
        .Select(line => line.Line);

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
