using System.Reflection;
using PublicApiGenerator;

namespace FloodActors.Packages.Tests;

/// <summary>
/// What users can call, as text in the repository: a change of it is seen in review, never by accident.
/// </summary>
public sealed class PublicApiTests
{
    private const string Approve = "FLOOD_APPROVE_API";

    public static TheoryData<string> Libraries => [.. Repository.Libraries.Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_public_API_is_the_approved_one(string library)
    {
        var approved = Path.Combine(Repository.SourceFolder(), "PublicApi", $"{library}.txt");
        var actual = Assembly.Load(library).GeneratePublicApi(new ApiGeneratorOptions
        {
            ExcludeAttributes =
            [
                "System.Runtime.Versioning.TargetFrameworkAttribute", "System.Reflection.AssemblyMetadataAttribute",
                "System.Runtime.CompilerServices.InternalsVisibleToAttribute",
            ],
        }).ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable(Approve) is { Length: > 0 }) File.WriteAllText(approved, actual);
        var expected = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "";
        if (expected == actual) return;

        var (was, now) = (expected.Split('\n'), actual.Split('\n'));
        var changes = was.Except(now).Select(line => "- " + line.Trim())
            .Concat(now.Except(was).Select(line => "+ " + line.Trim()));
        Assert.Fail(
            $"The public API of {library} is not the approved one:\n{string.Join('\n', changes)}\n\nIf that is meant, "
            + "approve it and commit the text:\n"
            + $"  {Approve}=1 dotnet test tests/FloodActors.Packages.Tests --filter "
            + $"{nameof(The_public_API_is_the_approved_one)}");
    }

    [Fact]
    public void Every_approved_API_belongs_to_a_library() => Assert.Equal(
        Repository.Libraries.Select(project => project.Name),
        Directory.GetFiles(Path.Combine(Repository.SourceFolder(), "PublicApi"))
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
}
