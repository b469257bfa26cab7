using Akka.Configuration;

namespace FloodActors.Host.Configuration;

/// <summary>Reads a node's HOCON file, and refuses what would otherwise be ignored silently.</summary>
internal static class ConfigFileReader
{
    /// <exception cref="HostException">It is not HOCON, or has sections that nobody reads.</exception>
    public static Config Read(string path) => Parse(File.ReadAllText(path), path, Environment.GetEnvironmentVariable);

    /// <exception cref="HostException">It is not HOCON, or has sections that nobody reads.</exception>
    public static Config Parse(string text, string path, Func<string, string?> environment)
    {
        if (Unclosed(text) is { } line)
            throw HostException.Usage($"--config {path} is not HOCON: the bracket in line {line} has no partner.");
        var config = ParseResolved(Resolve(text, path, environment), path);
        if (config.Root is not { } root || config.IsEmpty) return Config.Empty;
        if (!root.IsObject()) throw HostException.Usage($"--config {path} is not HOCON: it holds no settings.");
        foreach (var key in root.GetObject().Items.Keys)
            if (key is not ("akka" or "flood" or "flood-http" or "flood-streams"))
                throw HostException.Usage(
                    $"--config {path}: nothing reads '{key}'. "
                    + "A node's sections are flood, flood-streams, flood-http and akka.");
        return config;
    }

    private static string Resolve(string text, string path, Func<string, string?> environment)
    {
        try
        {
            return Substitution.Resolve(text, environment);
        }
        catch (FormatException e)
        {
            throw HostException.Usage($"--config {path}, {e.Message}", e);
        }
    }

    private static Config ParseResolved(string text, string path)
    {
        Config config;
        try
        {
            config = ConfigurationFactory.ParseString(text);
        }
        // The parser may throw any exception.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw HostException.Usage($"--config {path} is not HOCON: {e.Message}", e);
        }
        // The whole file is a value within itself: printing it would never end.
        var lost = config.Substitutions
            .FirstOrDefault(s => s.ResolvedValue is null || ReferenceEquals(s.ResolvedValue, config.Root));
        if (lost is not null)
            throw HostException.Usage($"--config {path}: ${{{lost.Path}}} cannot be resolved.");
        return config;
    }

    /// <summary>
    /// The line of an unmatched bracket, which Akka's parser ignores: half a file must not pass
    /// for a whole one.
    /// </summary>
    private static int? Unclosed(string text)
    {
        var open = new Stack<(char Close, int At)>();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (HoconScanner.IsComment(text, i)) i = text.IndexOf('\n', i) is var end and >= 0 ? end : text.Length;
            else if (c == '"') i = HoconScanner.EndOfQuoted(text, i) - 1;
            else if (c is '{' or '[') open.Push((c == '{' ? '}' : ']', i));
            else if (c is '}' or ']' && (open.Count == 0 || open.Pop().Close != c)) return HoconScanner.LineOf(text, i);
        }
        return open.Count > 0 ? HoconScanner.LineOf(text, open.Peek().At) : null;
    }
}
