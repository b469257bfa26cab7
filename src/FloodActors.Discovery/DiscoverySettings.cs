using Akka.Configuration;
using FloodActors.Sections;

namespace FloodActors.Discovery;

/// <summary>What is dialled when a lookup gives a host name and an IP address for a node.</summary>
public enum DialTarget
{
    /// <summary>The IP address.</summary>
    Address,

    /// <summary>The host name.</summary>
    Host,
}

/// <summary>
/// How a flood finds its peers. Read from <c>flood.discovery</c>; every key is explained in this package's
/// <c>reference.conf</c>.
/// </summary>
public sealed record DiscoverySettings
{
    private const string Path = "flood.discovery";

    /// <summary>The name that is looked up.</summary>
    public string ServiceName { get; init; } = "";

    /// <summary>The method of Akka.Discovery. Empty: the one in <c>akka.discovery.method</c>.</summary>
    public string Method { get; init; } = "";

    /// <summary>The name of the port, for methods that look for it. Empty: not asked for.</summary>
    public string PortName { get; init; } = "";

    /// <summary>The protocol of the port, for methods that look for it. Empty: not asked for.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The port of addresses that come without one. 0: the port of this node.</summary>
    public int Port { get; init; }

    /// <summary>What is dialled when the lookup gives a host name and an IP address.</summary>
    public DialTarget Dial { get; init; }

    /// <summary>The time between two lookups.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a lookup may take.</summary>
    public TimeSpan LookupTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long an address must be missing from the answers before its link is ended.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a link may be missing before the other side also dials.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The largest number of addresses at which all nodes are linked. It must be the same on all
    /// nodes.</summary>
    public int CompleteUpTo { get; init; } = 8;

    /// <summary>The number of rings above that; a node has at most twice as many links. It must be the same on all
    /// nodes.</summary>
    public int Cycles { get; init; } = 3;

    /// <summary>Checks every range.</summary>
    /// <exception cref="FloodConfigurationException">
    /// A value is out of range; the message names key, value and range.
    /// </exception>
    public void Validate()
    {
        if (ServiceName.Length is 0 or > 253)
        {
            throw new FloodConfigurationException(
                $"{Path}.service-name = \"{ServiceName}\" is wrong: it must be the name that is looked up, "
                + "1 to 253 characters.");
        }
        Range("port", Port, 0, 65_535);
        Range("interval", Interval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        Range("lookup-timeout", LookupTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Range("grace", Grace, TimeSpan.Zero, TimeSpan.FromDays(1));
        Range("patience", Patience, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Range("complete-up-to", CompleteUpTo, 1, 1000);
        Range("cycles", Cycles, 2, 16);
    }

    /// <summary>The settings of one flood: its own section first, then <c>flood.discovery</c>.</summary>
    internal static DiscoverySettings Read(Config root, string name)
    {
        var reference = new HoconReference(
            "FloodActors.Discovery", DiscoveredFloodExtension.DefaultConfig().GetValue(Path),
            "DiscoveredFloodExtension.DefaultConfig()");
        var section = HoconSection.Of(
            root, reference, Path, name == Flood.DefaultName ? null : $"flood.instances.{name}.discovery");
        return new DiscoverySettings
        {
            ServiceName = section.Text("service-name"),
            Method = section.Text("method"),
            PortName = section.Text("port-name"),
            Protocol = section.Text("protocol"),
            Port = section.Whole("port"),
            Dial = (DialTarget)section.Choice("dial", typeof(DialTarget), "address or host"),
            Interval = section.Duration("interval"),
            LookupTimeout = section.Duration("lookup-timeout"),
            Grace = section.Duration("grace"),
            Patience = section.Duration("patience"),
            CompleteUpTo = section.Whole("complete-up-to"),
            Cycles = section.Whole("cycles"),
        };
    }

    private static void Range<T>(string key, T value, T least, T most)
        where T : IComparable<T> => HoconSection.Range($"{Path}.{key}", value, least, most);
}
