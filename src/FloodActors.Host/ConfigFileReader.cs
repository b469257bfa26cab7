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
            if (key is not ("akka" or "flood")) throw HostException.Usage($"--config {path}: nothing reads '{key}'. A node's sections are flood and akka.");
        return config;
    }
}
