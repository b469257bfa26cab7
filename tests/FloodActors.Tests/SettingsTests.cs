using Akka.Actor;
using Akka.Configuration;

namespace FloodActors.Tests;

/// <summary>Every mistake in the settings is one line that says what to change.</summary>
public sealed class SettingsTests
{
    public static TheoryData<string> Keys { get; } = [.. SettingsTable.Rows.Select(row => row.Key)];

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_that_is_missing_is_named_and_never_a_default(string key)
    {
        var config = FloodExtension.DefaultConfig();
        var items = config.GetConfig("flood").Root.GetObject();
        foreach (var part in key.Split('.')[..^1]) items = items.Items[part].GetObject();
        Assert.True(items.Items.Remove(key.Split('.')[^1]));
        Says(() => FloodSettingsReader.Read(config, Flood.DefaultName), $"flood.{key} is missing");
    }

    [Theory]
    [InlineData("flood.capacty = 5", "flood.capacty", "no setting", "capacity")]
    [InlineData("flood.seen.max-cout = 5", "flood.seen.max-cout", "no setting", "max-count")]
    [InlineData("flood.instances.prices.capacty = 5", "flood.instances.prices.capacty", "no setting", "capacity")]
    [InlineData("flood.capacity = many", "flood.capacity", "many", "whole number")]
    [InlineData("flood.capacity = 1.5", "flood.capacity", "1.5", "whole number")]
    [InlineData("flood.capacity = 99999999999", "flood.capacity", "99999999999", "whole number")]
    [InlineData("flood.capacity = \"\"", "flood.capacity", "whole number")]
    [InlineData("flood.capacity = []", "flood.capacity", "whole number")]
    [InlineData("flood.capacity { a = 1 }", "flood.capacity", "whole number")]
    [InlineData("flood.capacity = 0", "flood.capacity", "0", "1 to 10000000", "messages")]
    [InlineData(
        "flood.capacity = 5000000", "flood.seen.max-count = 1000000", "at least capacity", "flood.capacity = 5000000")]
    [InlineData("flood.capacity-bytes = 4 furlongs", "flood.capacity-bytes", "4 furlongs", "a size")]
    [InlineData("flood.capacity-bytes = -1 MiB", "flood.capacity-bytes", "-1 MiB", "a size")]
    [InlineData(
        "flood.capacity-bytes = 1 MiB",
        "flood.capacity-bytes = 1 MiB", "at least max-message-size", "flood.max-message-size = 4 MiB")]
    [InlineData("flood.max-message-size = 3 GiB", "flood.max-message-size", "3 GiB", "below 2 GiB")]
    [InlineData("flood.peer-timeout = soon", "flood.peer-timeout", "soon", "a duration")]
    [InlineData("flood.peer-timeout = infinite", "flood.peer-timeout", "infinite", "a duration")]
    [InlineData("flood.peer-timeout = 10ms", "flood.peer-timeout", "10ms", "1s to 10m")]
    [InlineData(
        "flood.ping-interval = 3s",
        "flood.ping-interval = 3s", "at most half of peer-timeout", "flood.peer-timeout = 5s")]
    [InlineData("flood.on-lag = explode", "flood.on-lag", "explode", "skip or disconnect or wait")]
    [InlineData("flood.message-id = 1", "flood.message-id", "1", "content or sequence")]
    [InlineData("flood.content-hash = md5", "flood.content-hash", "md5", "xxhash128 or sha256")]
    [InlineData("flood.local-frames = maybe", "flood.local-frames", "maybe", "on or off")]
    [InlineData("flood.peers = \"a:1\"", "flood.peers", "a:1", "a list")]
    [InlineData("flood.peers { a = 1 }", "flood.peers", "a list")]
    [InlineData(
        "flood.hyperion.types = [\"No.Such.Type, Nowhere\"]",
        "flood.hyperion.types", "No.Such.Type, Nowhere", "Namespace.Name, Assembly")]
    [InlineData("flood.hyperion.types = [\"[[[,,,\"]", "flood.hyperion.types", "[[[,,,", "Namespace.Name, Assembly")]
    [InlineData(
        "flood.hyperion.types = [\"A.B, C, Version=x\"]",
        "flood.hyperion.types", "A.B, C, Version=x", "Namespace.Name, Assembly")]
    [InlineData("flood.seen = 5", "flood.seen.max-count", "missing")]
    [InlineData("flood = 5", "flood = 5", "a section")]
    public void A_wrong_value_is_named_with_what_is_allowed(string hocon, params string[] parts) =>
        Says(() => Read(hocon), parts);

