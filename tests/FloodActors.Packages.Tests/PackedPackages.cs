namespace FloodActors.Packages.Tests;

/// <summary>
/// All packages, packed once into a folder of their own, and a package cache that has never seen another version of
/// them.
/// </summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private readonly string _temporary = Directory.CreateTempSubdirectory("flood-packages-").FullName;

    internal string Feed => Path.Combine(_temporary, "feed");

    internal IReadOnlyList<Package> All { get; private set; } = [];

    internal IEnumerable<Package> Libraries => All.Where(package => !package.IsTool);

    private string Cache => Path.Combine(_temporary, "cache");

    public async Task InitializeAsync()
    {
        await Dotnet.RunAsync(
            Repository.Root, Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? "",
            "dotnet", "pack", "FloodActors.sln", "--no-build", "-c", Repository.Configuration, "-o", Feed, "--nologo",
            "-p:TrialPack=true");
        All = Repository.Packages.Select(project => new Package(project, Feed)).ToList();
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_temporary, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A folder outside of the repository whose projects find the packages here.</summary>
    internal string NewFolder(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_temporary, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{Feed}" />
              </packageSources>
            </configuration>
            """);
        return folder;
    }

    /// <summary>Runs a command in a folder; packages are restored into the cache here.</summary>
    internal Task<string> RunAsync(string folder, string program, params string[] arguments) =>
        Dotnet.RunAsync(folder, Cache, program, arguments);
}

[CollectionDefinition(Name)]
public sealed class PackedPackagesCollection : ICollectionFixture<PackedPackages>
{
    public const string Name = "packed packages";
}
