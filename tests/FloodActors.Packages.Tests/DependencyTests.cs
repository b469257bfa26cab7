using System.Xml.Linq;

namespace FloodActors.Packages.Tests;

/// <summary>What a package makes its users restore.</summary>
[Collection(PackedPackagesCollection.Name)]
public sealed class DependencyTests(PackedPackages packages)
{
    [Fact]
    public void A_library_depends_on_what_its_project_names_and_on_nothing_else() =>
        Assert.All(packages.Libraries, package =>
            Assert.Equal(
                package.Project.References.Order(StringComparer.Ordinal),
                package.Dependencies.Keys.Order(StringComparer.Ordinal)));

    [Fact]
    public void A_library_asks_for_the_lowest_versions_that_it_is_built_against()
    {
        var lowest = XDocument.Load(Repository.PathOf("Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(e => e.Attribute("Include")!.Value, e => e.Attribute("Version")!.Value);
        Assert.All(packages.Libraries, package => Assert.All(package.Dependencies, dependency =>
            Assert.Equal(
                lowest.GetValueOrDefault(dependency.Key, Repository.Version), dependency.Value.Trim('[', ']'))));
    }

    [Fact]
    public void A_library_that_uses_what_is_internal_in_another_asks_for_the_same_version()
    {
        var friends = packages.Libraries
            .SelectMany(package =>
                package.Assemblies.SelectMany(package.Friends).Select(friend => (User: friend, Used: package.Id)))
            .Join(
                packages.Libraries, pair => pair.User, package => package.Project.Name,
                (pair, package) => (Package: package, pair.Used))
            .Where(pair => pair.Package.Dependencies.ContainsKey(pair.Used)).ToList();
        Assert.NotEmpty(friends);
        Assert.All(friends, pair => Assert.Equal($"[{Repository.Version}]", pair.Package.Dependencies[pair.Used]));
    }
}
