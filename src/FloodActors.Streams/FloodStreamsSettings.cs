using Akka.Configuration;
using FloodActors.Sections;

namespace FloodActors.Streams;

/// <summary>
/// The section <c>flood-streams</c>. It is beside <c>flood</c> and not in it: a node without this library
/// would accept settings there and ignore them.
/// </summary>
/// <param name="Listen">Addresses to listen on.</param>
/// <param name="Connect">Addresses to keep connected with.</param>
/// <param name="Options">For both.</param>
public sealed record FloodStreamsSettings(
    IReadOnlyList<string> Listen, IReadOnlyList<string> Connect, JsonPeerOptions Options)
{
    private const string Root = "flood-streams";

    /// <summary>The library's <c>reference.conf</c>: every key, explained.</summary>
    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource("FloodActors.Streams.reference.conf", typeof(FloodStreamsSettings).Assembly);

    /// <summary>
    /// Reads the settings of a flood. Keys that the configuration does not set are taken from <see
    /// cref="DefaultConfig"/>.
    /// </summary>
    /// <param name="config">The actor system's.</param>
    /// <param name="name">
    /// The flood's name. A flood with a name has its own addresses; keys that it does not set have the values
    /// of the default flood.
    /// </param>
    /// <exception cref="FloodConfigurationException">
    /// A key is unknown or its value wrong; the message names both.
    /// </exception>
    public static FloodStreamsSettings Read(Config config, string name = Flood.DefaultName)
    {
        var reference = DefaultConfig();
        var known = new HoconReference(
            "FloodActors.Streams", reference.GetValue(Root), "FloodStreamsSettings.DefaultConfig()", "instances");
        var all = config.WithFallback(reference);
        HoconSection.Of(all, known, Root);
        var (path, own) = ($"{Root}.json", $"{Root}.instances.{name}.json");
        if (name != Flood.DefaultName)
        {
            // Addresses are not inherited: they are its own, or there are none.
            var none = ConfigurationFactory.ParseString($"{own} {{ listen = [], connect = [] }}");
            all = config.WithFallback(none).WithFallback(reference);
        }
        var section = HoconSection.Of(
            all, known with { Known = reference.GetValue(path) }, path, name == Flood.DefaultName ? null : own);
        return new FloodStreamsSettings(
            section.Texts("listen", "a list of HOST:PORT"),
            section.Texts("connect", "a list of HOST:PORT"),
            new JsonPeerOptions
            {
                CatchUp = section.Switch("catch-up"),
                KeepAlive = section.Duration("keep-alive", "a duration such as 15s, or 0"),
                MaxPeers = section.Whole("max-peers"),
                ValueTimeout = section.Duration("value-timeout", "a duration such as 60s"),
                UnfinishedBytes = section.Size("unfinished-bytes"),
                SilenceTimeout = section.Duration("silence-timeout", "a duration such as 1m, or 0"),
            }.Checked());
    }
}
