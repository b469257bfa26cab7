using System.Globalization;
using Akka.Configuration;
using Akka.Configuration.Hocon;

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

    /// <summary>How long an address must be missing in the answers before it is let go of.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a link may be missing before the other side dials it too.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Up to so many addresses everyone is linked with everyone; the same on all nodes.</summary>
    public int CompleteUpTo { get; init; } = 8;

    /// <summary>Rings above that; a node has at most twice as many links. The same on all nodes.</summary>
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
        var section = root.GetConfig(Path);
        RefuseUnknownKeys(Path, section);
        var own = $"flood.instances.{name}.discovery";
        if (name != Flood.DefaultName && root.HasPath(own))
        {
            var instance = root.GetConfig(own);
            RefuseUnknownKeys(own, instance);
            section = instance.WithFallback(section);
        }
        return new DiscoverySettings
        {
            ServiceName = Text(section, "service-name"),
            Method = Text(section, "method"),
            PortName = Text(section, "port-name"),
            Protocol = Text(section, "protocol"),
            Port = Value(section, "port", "a whole number", Whole),
            Dial = Value(section, "dial", "address or host", ReadDial),
            Interval = Time(section, "interval"),
            LookupTimeout = Time(section, "lookup-timeout"),
            Grace = Time(section, "grace"),
            Patience = Time(section, "patience"),
            CompleteUpTo = Value(section, "complete-up-to", "a whole number", Whole),
            Cycles = Value(section, "cycles", "a whole number", Whole),
        };
    }

    private static void Range<T>(string key, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            throw new FloodConfigurationException(
                $"{Path}.{key} = {value} is out of range: allowed is {least} to {most}.");
        }
    }

    private static string Text(Config section, string key) => Value(section, key, "a text", value => value.GetString());

    private static TimeSpan Time(Config section, string key) =>
        Value(section, key, "a duration such as 500ms or 3s", value => value.GetTimeSpan(allowInfinite: false));

    private static int Whole(HoconValue value) => int.Parse(value.GetString(), CultureInfo.InvariantCulture);

    private static DialTarget ReadDial(HoconValue value) => value.GetString() switch
    {
        "address" => DialTarget.Address,
        "host" => DialTarget.Host,
        _ => throw new FormatException(),
    };

    private static T Value<T>(Config section, string key, string expected, Func<HoconValue, T> read)
    {
        if (!section.HasPath(key))
            throw new FloodConfigurationException($"{Path}.{key} is missing: it must be {expected}.");
        var value = section.GetValue(key);
        try
        {
            return read(value);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new FloodConfigurationException(
                $"{Path}.{key} = {value.ToString().Trim()} is wrong: it must be {expected}.", e);
        }
    }

    private static void RefuseUnknownKeys(string path, Config section)
    {
        if (!section.Root.IsObject()) return;
        var known = DiscoveredFloodExtension.OwnConfig().GetConfig(Path).Root.GetObject().Items.Keys;
        foreach (var key in section.Root.GetObject().Items.Keys)
        {
            if (known.Contains(key)) continue;
            throw new FloodConfigurationException(
                $"{path}.{key} is no setting of FloodActors.Discovery. Known here: "
                + $"{string.Join(", ", known.Order())}.");
        }
    }
}
