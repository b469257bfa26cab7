using Akka.Configuration;
using FloodActors.Sections;

namespace FloodActors.Cluster;

/// <summary>
/// How a flood follows a cluster. Read from <c>flood.cluster</c>; every key is explained in this package's
/// <c>reference.conf</c>.
/// </summary>
public sealed record ClusterFloodSettings
{
    private const string Path = "flood.cluster";

    /// <summary>Only members with this role are peers, and this node must have it. Empty: all.</summary>
    public string Role { get; init; } = "";

    /// <summary>
    /// The largest number of members at which every member is linked with every other. It must be the same on all
    /// nodes.
    /// </summary>
    public int CompleteUpTo { get; init; } = 8;

    /// <summary>The number of rings above that; a member has at most twice as many links. It must be the same on all
    /// nodes.</summary>
    public int Cycles { get; init; } = 3;

    /// <summary>How long a link may be missing before the other side also dials.</summary>
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

    /// <summary>The settings of one flood: its own section first, then <c>flood.cluster</c>.</summary>
    internal static ClusterFloodSettings Read(Config root, string name)
    {
        var section = HoconSection.Of(
            root, Reference(), Path, name == Flood.DefaultName ? null : $"flood.instances.{name}.cluster");
        return new ClusterFloodSettings
        {
            Role = section.Text("role"),
            CompleteUpTo = section.Whole("complete-up-to"),
            Cycles = section.Whole("cycles"),
            Patience = section.Duration("patience"),
        };
    }

    /// <summary>The floods to start with the system.</summary>
    internal static IReadOnlyList<string> Start(Config root) =>
        HoconSection.Of(root, Reference(), Path).Texts("start", "a list of names");

    private static void Range<T>(string key, T value, T least, T most)
        where T : IComparable<T> => HoconSection.Range($"{Path}.{key}", value, least, most);

    private static HoconReference Reference() => new(
        "FloodActors.Cluster", ClusterFloodExtension.DefaultConfig().GetValue(Path),
        "ClusterFloodExtension.DefaultConfig()");
}
