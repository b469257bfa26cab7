using System.Text.RegularExpressions;

namespace FloodActors.Packages.Tests;

/// <summary>What the documents of the repository say of each other, of the projects and of the metrics.</summary>
public sealed partial class DocumentationTests
{
    /// <summary>Folders that builds, tools and npm fill.</summary>
    private static readonly string[] s_madeFolders = ["bin", "obj", "artifacts", "node_modules", "TestResults"];

    public static TheoryData<string> Documents =>
        [.. Find(Repository.Root).Select(path => Path.GetRelativePath(Repository.Root, path)).Order()];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_within_the_repository_leads_somewhere(string document)
    {
        var path = Repository.PathOf(document);
        foreach (var target in Targets(File.ReadAllText(path)))
        {
            var (file, anchor) = (target.Split('#')[0], target.Contains('#') ? target.Split('#')[1] : "");
            var linked = file.Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, file);
            Assert.True(Path.Exists(linked), $"{document} links to {target}, which is not there.");
            if (anchor.Length > 0)
                Assert.True(
                    Anchors(linked).Contains(anchor), $"{document} links to {target}; {file} has no such heading.");
        }
    }

    [Fact]
    public void Every_document_is_found_from_the_README()
    {
        var (found, open) = (new HashSet<string>(), new Queue<string>([Repository.PathOf("README.md")]));
        while (open.TryDequeue(out var document))
        {
            if (!found.Add(document)) continue;
            foreach (var target in Targets(File.ReadAllText(document)))
            {
                var linked = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, target.Split('#')[0]));
                if (linked.EndsWith(".md", StringComparison.Ordinal) && File.Exists(linked)) open.Enqueue(linked);
            }
        }
        Assert.All(Find(Repository.PathOf("docs")), document => Assert.Contains(document, found));
    }

    [Fact]
    public void The_drawn_dependencies_are_those_of_the_projects()
    {
        var page = File.ReadAllText(Repository.PathOf("docs/architecture.md"));
        var drawn = Arrow().Matches(page).Select(arrow => $"{arrow.Groups[1].Value} --> {arrow.Groups[2].Value}");
        var real = Repository.Packages.SelectMany(project => project.References
            .Where(reference => Repository.Packages.Any(other => other.Name == reference))
            .Select(reference => $"{project.Name} --> {reference}"));
        Assert.Equal(real.Order(), drawn.Order());
    }

    [Fact]
    public void Every_counter_is_explained()
    {
        var page = File.ReadAllText(Repository.PathOf("docs/operating.md"));
        Assert.NotEmpty(CounterInfo.All);
        Assert.All(CounterInfo.All, counter =>
        {
            Assert.Matches($"`{Regex.Escape(counter.Metric)}[`{{]", page);
            if (counter.Reason is { } reason) Assert.Contains($"`{reason}`", page, StringComparison.Ordinal);
        });
    }

    private static IEnumerable<string> Find(string folder) =>
        Directory.GetFiles(folder, "*.md").Concat(Directory.GetDirectories(folder)
            .Where(inner => !s_madeFolders.Contains(Path.GetFileName(inner)) && Path.GetFileName(inner)[0] != '.')
            .SelectMany(Find));

    /// <summary>What a document links to in the repository.</summary>
    private static IEnumerable<string> Targets(string text) =>
        Link().Matches(Code().Replace(text, "")).Select(link => link.Groups[1].Value)
            .Where(target =>
                !target.Contains("://", StringComparison.Ordinal)
                && !target.StartsWith("mailto:", StringComparison.Ordinal));

    /// <summary>The anchors of a document's headings, as GitHub makes them.</summary>
    private static HashSet<string> Anchors(string document) =>
        Heading().Matches(Fence().Replace(File.ReadAllText(document), ""))
            .Select(heading => heading.Groups[1].Value.Trim().ToLowerInvariant())
            .Select(heading => NoAnchor().Replace(heading, "").Replace(' ', '-'))
            .ToHashSet();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"^ +(FloodActors[\w.]*) --> (FloodActors[\w.]*)$", RegexOptions.Multiline)]
    private static partial Regex Arrow();
}
