using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FloodActors.Packages.Tests;

/// <summary>
/// THIRD-PARTY-NOTICES.md against the packages that NuGet restored, direct ones and those that others ask for.
/// </summary>
public sealed partial class LicenceTests
{
    private const string Approve = "FLOOD_APPROVE_LICENCES";
    private const string Used = "## Packages that the libraries need and the node program contains";
    private const string Development = "## Packages that only build, test and measure";
    private const string Texts = "## Licences";

    /// <summary>
    /// Packages whose nuspec names a file or an address instead of a licence; looked up by hand, in the file that the
    /// package holds or in the repository that the address leads to.
    /// </summary>
    private static readonly Dictionary<string, string> s_lookedUp = new()
    {
        // License.md in the package.
        ["CommandLineParser"] = "MIT",
        // LICENSE of github.com/akkadotnet/Hyperion, the same since its first commit: the text of Apache 2.0.
        ["Hyperion"] = "Apache-2.0",
        // LICENSE.TXT in the package.
        ["Microsoft.DotNet.PlatformAbstractions"] = "MIT",
        // license.txt of github.com/xunit/xunit: "Licensed under the Apache License, Version 2.0".
        ["xunit.abstractions"] = "Apache-2.0",
    };

    private static readonly string s_file = Repository.PathOf("THIRD-PARTY-NOTICES.md");

    private static readonly string[] s_projects = [.. new[] { "src", "tests", "bench" }
        .SelectMany(folder => Directory.GetFiles(Repository.PathOf(folder), "*.csproj", SearchOption.AllDirectories))
        .Select(project => Path.GetDirectoryName(project)!)];

    [Fact]
    public void The_licence_of_every_package_is_in_the_file()
    {
        var all = s_projects.Where(IsRestored).SelectMany(Restored).ToList();
        var used = Lines(all.Where(package => package.InSource));
        var development = Lines(all.Where(package => !all.Any(other => other.InSource && other.Id == package.Id)));
        if (Environment.GetEnvironmentVariable(Approve) is { Length: > 0 }) Write(used, development);

        var written = File.ReadAllText(s_file).ReplaceLineEndings("\n");
        var missing = used.Except(Table(written, Used, Development))
            .Concat(development.Except(Table(written, Development, Texts))).ToList();
        // Projects that are not restored have packages that are not known here; in CI all are.
        var stale = s_projects.All(IsRestored)
            ? Table(written, Used, Texts).Except(used.Concat(development)).ToList()
            : [];
        var changes = missing.Select(line => $"+ {line}").Concat(stale.Select(line => $"- {line}"));
        Assert.True(
            missing.Count + stale.Count == 0,
            $"THIRD-PARTY-NOTICES.md does not agree with the restored packages:\n{string.Join('\n', changes)}\n\n"
            + "Look at the licences; if they suit, write the file anew and commit it:\n  dotnet restore && "
            + $"{Approve}=1 dotnet test tests/FloodActors.Packages.Tests --filter {nameof(LicenceTests)}");
    }

    [Fact]
    public void The_text_of_every_licence_of_what_is_passed_on_is_in_the_file()
    {
        var written = File.ReadAllText(s_file).ReplaceLineEndings("\n");
        Assert.All(
            Table(written, Used, Development).Select(line => line.Split('|')[2].Trim()).Distinct(),
            licence =>
                Assert.Contains(
                    $"\n### {licence}\n", written[written.IndexOf(Texts, StringComparison.Ordinal)..],
                    StringComparison.Ordinal));
    }

    private static bool IsRestored(string project) => File.Exists(AssetsOf(project));

    private static string AssetsOf(string project) => Path.Combine(project, "obj", "project.assets.json");

    private static IEnumerable<(string Id, string Licence, string Owner, bool InSource)> Restored(string project)
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(AssetsOf(project)));
        var caches = assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)
            .ToList();
        foreach (var library in assets.RootElement.GetProperty("libraries").EnumerateObject().Where(library =>
            library.Value.GetProperty("type").GetString() == "package"))
        {
            var id = library.Name.Split('/')[0];
            var path = library.Value.GetProperty("path").GetString()!;
            var nuspec = caches.Select(cache => Path.Combine(cache, path, $"{id.ToLowerInvariant()}.nuspec"))
                .First(File.Exists);
            var metadata = XDocument.Load(nuspec).Root!.Elements().Single();
            var licence = Element("license") is { } element && element.Attribute("type")?.Value == "expression"
                ? element.Value
                : s_lookedUp.GetValueOrDefault(
                    id, $"unknown: {nuspec} names no SPDX licence; look it up and add it to {nameof(s_lookedUp)}");
            yield return (id, licence, (Element("copyright") ?? Element("authors"))!.Value.Trim(), project.StartsWith(
                Repository.PathOf("src"), StringComparison.Ordinal));

            XElement? Element(string name) =>
                metadata.Elements().FirstOrDefault(e => e.Name.LocalName == name && e.Value.Trim().Length > 0);
        }
    }

    /// <summary>
    /// A line for each package and licence; versions of one package rarely differ in it, and when they do both are
    /// there.
    /// </summary>
    private static List<string> Lines(IEnumerable<(string Id, string Licence, string Owner, bool InSource)> packages) =>
        packages
            .GroupBy(package => (package.Id, package.Licence))
            .OrderBy(group => group.Key.Id, StringComparer.OrdinalIgnoreCase)
            .Select(group => $"| {group.Key.Id} | {group.Key.Licence} | {Owners(group.Select(p => p.Owner))} |")
            .ToList();

    private static string Owners(IEnumerable<string> owners) =>
        string.Join("; ", owners.Distinct().Order(StringComparer.Ordinal));

    private static List<string> Table(string written, string heading, string next) =>
        Row().Matches(Between(written, heading, next))
            .Select(match => match.Value)
            .Where(line =>
                !line.StartsWith("|---", StringComparison.Ordinal)
                && !line.StartsWith("| Package |", StringComparison.Ordinal))
            .ToList();

    private static string Between(string text, string start, string end) =>
        text[text.IndexOf(start, StringComparison.Ordinal)..text.IndexOf(end, StringComparison.Ordinal)];

    private static void Write(List<string> used, List<string> development)
    {
        Assert.True(
            s_projects.All(IsRestored),
            "Restore the whole solution first: packages of the other projects are not known.");
        const string header = "| Package | Licence | Copyright |\n|---|---|---|\n";
        var written = File.ReadAllText(s_file).ReplaceLineEndings("\n");
        var begin = written[..written.IndexOf(Used, StringComparison.Ordinal)];
        var texts = written[written.IndexOf(Texts, StringComparison.Ordinal)..];
        File.WriteAllText(
            s_file,
            $"{begin}{Used}\n\n{header}{string.Join('\n', used)}\n\n"
            + $"{Development}\n\n{header}{string.Join('\n', development)}\n\n{texts}");
    }

    [GeneratedRegex(@"^\|.*$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
