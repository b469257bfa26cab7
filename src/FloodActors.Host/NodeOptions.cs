using Akka.Actor;
using Akka.Configuration;
using FloodActors.Host.Configuration;
using FloodActors.Host.Output;

namespace FloodActors.Host;

/// <summary>What the command line says about a node; null means not given.</summary>
internal sealed record NodeOptions
{
    public string? ConfigFile { get; init; }

    public string? Name { get; init; }

    public string? Hostname { get; init; }

    public int? Port { get; init; }

    public IReadOnlyList<string>? Peers { get; init; }

    public int? Capacity { get; init; }

    public MessageIdMode? MessageId { get; init; }

    public IReadOnlyList<string>? ListenJson { get; init; }

    public IReadOnlyList<string>? ConnectJson { get; init; }

    /// <summary>Whether the peers are the members of a cluster.</summary>
    public bool Cluster { get; init; }

    /// <summary>
    /// HOST:PORT of members to join; this node's own address starts a cluster. Null: what the file says, or a
    /// new cluster.
    /// </summary>
    public IReadOnlyList<string>? Seeds { get; init; }

    /// <summary>The service name under which Akka.Discovery finds the peers. Null: what the file says.</summary>
    public string? Discover { get; init; }

    /// <summary>Takes precedence over everything else; for the program's own use.</summary>
    public string? Hocon { get; init; }

    /// <summary>
    /// The command line over the file over the program's defaults. The library's and Akka's defaults are added below
    /// these automatically.
    /// </summary>
    /// <exception cref="HostException">The file cannot be read, or an option is wrong.</exception>
    public Config ToConfig()
    {
        if (Name is not null && string.IsNullOrWhiteSpace(Name))
            throw HostException.Usage(
                "--name is empty: give the node a name, or leave the option out to use its address.");
        if (MessageId == MessageIdMode.Sequence && (ListenJson ?? ConnectJson) is not null)
            throw HostException.Usage(
                "--message-id sequence does not go with --listen-json and --connect-json: "
                + "a stream of JSON values carries no ids, so messages are identified by their content.");
        foreach (var peer in Peers ?? []) CheckPeer(peer, "--peer");
        var config = ConfigurationFactory.FromResource("FloodActors.Host.host.conf", typeof(NodeOptions).Assembly);
        if (ConfigFile is not null) config = ReadFile(ConfigFile).WithFallback(config);
        if (Port is { } port)
            config = ConfigurationFactory.ParseString($"akka.remote.dot-netty.tcp.port = {port}").WithFallback(config);
        if (Hostname is not null)
        {
            if (Uri.CheckHostName(Hostname) == UriHostNameType.Unknown)
                throw HostException.Usage($"--hostname '{Hostname}' is neither a host name nor an address.");
            config = ConfigurationFactory
                .ParseString($"akka.remote.dot-netty.tcp.hostname = \"{Hostname}\"")
                .WithFallback(config);
        }
        if (Seeds is not null && !Cluster)
            throw HostException.Usage("--seed goes with --cluster; to link with a node without a cluster use --peer.");
        foreach (var seed in Seeds ?? []) CheckPeer(seed, "--seed");
        if (Cluster) config = ConfigurationFactory.ParseString("akka.actor.provider = cluster").WithFallback(config);
        if (Seeds is not null)
        {
            var seeds = Seeds.Select(
                seed => seed.Contains("://", StringComparison.Ordinal) ? seed : $"akka.tcp://{Node.SystemName}@{seed}");
            var list = string.Join(", ", seeds.Select(seed => $"\"{seed}\""));
            config = ConfigurationFactory.ParseString($"akka.cluster.seed-nodes = [{list}]").WithFallback(config);
        }
        if (Discover is not null)
        {
            if (Cluster)
                throw HostException.Usage("--discover does not go with --cluster: each says who the peers are.");
            if (string.IsNullOrWhiteSpace(Discover) || Discover.Any(c => c is '"' or '\\' || char.IsControl(c)))
                throw HostException.Usage(
                    $"--discover '{Printable.Of(Discover)}' is not a name that can be looked up.");
            config = ConfigurationFactory
                .ParseString($"flood.discovery.service-name = \"{Discover}\"")
                .WithFallback(config);
        }
        if (Hocon is not null) config = ConfigurationFactory.ParseString(Hocon).WithFallback(config);
        return config.WithFallback(IsClustered(config) ? FloodHardening.Dialling() : FloodHardening.Config());
    }

    /// <summary>A cluster has its own messages, which a hardened node would not read.</summary>
    public static bool IsClustered(Config config) =>
        config.GetString("akka.actor.provider", "").Contains("cluster", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the peers are looked up under a service name.</summary>
    public static bool IsDiscovered(Config config) => config.GetString("flood.discovery.service-name", "").Length > 0;

    /// <summary>Applies the command line to the settings that were read.</summary>
    public FloodSettings Apply(FloodSettings settings)
    {
        if (Peers is null)
            foreach (var peer in settings.Peers) CheckPeer(peer, "flood.peers:");
        return settings with
        {
            NodeName = Name ?? settings.NodeName,
            Peers = Peers?.Distinct().ToArray() ?? settings.Peers,
            Capacity = Capacity ?? settings.Capacity,
            MessageId = MessageId ?? settings.MessageId,
        };
    }

    /// <exception cref="HostException">The text is not the address of a node.</exception>
    public static void CheckPeer(string peer, string where)
    {
        if (ProblemWith(peer) is { } problem) throw HostException.Usage($"{where} '{peer}' {problem}");
    }

    /// <summary>Why the text cannot be dialled, as the rest of a sentence; null when it can.</summary>
    public static string? ProblemWith(string peer)
    {
        if (peer.Contains("://", StringComparison.Ordinal))
            return ActorPath.TryParse(peer, out _) || Address.TryParse(peer, out _)
                ? null
                : "is not the address of a node: write HOST:PORT or akka.tcp://SYSTEM@HOST:PORT.";
        return HostPort.TryParse(peer, leastPort: 1, out _, out var problem)
            ? null
            : $"is not the address of a node: {problem}.";
    }

    private static Config ReadFile(string path)
    {
        try
        {
            return ConfigFileReader.Read(path);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw HostException.Usage(
                $"--config {path} cannot be read: "
                + (e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file." : e.Message),
                e);
        }
    }
}
