using Akka.Configuration;

namespace FloodActors;

/// <summary>
/// Configuration that closes what Akka.Remote leaves open to whoever reaches its port. docs/security.md says what each
/// part stops.
/// </summary>
/// <example><code>
/// var system = ActorSystem.Create("flood", FloodHardening.Config().WithFallback(config));
/// </code></example>
public static class FloodHardening
{
    /// <summary>
    /// For a system that only floods: its port takes link messages and nothing else, and a dial that fails is only
    /// that, as with <see cref="Dialling"/>. It must be there when the system is created, over the application's own
    /// configuration. Not for a system in a cluster, or with other actors that are reached from outside: none of their
    /// messages would be read.
    /// </summary>
    /// <param name="floods">The names of the system's floods; none stands for the one that needs no name.</param>
    public static Config Config(params string[] floods)
    {
        ArgumentNullException.ThrowIfNull(floods);
        var config = ConfigurationFactory.FromResource("FloodActors.hardened.conf", typeof(FloodHardening).Assembly);
        if (floods.Length == 0) return config;
        var paths = string.Join(", ", floods.Select(name => $"\"{PathOf(name)}\""));
        return ConfigurationFactory.ParseString($"akka.remote.trusted-selection-paths = [{paths}]")
            .WithFallback(config);
    }

    /// <summary>
    /// For any system: a TLS handshake that fails ends a dial and not the system, and an address that the dialled node
    /// does not go by is told. It must be there when the system is created.
    /// </summary>
    public static Config Dialling() => ConfigurationFactory.ParseString(
        "akka.remote.dot-netty.tcp.transport-class = \"FloodActors.Remoting.FloodTransport, FloodActors\"");

    private static string PathOf(string flood) =>
        flood == Flood.DefaultName ? Flood.DefaultPath : $"{Flood.DefaultPath}-{flood}";
}
