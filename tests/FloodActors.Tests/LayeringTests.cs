using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace FloodActors.Tests;

/// <summary>
/// Who may know whom: what is proven in the simulator must be what runs, so the node must not reach for anything else.
/// </summary>
public sealed class LayeringTests
{
    private static readonly string Sources = Path.Combine(Root(), "src");

    [Fact]
    public void The_protocol_knows_neither_Akka_nor_anything_else_of_ours()
    {
        var references = typeof(FloodMessage).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();
        Assert.Contains("System.IO.Hashing", references);
        Assert.DoesNotContain(references, name =>
            name.StartsWith("Akka", StringComparison.Ordinal)
                || name.StartsWith("FloodActors", StringComparison.Ordinal));
    }

    [Fact]
    public void Projects_refer_to_each_other_in_one_direction()
    {
        Assert.Equal([], References("FloodActors.Protocol"));
        Assert.Equal(["FloodActors.Protocol"], References("FloodActors"));
        Assert.Equal(["FloodActors.Protocol"], References("FloodActors.Simulation"));
        Assert.Equal(["FloodActors", "FloodActors.Simulation"], References("FloodActors.TestKit"));
        Assert.DoesNotContain("FloodActors.TestKit", References("FloodActors.Host"));
    }

    [Fact]
    public void Only_who_drives_a_node_sees_inside_of_it()
    {
        var seen = typeof(FloodMessage).Assembly.GetCustomAttributes<InternalsVisibleToAttribute>()
            .Select(a => a.AssemblyName).Where(IsNoTest).Order();
        Assert.Equal(["FloodActors", "FloodActors.Simulation", "FloodActors.TestKit"], seen);
        var facade = typeof(Flood).Assembly.GetCustomAttributes<InternalsVisibleToAttribute>()
            .Select(a => a.AssemblyName).Where(IsNoTest);
        Assert.Equal(["FloodActors.TestKit"], facade);

        static bool IsNoTest(string name) =>
            !name.EndsWith("Tests", StringComparison.Ordinal) && name != "FloodActors.Benchmarks";
    }

    [Theory]
    [InlineData("Model", "FloodActors.Core", "FloodActors.Links")]
    [InlineData("Wire", "FloodActors.Core", "FloodActors.Links")]
    [InlineData("Seen", "FloodActors.Links", "FloodActors.Wire")]
    [InlineData("Log", "FloodActors.Links", "INodeOutput")]
    [InlineData("Links", "INodeOutput", "FloodActors.Nodes")]
    public void Each_folder_of_the_protocol_knows_only_those_below_it(string folder, params string[] above)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Sources, "FloodActors.Protocol", folder), "*.cs"))
        {
            var text = string.Join(
                '\n', File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
            foreach (var name in above.Where(name => !name.StartsWith("FloodActors", StringComparison.Ordinal)))
                Assert.False(text.Contains(name, StringComparison.Ordinal), $"{file} speaks of {name}");
            foreach (var name in above)
                Assert.False(text.Contains($"using {name};", StringComparison.Ordinal), $"{file} uses {name}");
        }
    }

    [Fact]
    public void The_node_has_no_clock_no_thread_and_no_randomness_of_its_own()
    {
        string[] foreign = [
            "DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.UtcNow", "Stopwatch", "Environment.TickCount",
            "Task.Run", "new Thread(", "Random.Shared", "new Random(", "Guid.NewGuid"];
        foreach (var file in Directory.EnumerateFiles(
            Path.Combine(Sources, "FloodActors.Protocol"), "*.cs", SearchOption.AllDirectories))
        {
            if (file.Contains(
                $"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
                continue;
            var text = File.ReadAllText(file);
            foreach (var name in foreign)
                Assert.False(text.Contains(name, StringComparison.Ordinal), $"{file} uses {name}");
        }
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Path.Combine(Sources, project, $"{project}.csproj")).Descendants("ProjectReference")
            .Select(reference =>
                Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))).Order();

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
