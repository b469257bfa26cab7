using System.Buffers.Binary;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FloodActors.Packages.Tests;

/// <summary>What a user finds in each package.</summary>
[Collection(PackedPackagesCollection.Name)]
public sealed partial class ContentTests(PackedPackages packages)
{
    [Fact]
    public void Every_public_type_of_a_library_has_XML_documentation() => Assert.All(packages.Libraries, package =>
    {
        Assert.NotEmpty(package.Assemblies);
        Assert.All(package.Assemblies, assembly =>
        {
            var documented = XDocument.Parse(package.Text(Path.ChangeExtension(assembly, ".xml")).TrimStart('\uFEFF'))
                .Descendants("member").Select(member => member.Attribute("name")!.Value).ToHashSet();
            Assert.All(package.PublicTypes(assembly), type => Assert.Contains($"T:{type}", documented));
        });
    });

    [Fact]
    public void Every_package_says_what_it_is_who_made_it_and_where_it_comes_from() =>
        Assert.All(packages.All, package =>
        {
            Assert.All(["description", "authors", "copyright", "tags"], element =>
                Assert.NotEmpty(package.Value(element)));
            Assert.Equal(Repository.Version, package.Value("version"));
            Assert.True(Uri.IsWellFormedUriString(package.Value("projectUrl"), UriKind.Absolute));
            var repository = package.Nuspec.Elements().Single(e => e.Name.LocalName == "repository");
            Assert.Equal("git", repository.Attribute("type")?.Value);
            Assert.True(Uri.IsWellFormedUriString(repository.Attribute("url")?.Value, UriKind.Absolute));
            Assert.Matches("^[0-9a-f]{40}$", repository.Attribute("commit")?.Value);
        });

    [Theory]
    [InlineData("https://example.org/FloodActors/FloodActors", false)]
    [InlineData("https://git.example.com/FloodActors", true)]
    public async Task A_release_with_the_example_of_an_address_is_not_packed(string url, bool isPacked)
    {
        var folder = packages.NewFolder($"release-{isPacked}");
        var (exitCode, output) = await Dotnet.TryRunAsync(
            Repository.Root, Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? "",
            "dotnet", "pack", "src/FloodActors.Protocol", "--no-build", "-c", Repository.Configuration, "-o", folder,
            $"-p:RepositoryUrl={url}", "--nologo");
        Assert.Equal(isPacked, exitCode == 0);
        Assert.Equal(isPacked, Directory.GetFiles(folder, "*.nupkg").Length == 1);
        if (!isPacked) Assert.Contains("RepositoryUrl in src/Directory.Build.props", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_package_has_its_licence() => Assert.All(packages.All, package =>
    {
        Assert.Equal("MIT", package.Value("license"));
        Assert.Equal(File.ReadAllText(Repository.PathOf("LICENSE")), package.Text("LICENSE"));
    });

    [Fact]
    public void A_tool_has_the_licences_of_the_packages_in_it() =>
        Assert.All(packages.All.Where(package => package.IsTool), package =>
            Assert.Equal(
                File.ReadAllText(Repository.PathOf("THIRD-PARTY-NOTICES.md")), package.Text("THIRD-PARTY-NOTICES.md")));

    [Fact]
    public void Every_package_has_an_icon_of_128_by_128_pixels() => Assert.All(packages.All, package =>
    {
        var png = package.Files[package.Value("icon")].AsSpan();
        Assert.Equal("PNG"u8, png[1..4]);
        Assert.Equal(
            (128, 128),
            (BinaryPrimitives.ReadInt32BigEndian(png[16..]), BinaryPrimitives.ReadInt32BigEndian(png[20..])));
    });

    [Fact]
    public void The_release_notes_are_the_changelogs_part_of_the_version()
    {
        var changelog = File.ReadAllText(Repository.PathOf("CHANGELOG.md"));
        var begin = changelog.IndexOf('\n', changelog.IndexOf($"## {Repository.Version}", StringComparison.Ordinal));
        var end = changelog.IndexOf("\n## ", begin, StringComparison.Ordinal);
        var part = (end < 0 ? changelog[begin..] : changelog[begin..end]).Trim();
        Assert.NotEmpty(part);
        Assert.All(packages.All, package =>
            Assert.Equal(part, package.Value("releaseNotes").ReplaceLineEndings("\n").Trim()));
    }

    [Fact]
    public void Every_package_has_a_README_of_its_own_with_absolute_links_to_what_is_in_the_repository()
    {
        Assert.All(packages.All, package =>
        {
            var readme = package.Text(package.Value("readme"));
            var repository = $"{package.Value("projectUrl")}/blob/v{Repository.Version}/";
            Assert.StartsWith("# ", readme, StringComparison.Ordinal);
            Assert.Contains(package.Id, readme, StringComparison.Ordinal);
            var targets = Link().Matches(readme).Select(match => match.Groups[1].Value).ToList();
            Assert.NotEmpty(targets);
            Assert.All(targets, target =>
            {
                Assert.StartsWith(repository, target, StringComparison.Ordinal);
                Assert.True(
                    File.Exists(Repository.PathOf(target[repository.Length..].Split('#')[0])),
                    $"{package}'s README links to {target}, which is not there.");
            });
        });
        Assert.Equal(
            packages.All.Count,
            packages.All.Select(package => package.Text(package.Value("readme"))).Distinct().Count());
    }

    [Fact]
    public void The_README_of_a_package_is_packed_as_written_but_for_its_links() => Assert.All(packages.All, package =>
        Assert.Equal(
            File.ReadAllText(Path.Combine(package.Project.Folder, "README.md")).TrimEnd(),
            package.Text("README.md").Replace(
                $"{package.Value("projectUrl")}/blob/v{Repository.Version}/", "../../",
                StringComparison.Ordinal).TrimEnd()));

    [Fact]
    public void The_symbols_of_a_package_contain_its_sources_and_no_path_of_the_machine_that_built_it() =>
        Assert.All(packages.All, package =>
            Assert.All(package.Assemblies, assembly =>
            {
                var sources = package.Sources(assembly);
                Assert.NotEmpty(sources);
                Assert.All(sources, source => Assert.True(source.HasText, $"{source.Name} is not in the symbols."));
                if (Repository.Configuration == "Release")
                    Assert.All(sources, source => Assert.StartsWith("/_/", source.Name, StringComparison.Ordinal));
            }));

    [GeneratedRegex(@"\]\(([^)]*)\)")]
    private static partial Regex Link();
}
