namespace FloodActors.Packages.Tests;

/// <summary>
/// A rolling upgrade: two versions of an application, each built against the packages, in processes of their own. The
/// table is in docs/objects.md.
/// </summary>
[Collection(PackedPackagesCollection.Name)]
public sealed class TwoVersionsTests(PackedPackages packages)
{
    [Fact]
    public async Task What_has_changed_is_not_read_and_named_and_old_nodes_reach_each_other_through_new_ones()
    {
        var folder = packages.NewFolder("versions");
        foreach (var file in Directory.GetFiles(Repository.PathOf("tests/FloodActors.Packages.Tests/TwoVersions")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder, "Trading.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="FloodActors" Version="{Repository.Version}" />
              </ItemGroup>
            </Project>
            """);
        await Build("old", "1.0.0", "OLD");
        await Build("new", "2.0.0", "NEW");

        // In a line: old1 - new - old2.
        var lines = await Task.WhenAll(Run("new", "new", ""), Run("old", "old1", "new"), Run("old", "old2", "new"));
        var (hub, old1, old2) = (lines[0], lines[1], lines[2]);

        // What is the same is read everywhere, across versions of the assembly.
        Assert.Contains("old1 read Same { Text = new, Number = 1 }", old1);
        Assert.Contains("new read Same { Number = 1, Text = old1 }", hub);
        // What changed is not, in both directions, and both shapes are named.
        foreach (var node in lines)
        {
            var refused = node.Where(line => line.Contains("cannot read", StringComparison.Ordinal)).ToList();
            Assert.Contains(
                refused,
                line => Names(
                    line, "Trading.Grown", "(int Lots, string Symbol)", "(decimal Fee, int Lots, string Symbol)"));
            Assert.Contains(
                refused,
                line => Names(line, "Trading.Shrunk", "(int Lots, string Symbol)", "(string Symbol)"));
            Assert.Contains(
                refused,
                line => Names(
                    line, "Trading.Relabelled", "(decimal Fee, decimal Price)", "(decimal Price, decimal Tax)"));
            Assert.All(
                refused.Where(line =>
                    line.Contains("Moved", StringComparison.Ordinal)
                    || line.Contains("Name,", StringComparison.Ordinal)),
                line => Assert.Contains("flood.hyperion.types", line, StringComparison.Ordinal));
        }
        Assert.Contains(hub, line => Names(line, "cannot read", "Trading.OldName, Trading"));
        Assert.Contains(hub, line => Names(line, "cannot read", "Trading.Moved, Trading"));
        Assert.Contains(old1, line => Names(line, "cannot read", "Trading.NewName, Trading"));
        Assert.Contains(old1, line => Names(line, "cannot read", "Trading.Model.Moved, Trading"));
        Assert.Equal((10, 2), (Count(hub, "cannot read"), Count(hub, " read Same")));

        // The new node passes on what it cannot read: old nodes read each other's.
        string[] values =
        [
            "Same { Text = old2, Number = 1 }", "Grown { Symbol = old2, Lots = 2 }",
            "Shrunk { Symbol = old2, Lots = 3 }",
            "Relabelled { Price = 1, Fee = 2 }", "OldName { Text = old2 }", "Moved { Text = old2 }",
        ];
        Assert.All(values, value => Assert.Contains($"old1 read {value}", old1));
        Assert.All(
            values,
            value => Assert.Contains($"old2 read {value.Replace("old2", "old1", StringComparison.Ordinal)}", old2));
        Assert.All([old1, old2], node => Assert.Equal(5, Count(node, "cannot read")));

        Task Build(string output, string version, string constant) => packages.RunAsync(
            folder, "dotnet", "build", "--nologo", "-v", "q", "-c", "Release", $"-p:Version={version}",
            $"-p:DefineConstants={constant}", $"-p:IntermediateOutputPath=obj/{output}/",
            "-o", Path.Combine("out", output));

        async Task<string[]> Run(string version, string name, string peers)
        {
            var text = await packages.RunAsync(
                folder, "dotnet", Path.Combine("out", version, "Trading.dll"), name, peers, "3");
            return text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        }
    }

    private static int Count(IEnumerable<string> lines, string part) =>
        lines.Count(line => line.Contains(part, StringComparison.Ordinal));

    private static bool Names(string line, params string[] parts) =>
        parts.All(part => line.Contains(part, StringComparison.Ordinal));
}
