using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FloodActors.Host;

/// <summary>Reads a node's HOCON file, and refuses what would otherwise be passed over in silence.</summary>
internal static class ConfigFileReader
{
    /// <exception cref="HostException">It is not HOCON, or has sections that nobody reads.</exception>
    public static Config Read(string path)
    {
        var text = File.ReadAllText(path);
        if (Unclosed(text) is { } line) throw HostException.Usage($"--config {path} is not HOCON: a bracket in line {line} has no partner.");
        Config config;
        try
        {
            config = ConfigurationFactory.ParseString(text);
        }
        // The parser raises whatever it stumbles over.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw HostException.Usage($"--config {path} is not HOCON: {e.Message}", e);
        }
        if (config.Root is not { } root || config.IsEmpty) return Config.Empty;
        if (!root.IsObject()) throw HostException.Usage($"--config {path} is not HOCON: it holds no settings.");
        foreach (var key in root.GetObject().Items.Keys)
            if (key is not ("akka" or "flood" or "flood-streams")) throw HostException.Usage($"--config {path}: nothing reads '{key}'. A node's sections are flood, flood-streams and akka.");
        return config;
    }

    /// <summary>The line of a bracket without its partner, which Akka's parser passes over: half a file must not pass for a whole one.</summary>
    private static int? Unclosed(string text)
    {
        var open = new Stack<(char Close, int Line)>();
        var line = 1;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\n') line++;
            else if (c == '#' || (c == '/' && i + 1 < text.Length && text[i + 1] == '/')) i = EndOf(text, "\n", i) - 1;
            else if (c == '"') i = EndOfText(text, i, ref line);
            else if (c is '{' or '[') open.Push((c == '{' ? '}' : ']', line));
            else if (c is '}' or ']' && (open.Count == 0 || open.Pop().Close != c)) return line;
        }
        return open.Count > 0 ? open.Peek().Line : null;
    }

    private static int EndOf(string text, string mark, int from) => text.IndexOf(mark, from, StringComparison.Ordinal) is var end and >= 0 ? end : text.Length;

    /// <summary>The last character of a text in quotes.</summary>
    private static int EndOfText(string text, int start, ref int line)
    {
        int end;
        if (string.CompareOrdinal(text, start, "\"\"\"", 0, 3) == 0)
        {
            end = Math.Min(text.Length, EndOf(text, "\"\"\"", start + 3) + 3) - 1;
        }
        else
        {
            end = start + 1;
            while (end < text.Length && text[end] is not ('"' or '\n')) end += text[end] == '\\' ? 2 : 1;
        }
        line += text.AsSpan(start, Math.Min(end, text.Length - 1) - start + 1).Count('\n');
        return end;
    }
}
