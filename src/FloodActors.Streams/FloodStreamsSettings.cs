using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace FloodActors.Streams;

/// <summary>
/// The section <c>flood-streams</c>. It stands beside <c>flood</c> and not in it: a node without this library would
/// accept settings there that nobody reads.
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
    /// Reads the settings of a flood. What the configuration does not say is taken from <see cref="DefaultConfig"/>.
    /// </summary>
    /// <param name="config">The actor system's.</param>
    /// <param name="name">
    /// The flood's name. A flood with a name has addresses of its own; keys that it does not set are those of the
    /// default flood.
    /// </param>
    /// <exception cref="FloodConfigurationException">
    /// A key is unknown or its value wrong; the message names both.
    /// </exception>
    public static FloodStreamsSettings Read(Config config, string name = Flood.DefaultName)
    {
        var reference = DefaultConfig();
        var known = reference.GetValue($"{Root}.json").GetObject().Items.Keys.ToArray();
        var all = config.WithFallback(reference);
        foreach (var key in all.GetValue(Root).GetObject().Items.Keys)
            if (key is not ("json" or "instances")) throw Unknown($"{Root}.{key}", ["json", "instances"]);
        var path = $"{Root}.json";
        CheckKeys(all, path, known);
        var section = all.GetConfig(path);
        if (name != Flood.DefaultName)
        {
            path = $"{Root}.instances.{name}.json";
            var own = all.HasPath(path) ? all.GetConfig(path) : ConfigurationFactory.Empty;
            if (all.HasPath(path)) CheckKeys(all, path, known);
            section = own.WithFallback("listen = [], connect = []").WithFallback(section);
        }
        return new FloodStreamsSettings(
            Value(section, path, "listen", "a list of HOST:PORT", List),
            Value(section, path, "connect", "a list of HOST:PORT", List),
            new JsonPeerOptions
            {
                CatchUp = Value(section, path, "catch-up", "on or off", value => value.GetString() switch
                {
                    "on" or "true" or "yes" => true,
                    "off" or "false" or "no" => false,
                    _ => throw new FormatException(),
                }),
                KeepAlive = Value(section, path, "keep-alive", "a duration such as 15s, or 0", value =>
                    value.GetTimeSpan(allowInfinite: false)),
                MaxPeers = Value(section, path, "max-peers", "a whole number", value => value.GetInt()),
                ValueTimeout = Value(section, path, "value-timeout", "a duration such as 60s", value =>
                    value.GetTimeSpan(allowInfinite: false)),
                UnfinishedBytes = Value(section, path, "unfinished-bytes", "a size such as 64 MiB", value =>
                    value.GetByteSize() ?? throw new FormatException()),
                SilenceTimeout = Value(section, path, "silence-timeout", "a duration such as 1m, or 0", value =>
                    value.GetTimeSpan(allowInfinite: false)),
            }.Checked());
    }

    private static IReadOnlyList<string> List(HoconValue value) =>
        // Akka's parser calls an empty list neither a list nor anything else.
        !value.IsString() && !value.IsObject() ? value.GetStringList().ToArray() : throw new FormatException();

    private static void CheckKeys(Config config, string path, string[] known)
    {
        foreach (var key in config.GetValue(path).GetObject().Items.Keys)
            if (!known.Contains(key)) throw Unknown($"{path}.{key}", known);
    }

    private static FloodConfigurationException Unknown(string key, string[] known) =>
        new($"{key} is no setting of FloodActors.Streams. Known here: {string.Join(", ", known.Order())}.");

    private static T Value<T>(Config section, string path, string key, string expected, Func<HoconValue, T> read)
    {
        var value = section.GetValue(key);
        try
        {
            return read(value);
        }
        catch (Exception e)
        {
            throw new FloodConfigurationException(
                $"{path}.{key} = {value.ToString().Trim()} is wrong: it must be {expected}.", e);
        }
    }
}
