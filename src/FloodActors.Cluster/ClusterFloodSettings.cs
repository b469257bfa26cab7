using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FloodActors.Cluster;

/// <summary>
/// How a flood follows a cluster. Read from <c>flood.cluster</c>; every key is explained in this package's
/// <c>reference.conf</c>.
/// </summary>
public sealed record ClusterFloodSettings
{
    /// <summary>Only members with this role are peers, and this node must have it. Empty: all.</summary>
    public string Role { get; init; } = "";

    /// <summary>
    /// The largest number of members at which every member is linked with every other. The same on all nodes.
    /// </summary>
    public int CompleteUpTo { get; init; } = 8;

    /// <summary>Rings above that; a member has at most twice as many links. The same on all nodes.</summary>
    public int Cycles { get; init; } = 3;

    /// <summary>How long a link may be missing before the other side dials it too.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Checks every range.</summary>
    /// <exception cref="FloodConfigurationException">
    /// A value is out of range; the message names key, value and range.
    /// </exception>
    public void Validate()
    {
        Range("complete-up-to", CompleteUpTo, 1, 1000);
        Range("cycles", Cycles, 2, 16);
        Range("patience", Patience, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
    }

    private static void Range<T>(string key, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            throw new FloodConfigurationException(
                $"flood.cluster.{key} = {value} is out of range: allowed is {least} to {most}.");
    }

    /// <summary>The settings of one flood: its own section first, then <c>flood.cluster</c>.</summary>
    internal static ClusterFloodSettings Read(Config root, string name)
    {
        var section = root.GetConfig("flood.cluster") ?? throw new FloodConfigurationException(
            "The section 'flood.cluster' is missing: add ClusterFloodExtension.DefaultConfig() as a fallback.");
        RefuseUnknownKeys("flood.cluster", section);
        var own = $"flood.instances.{name}.cluster";
        if (name != Flood.DefaultName && root.HasPath(own))
        {
            var instance = root.GetConfig(own);
            RefuseUnknownKeys(own, instance);
            section = instance.WithFallback(section);
        }
        return new ClusterFloodSettings
        {
            Role = Value(section, "role", "a text", value => value.GetString()),
            CompleteUpTo = Value(section, "complete-up-to", "a whole number", Whole),
            Cycles = Value(section, "cycles", "a whole number", Whole),
            Patience = Value(section, "patience", "a duration such as 500ms or 3s", value =>
                value.GetTimeSpan(allowInfinite: false)),
        };
    }

    /// <summary>The floods to start with the system.</summary>
    internal static IReadOnlyList<string> Start(Config root) =>
        Value(root.GetConfig("flood.cluster"), "start", "a list of names", value =>
            !value.IsString() && !value.IsObject() ? value.GetStringList().ToArray() : throw new FormatException());

    private static int Whole(HoconValue value) =>
        int.Parse(value.GetString(), System.Globalization.CultureInfo.InvariantCulture);

    private static T Value<T>(Config section, string key, string expected, Func<HoconValue, T> read)
    {
        var value = section.HasPath(key)
            ? section.GetValue(key)
            : throw new FloodConfigurationException($"flood.cluster.{key} is missing: it must be {expected}.");
        try
        {
            return read(value);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new FloodConfigurationException(
                $"flood.cluster.{key} = {value.ToString().Trim()} is wrong: it must be {expected}.", e);
        }
    }

    private static void RefuseUnknownKeys(string path, Config section)
    {
        var known = ClusterFloodExtension.DefaultConfig().GetConfig("flood.cluster").Root.GetObject().Items.Keys;
        if (!section.Root.IsObject()) return;
        foreach (var key in section.Root.GetObject().Items.Keys)
            if (!known.Contains(key))
                throw new FloodConfigurationException(
                    $"{path}.{key} is no setting of FloodActors.Cluster. Known here: "
                    + $"{string.Join(", ", known.Order())}.");
    }
}
