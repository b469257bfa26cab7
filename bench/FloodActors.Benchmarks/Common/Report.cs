using System.Text.Json;
using System.Text.Json.Serialization;

namespace FloodActors.Benchmarks.Common;

/// <summary>
/// Where results go: a table on stdout, or one JSON object with --json; and the JSON into a file with --output.
/// Progress is on stderr.
/// </summary>
internal static class Report
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static void Write<T>(T results, string table, bool json, FileInfo? output)
    {
        var text = JsonSerializer.Serialize(results, Json);
        Console.Out.WriteLine(json ? text : table);
        if (output is null) return;
        output.Directory?.Create();
        File.WriteAllText(output.FullName, text + Environment.NewLine);
        Progress($"written: {output.FullName}");
    }

    public static void Progress(string line) => Console.Error.WriteLine(line);
}
