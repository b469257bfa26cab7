using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FloodActors.Packages.Tests;

/// <summary>The repository that these tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(SourceFolder(), "../.."));

    /// <summary>Debug or Release: what was built, and so what can be packed.</summary>
    public static string Configuration { get; } =
        typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    /// <summary>Every project under <c>src</c> that is packed.</summary>
    public static IReadOnlyList<SourceProject> Packages { get; } =
        Directory.GetFiles(PathOf("src"), "*.csproj", SearchOption.AllDirectories)
            .Select(path => new SourceProject(path)).Where(project => project.IsPackable)
            .OrderBy(project => project.Name, StringComparer.Ordinal).ToList();

    public static IReadOnlyList<SourceProject> Libraries { get; } = Packages.Where(project => !project.IsTool).ToList();

    /// <summary>The version of all packages.</summary>
    public static string Version { get; } =
        XDocument.Load(PathOf("src/Directory.Build.props")).Descendants("Version").Single().Value;

    public static string PathOf(string file) => Path.Combine(Root, file);

    public static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

/// <summary>A project file and what it says of its package.</summary>
internal sealed class SourceProject(string path)
{
    private readonly XDocument _project = XDocument.Load(path);

    public string Name { get; } = Path.GetFileNameWithoutExtension(path);

    public string Id => Property("PackageId") ?? Name;

    public bool IsPackable => Property("IsPackable") != "false";

    public bool IsTool => Property("PackAsTool") == "true";

    public string Folder { get; } = Path.GetDirectoryName(path)!;

    /// <summary>
    /// Ids of the packages and names of the projects that the project itself names and whose users get them too.
    /// </summary>
    public IEnumerable<string> References => _project.Descendants()
        .Where(e => e.Name.LocalName is "PackageReference" or "ProjectReference")
        .Where(e => (e.Attribute("PrivateAssets")?.Value ?? e.Element("PrivateAssets")?.Value) != "all")
        .Select(e => Regex.Replace(e.Attribute("Include")!.Value, @"^.*/|\.csproj$", ""));

    public override string ToString() => Name;

    private string? Property(string name) => _project.Descendants(name).FirstOrDefault()?.Value;
}
