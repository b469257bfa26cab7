using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Microsoft.Extensions.Configuration;

namespace FloodActors.Hosting;

/// <summary>
/// Turns a section of <see cref="IConfiguration"/> into HOCON, so that both ways have the same keys and the same
/// checks. Values stay text: the code that reads them checks them.
/// </summary>
internal static partial class ConfigurationHocon
{
    /// <param name="path">Where the section's keys belong.</param>
    /// <param name="section">The section.</param>
    /// <param name="reference">The defaults: they tell what an empty text stands for.</param>
    public static Config Under(string path, IConfiguration section, Config reference)
    {
        var text = new StringBuilder().Append(path).Append(" {\n");
        WriteChildren(text, section, reference.Root);
        return ConfigurationFactory.ParseString(text.Append("}\n").ToString());
    }

    private static void WriteChildren(StringBuilder text, IConfiguration section, HoconValue? reference)
    {
        foreach (var child in section.GetChildren())
        {
            var children = child.GetChildren().ToList();
            var key = KeyOf(child.Key);
            var usual = reference is not null && reference.IsObject()
                ? reference.GetObject().Items.GetValueOrDefault(key) : null;
            text.Append(Quoted(key));
            if (children.Count == 0)
            {
                var value = string.IsNullOrEmpty(child.Value) ? Empty(usual) : Quoted(ValueOf(child.Value));
                text.Append(" = ").Append(value).Append('\n');
            }
            else if (children.All(c => int.TryParse(c.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                text.Append(" = [").AppendJoin(", ", children.Select(c => Quoted(c.Value ?? ""))).Append("]\n");
            }
            else
            {
                text.Append(" {\n");
                WriteChildren(text, child, usual);
                text.Append("}\n");
            }
        }
    }

    /// <summary>IConfiguration has no empty lists and no empty sections: both come as an empty text.</summary>
    private static string Empty(HoconValue? usual) => usual switch
    {
        null => Quoted(""),
        _ when usual.IsObject() => "{}",
        // Akka's parser calls an empty list neither a list nor anything else.
        _ when !usual.IsString() => "[]",
        _ => Quoted(""),
    };

    private static string KeyOf(string key) => WordStart().Replace(key, "-").ToLowerInvariant();

    private static string ValueOf(string value)
    {
        if (bool.TryParse(value, out var truth)) return truth ? "on" : "off";
        return value.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParseExact(value, ["c", "g"], CultureInfo.InvariantCulture, out var time)
            ? $"{time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}ms"
            : value;
    }

    private static string Quoted(string value)
    {
        var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
        return $"\"{escaped}\"";
    }

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordStart();
}
