using System.Text.RegularExpressions;

namespace FloodActors.Host;

/// <summary>How the user starts this program: a command that it suggests must be one that the user has.</summary>
internal static partial class ProgramName
{
    private const string Tool = "flood";
    private const string Assembly = "FloodActors.Host";

    /// <summary>The equivalent of <c>flood</c> on this user's command line.</summary>
    public static string Command { get; } = Of(
        Environment.ProcessPath, AppContext.BaseDirectory, Environment.CurrentDirectory);

    /// <summary>
    /// A text with examples, in which each <c>flood</c> at the beginning of a command is replaced by what this user
    /// types.
    /// </summary>
    public static string In(string text) => Tool == Command ? text : Word().Replace(text, Command);

    /// <param name="processPath">The executable that runs.</param>
    /// <param name="baseDirectory">Where the program's files are.</param>
    /// <param name="currentDirectory">Where the user is.</param>
    public static string Of(string? processPath, string baseDirectory, string currentDirectory)
    {
        var started = Path.GetFileNameWithoutExtension(processPath ?? Tool);
        if (started.Equals(Tool, StringComparison.OrdinalIgnoreCase)) return Tool;
        if (ProjectOf(baseDirectory) is { } project)
        {
            var path = Quoted(Path.GetRelativePath(currentDirectory, project));
            return $"dotnet run --project {path} -c {Configuration(baseDirectory)} --";
        }
        // A tool from a manifest, which dotnet starts from the packages.
        if (Segments(baseDirectory).Contains("floodactors.host", StringComparer.OrdinalIgnoreCase))
            return $"dotnet {Tool}";
        return started.Equals("dotnet", StringComparison.OrdinalIgnoreCase)
            ? $"dotnet {Quoted(Path.Combine(baseDirectory, $"{Assembly}.dll"))}"
            : Quoted(processPath ?? Tool);
    }

    /// <summary>
    /// The project that these files were built from, when they still lie in its folder: PROJECT/bin/Release/net10.0.
    /// </summary>
    private static string? ProjectOf(string baseDirectory)
    {
        var bin = Path.GetFullPath(Path.Combine(baseDirectory, "..", ".."));
        var project = Path.GetDirectoryName(bin);
        return Path.GetFileName(bin) == "bin" && project is not null
            && File.Exists(Path.Combine(project, $"{Assembly}.csproj"))
            ? project
            : null;
    }

    private static string Configuration(string baseDirectory) => Segments(baseDirectory)[^2];

    private static string[] Segments(string path) => path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);

    private static string Quoted(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{path}\"" : path;

    [GeneratedRegex(@"(?<=^|\| )flood\b", RegexOptions.Multiline)]
    private static partial Regex Word();
}
