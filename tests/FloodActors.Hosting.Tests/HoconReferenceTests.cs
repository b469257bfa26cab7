using System.Text;

namespace FloodActors.Hosting.Tests;

/// <summary>
/// docs/hocon-reference.md is made from each reference.conf. <c>FLOOD_WRITE_DOCS=1 dotnet test --filter
/// HoconReference</c> makes it anew.
/// </summary>
public sealed class HoconReferenceTests
{
    [Fact]
    public void The_page_says_what_reference_conf_says()
    {
        var root = Root();
        var page = Path.Combine(root, "docs", "hocon-reference.md");
        var text = new StringBuilder(
            "# Settings\n\nMade from `reference.conf` of FloodActors, FloodActors.Cluster, FloodActors.Discovery "
            + "and FloodActors.Streams; do not edit. A key that is not listed is an error, and so is a value out of "
            + "range.\n");
        foreach (var project in new[] { "FloodActors", "FloodActors.Cluster", "FloodActors.Discovery",
            "FloodActors.Streams" }) Write(text, project,
            File.ReadAllLines(Path.Combine(root, "src", project, "reference.conf")));
        var expected = text.ToString();
        if (Environment.GetEnvironmentVariable("FLOOD_WRITE_DOCS") == "1") File.WriteAllText(page, expected);
        Assert.True(File.Exists(page) && File.ReadAllText(page) == expected,
            "docs/hocon-reference.md is stale: run FLOOD_WRITE_DOCS=1 dotnet test --filter HoconReference");
    }

    /// <summary>A key with the comment above it becomes an entry; a section with a comment becomes text.</summary>
    private static void Write(StringBuilder text, string project, string[] lines)
    {
        text.Append("\n## ").Append(project).Append('\n');
        var path = new List<string>();
        var comment = new List<string>();
        foreach (var line in lines.Select(l => l.Trim()))
        {
            if (line.StartsWith('#')) comment.Add(line.TrimStart('#').TrimEnd() is { Length: > 0 } said ? said[1..]
                : "");
            else if (line.Length == 0) Flush(text, path.Count == 0 ? comment : []);
            else if (line == "}") path.RemoveAt(path.Count - 1);
            else if (line.EndsWith('{'))
            {
                path.Add(line[..^1].Trim());
                if (comment.Count > 0) text.Append("\n### `").AppendJoin('.', path).Append("`\n");
                Flush(text, comment);
            }
            else
            {
                var parts = line.Split(" = ", 2);
                var (key, value) = (parts[0], parts[^1]);
                text.Append("\n### `").AppendJoin('.', path.Append(key)).Append("`\n\nDefault: `").Append(value)
                    .Append("`\n");
                Flush(text, comment);
            }
        }
    }

    private static void Flush(StringBuilder text, List<string> comment)
    {
        if (comment.Count == 0) return;
        text.Append('\n');
        var inCode = false;
        foreach (var line in comment)
        {
            // What is indented is a list of choices or an example.
            var isCode = line.StartsWith("  ", StringComparison.Ordinal);
            if (isCode && !inCode) text.Append("\n```\n");
            if (!isCode && inCode) text.Append("```\n\n");
            inCode = isCode;
            text.Append(line).Append('\n');
        }
        if (inCode) text.Append("```\n");
        comment.Clear();
    }

    internal static string PathOf(string file) => Path.Combine(Root(), file);

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "FloodActors.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }
}
