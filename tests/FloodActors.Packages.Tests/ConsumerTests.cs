using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FloodActors.Packages.Tests;

/// <summary>The packages in projects of users: outside of the repository, restored from the packed files.</summary>
[Collection(PackedPackagesCollection.Name)]
public sealed partial class ConsumerTests(PackedPackages packages)
{
    /// <summary>
    /// The versions that Akka's own packages ask for: whoever has them must be able to stay with them.
    /// </summary>
    private static readonly (string Id, string Version)[] s_olderThanOurs =
    [
        ("Google.Protobuf", "3.26.1"),
        ("Microsoft.Extensions.DependencyInjection.Abstractions", "6.0.0"),
        ("Microsoft.Extensions.Logging", "6.0.0"),
        ("Microsoft.Extensions.ObjectPool", "6.0.36"),
        ("System.IO.Hashing", "8.0.0"),
    ];

    private static readonly (string Id, string Version)[] s_olderThanOursWithHosting =
    [
        ("Google.Protobuf", "3.26.1"),
        ("Microsoft.Extensions.Hosting.Abstractions", "9.0.0"),
        ("Microsoft.Extensions.Logging.Abstractions", "9.0.0"),
        ("OpenTelemetry.Api", "1.15.3"),
    ];

    [Fact]
    public async Task A_project_with_older_packages_of_others_can_be_restored()
    {
        var folder = packages.NewFolder("older");
        WriteProject(
            folder, packages.Libraries.Where(package => !package.Dependencies.ContainsKey("Akka.Hosting")),
            s_olderThanOurs);
        var output = await packages.RunAsync(folder, "dotnet", "restore");
        Assert.DoesNotContain("NU1605", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FloodActors"), InlineData("FloodActors.Hosting")]
    public async Task A_property_of_an_application_makes_it_quiet(string id)
    {
        var folder = packages.NewFolder($"quiet-{id}");
        WriteProject(folder, packages.Libraries.Where(package => package.Id == id), []);
        Assert.DoesNotContain("SpinLimit", await RuntimeConfig("false"), StringComparison.Ordinal);
        var quiet = await RuntimeConfig("true");
        Assert.Contains("\"System.Threading.ThreadPool.UnfairSemaphoreSpinLimit\": 0", quiet, StringComparison.Ordinal);
        Assert.Contains("\"FloodActors.Quiet\": true", quiet, StringComparison.Ordinal);

        async Task<string> RuntimeConfig(string isQuiet)
        {
            var output = Path.Combine(folder, isQuiet);
            await packages.RunAsync(
                folder, "dotnet", "build", "-o", output, "--nologo", "-v", "q",
                "-p:GenerateRuntimeConfigurationFiles=true", $"-p:FloodQuiet={isQuiet}");
            return File.ReadAllText(Path.Combine(output, "Consumer.runtimeconfig.json"));
        }
    }

    [Fact]
    public async Task The_READMEs_code_compiles_against_the_packages_next_to_older_packages_of_others()
    {
        var folder = packages.NewFolder("readme");
        WriteProject(folder, packages.Libraries, s_olderThanOursWithHosting);
        var examples = packages.Libraries.Select(package => (Name: package.Id, Readme: package.Text("README.md")))
            .Append(
                (Name: "Repository", Readme: File.ReadAllText(Repository.PathOf("README.md")).ReplaceLineEndings("\n")))
            .Select(readme => (readme.Name, Code: CSharp().Match(readme.Readme).Groups[1].Value))
            .Where(example => example.Code.Length > 0).ToList();
        Assert.Contains(examples, example => example.Name == "Repository");
        foreach (var (name, code) in examples)
        {
            var lines = code.Split('\n');
            var usings = lines.Where(IsUsingDirective);
            File.WriteAllText(Path.Combine(folder, $"{name}.cs"), $$"""
                {{string.Join('\n', usings)}}
                #pragma warning disable CS8321 // a local function that nothing calls
                internal static class Readme_of_{{name.Replace('.', '_')}}
                {
                    public static async Task Run()
                    {
                        {{string.Join('\n', lines.Where(line => !IsUsingDirective(line)))}}
                        await Task.CompletedTask;
                    }
                }
                """);
        }
        await packages.RunAsync(folder, "dotnet", "build", "--nologo", "-v", "q");

        static bool IsUsingDirective(string line) =>
            line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains('=') && line.EndsWith(';');
    }

    [Fact]
    public async Task The_sample_of_two_nodes_runs()
    {
        var folder = CopySamples("samples");
        var output = await packages.RunAsync(Path.Combine(folder, "TwoNodes"), "dotnet", "run", "-c", "Release");
        Assert.Contains("bob is linked with alice", output, StringComparison.Ordinal);
        Assert.Contains("alice received from bob: it did", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Chat", "alice reads: carol> carol is (it came from bob)")]
    [InlineData("PriceBoard", "EUR/GBP", "is update 19999, by exchange", "drew fewer than half of them: True")]
    [InlineData(
        "Configuration", "worker starts with log-level = info", "worker starts with workers = 10",
        "worker may not: This node's validator refuses the message: its origin may not append to its topic")]
    public async Task A_sample_of_what_messages_carry_runs(string name, params string[] says)
    {
        // Each in a folder of its own: they are run side by side.
        var folder = CopySamples($"samples-{name}");
        var output = await packages.RunAsync(Path.Combine(folder, name), "dotnet", "run", "-c", "Release");
        Assert.All(says, words => Assert.Contains(words, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("WithNUnit")]
    [InlineData("WithMSTest")]
    public async Task The_sample_of_a_test_passes(string project)
    {
        var folder = Path.Combine(CopySamples($"samples-{project}"), "Testing", project);
        var output = await packages.RunAsync(folder, "dotnet", "test", "-c", "Release");
        Assert.Matches(@"Passed:\s+1\b", output);
    }

    [Fact]
    public void The_samples_use_the_version_that_is_packed() => Assert.Equal(
        Repository.Version, XDocument.Load(Repository.PathOf("samples/Directory.Build.props"))
            .Descendants("FloodActorsVersion").Single().Value);

    [Fact]
    public async Task The_tool_can_be_installed_and_floods()
    {
        var folder = packages.NewFolder("tool");
        var tool = packages.All.Single(package => package.IsTool);
        await packages.RunAsync(
            folder, "dotnet", "tool", "install", tool.Id, "--version", Repository.Version, "--tool-path", folder);
        var command = XDocument.Parse(
            tool.Text(tool.Files.Keys.Single(name => name.EndsWith("DotnetToolSettings.xml", StringComparison.Ordinal)))
                .TrimStart('\uFEFF'))
            .Descendants("Command").Single().Attribute("Name")!.Value;
        await packages.RunAsync(folder, Path.Combine(folder, command), "demo", "--nodes", "2", "--messages", "10");
    }

    private static void WriteProject(
        string folder, IEnumerable<Package> ours, IEnumerable<(string Id, string Version)> others)
    {
        var references = ours.Select(package => (package.Id, Repository.Version)).Concat(others).Select(reference =>
            $"<PackageReference Include=\"{reference.Id}\" Version=\"{reference.Item2}\" />");
        // NU1603 is about the source and not about the packages: a mirror that lacks a version serves the next one.
        File.WriteAllText(Path.Combine(folder, "Consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <WarningsNotAsErrors>NU1603;NU1900;NU1901;NU1902;NU1903;NU1904</WarningsNotAsErrors>
              </PropertyGroup>
              <ItemGroup>
                {string.Join("\n    ", references)}
              </ItemGroup>
            </Project>
            """);
    }

    private string CopySamples(string name = "samples")
    {
        var folder = packages.NewFolder(name);
        var source = Repository.PathOf("samples");
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories)
            .Where(file => !BuildOutput().IsMatch(file)))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return folder;
    }

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]")]
    private static partial Regex BuildOutput();
}
