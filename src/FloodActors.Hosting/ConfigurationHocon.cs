using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Akka.Configuration;
using Microsoft.Extensions.Configuration;

namespace FloodActors.Hosting;

/// <summary>
/// Turns a section of <see cref="IConfiguration"/> into HOCON, so that both ways have the same keys and the same checks. Values stay texts: what
/// they must be is the business of whoever reads them.
/// </summary>
internal static partial class ConfigurationHocon
{
    public static Config Under(string path, IConfiguration section)
    {
        var text = new StringBuilder().Append(path).Append(" {\n");
        WriteChildren(text, section);
        return ConfigurationFactory.ParseString(text.Append("}\n").ToString());
    }

    private static void WriteChildren(StringBuilder text, IConfiguration section)
    {
        foreach (var child in section.GetChildren())
        {
            var children = child.GetChildren().ToList();
            text.Append(Quoted(KeyOf(child.Key)));
            if (children.Count == 0)
            {
                text.Append(" = ").Append(Quoted(ValueOf(child.Value ?? ""))).Append('\n');
            }
            else if (children.All(c => int.TryParse(c.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                text.Append(" = [").AppendJoin(", ", children.Select(c => Quoted(c.Value ?? ""))).Append("]\n");
            }
            else
            {
                text.Append(" {\n");
                WriteChildren(text, child);
                text.Append("}\n");
            }
        }
    }

    private static string KeyOf(string key) => WordStart().Replace(key, "-").ToLowerInvariant();

    private static string ValueOf(string value)
    {
        if (bool.TryParse(value, out var truth)) return truth ? "on" : "off";
        return value.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(value, ["c", "g"], CultureInfo.InvariantCulture, out var time)
            ? $"{time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}ms"
            : value;
    }

    private static string Quoted(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordStart();
}
