using PublicApiGenerator;

namespace FloodActors.Tests;

/// <summary>What users can call, as text in the repository: a change of it is seen in review, never by accident.</summary>
public sealed class PublicApiTests
{
    private const string Approve = "FLOOD_APPROVE_API";

    [Fact]
    public void The_public_API_is_the_approved_one()
    {
        var approved = Path.Combine(SourceFolder(), "PublicApi.approved.txt");
        var actual = typeof(Flood).Assembly.GeneratePublicApi(new ApiGeneratorOptions
        {
            ExcludeAttributes = ["System.Runtime.Versioning.TargetFrameworkAttribute", "System.Reflection.AssemblyMetadataAttribute", "System.Runtime.CompilerServices.InternalsVisibleToAttribute"],
        }).ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable(Approve) is { Length: > 0 }) File.WriteAllText(approved, actual);
        var expected = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "";
        if (expected == actual) return;

        var (was, now) = (expected.Split('\n'), actual.Split('\n'));
        var changes = was.Except(now).Select(line => "- " + line.Trim()).Concat(now.Except(was).Select(line => "+ " + line.Trim()));
        Assert.Fail(
            $"The public API is not the approved one:\n{string.Join('\n', changes)}\n\nIf that is meant, approve it and commit the text:\n" +
            $"  {Approve}=1 dotnet test tests/FloodActors.Tests --filter {nameof(The_public_API_is_the_approved_one)}");
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