    [Theory]
    [InlineData("512", 512), InlineData("1 kB", 1000), InlineData("1 KiB", 1024)]
    [InlineData("2KiB", 2048), InlineData("0.5 KiB", 512), InlineData("1K", 1024)]
    public void Sizes_have_units(string text, int bytes) =>
        Assert.Equal(bytes, FloodSettingsReader.Read(Root($"flood.window = \"{text}\""), Flood.DefaultName).Window);

    [Fact]
    public void A_named_flood_has_its_own_settings_and_takes_the_rest_from_the_common_ones()
    {
        const string hocon = """
            flood {
              capacity = 7
              max-peers = 9
              instances {
                prices { capacity = 1000, seen.max-age = 2h }
                news { on-lag = wait }
              }
            }
            """;
        var prices = FloodSettingsReader.Read(Root(hocon), "prices");
        Assert.Equal((1000, 9, TimeSpan.FromHours(2)), (prices.Capacity, prices.MaxPeers, prices.SeenMaxAge));
        Assert.Equal(new FloodSettings().SeenMaxCount, prices.SeenMaxCount);
        var news = FloodSettingsReader.Read(Root(hocon), "news");
        Assert.Equal((7, 9), (news.Capacity, news.MaxPeers));
        Assert.Equal(7, FloodSettingsReader.Read(Root(hocon), "unmentioned").Capacity);
        Assert.Equal(7, FloodSettingsReader.Read(Root(hocon), Flood.DefaultName).Capacity);
    }

    [Fact]
    public void A_wrong_value_of_a_named_flood_is_named_where_it_stands() =>
        Says(
            () => FloodSettingsReader.Read(Root("flood.instances.prices.capacity = many"), "prices"),
            "flood.instances.prices.capacity", "many");

    [Theory]
    [InlineData(""), InlineData("a b"), InlineData("a/b"), InlineData("a.b"), InlineData("ünicode")]
    public void A_name_that_cannot_be_an_actor_is_refused(string name) =>
        Says(() => FloodSettingsReader.Read(Root(""), name), $"'{name}'", "letters, digits");

    [Fact]
    public async Task Settings_changed_in_code_are_checked_when_the_flood_starts()
    {
        var system = ActorSystem.Create("settings");
        (Func<FloodSettings, FloodSettings> Change, string Key)[] wrong =
        [
            (s => s with { Capacity = -1 }, "flood.capacity"),
            (s => s with { MaxFrame = 100_000 }, "flood.max-frame"),
            (s => s with { Window = 1000 }, "flood.window"),
            (s => s with { PeerTimeout = Timeout.InfiniteTimeSpan }, "flood.peer-timeout"),
            (s => s with { NodeName = new string('n', 257) }, "flood.node-name"),
            (s => s with { NodeName = "two\nlines" }, "flood.node-name"),
            (s => s with { OnLag = (LagPolicy)9 }, "flood.on-lag"),
            (s => s with { MessageId = (MessageIdMode)9 }, "flood.message-id"),
            (s => s with { ContentHash = (ContentHash)9 }, "flood.content-hash"),
            (s => s with { RedialMax = TimeSpan.FromMilliseconds(50) }, "flood.redial.max"),
            (s => s with { NodeName = null! }, "flood.node-name is null"),
            (s => s with { Peers = null! }, "flood.peers is null"),
            (s => s with { ListenerDispatcher = "no.such.dispatcher" }, "flood.listener.dispatcher"),
            (s => s with { ListenerDispatcher = "" }, "flood.listener.dispatcher"),
        ];
        foreach (var (change, key) in wrong) Says(() => Flood.Start(system, configure: change), key);
        // None of them left anything behind.
        Assert.NotNull(Flood.Start(system, configure: s => s with { Capacity = 5 }));
        Assert.Throws<InvalidOperationException>(() => Flood.Start(system));
        await system.Terminate();
    }

    [Fact]
    public async Task A_wrong_key_stops_the_start_with_one_line_that_names_it()
    {
        var system = ActorSystem.Create("settings", ConfigurationFactory.ParseString("flood.capactiy = 5"));
        Says(() => Flood.Get(system), "flood.capactiy is no setting");
        await system.Terminate();
    }

    internal static void Says(Action act, params string[] parts)
    {
        var message = Assert.Throws<FloodConfigurationException>(act).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
    }

    internal static Config Root(string hocon) =>
        ConfigurationFactory.ParseString(hocon).WithFallback(FloodExtension.DefaultConfig());

    private static FloodSettings Read(string hocon)
    {
        var settings = FloodSettingsReader.Read(Root(hocon), Flood.DefaultName);
        settings.Validate();
        if (hocon.Contains("instances.prices")) FloodSettingsReader.Read(Root(hocon), "prices");
        return settings;
    }
}
