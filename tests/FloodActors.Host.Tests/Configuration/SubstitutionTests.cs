using Akka.Configuration;
using FloodActors.Host.Configuration;

namespace FloodActors.Host.Tests.Configuration;

public sealed class SubstitutionTests
{
    private static readonly Dictionary<string, string> Environment = new()
    {
        ["PORT"] = "4071",
        ["HOST"] = "node-7",
        ["PEER"] = "10.0.0.1:4053",
        ["TRICKY"] = "a\"b\\c } ${HOST}\nd",
        ["EMPTY"] = "",
        ["on.path"] = "dotted",
    };

    [Theory]
    [InlineData("flood.a = ${PORT}", "4071")]
    [InlineData("flood.a = ${?PORT}", "4071")]
    [InlineData("flood { a = 1, a = ${?PORT} }", "4071")]
    [InlineData("flood { a = 1, a = ${?NOWHERE} }", "1")]
    [InlineData("flood { a = 1\n a = ${?NOWHERE}\n b = 2 }", "1")]
    [InlineData("flood { a = ${?NOWHERE}, b = 2 }", null)]
    [InlineData("flood.a = ${?NOWHERE}", null)]
    [InlineData("flood.a = \"akka.tcp://flood@\"${HOST}\":\"${PORT}", "akka.tcp://flood@node-7:4071")]
    [InlineData("flood.a = ${HOST}${?NOWHERE}-x", "node-7-x")]
    [InlineData("flood.a = ${TRICKY}", "a\"b\\c } ${HOST}\nd")]
    [InlineData("flood.a = ${EMPTY}", "")]
    [InlineData("flood.a = ${on.path}", "dotted")]
    [InlineData("flood.a = ${flood.b}\nflood.b = 5", "5")]
    [InlineData("flood { a = ${?flood.b} } \n flood.b = ${?PORT}", "4071")]
    [InlineData("flood { a = 3, a = ${?flood.b} } \n flood.b = ${?NOWHERE}", "3")]
    [InlineData("flood.a = ${flood.b.c}, flood.b { c = 6 }", "6")]
    [InlineData("flood.a = \"${PORT}\" # ${NOWHERE}", "${PORT}")]
    [InlineData("flood.a = \"\"\"${PORT}\"\"\" // ${NOWHERE}", "${PORT}")]
    [InlineData("flood.a = 7 # include \"this\"", "7")]
    [InlineData("flood.a = \"include \\\"this\\\" += ${NOT}\"", "include \"this\" += ${NOT}")]
    [InlineData("{ flood { a : ${PORT} } }", "4071")]
    [InlineData("flood.\"a\" = ${PORT}", "4071")]
    public void A_reference_is_the_setting_or_the_environment_variable_or_nothing(string hocon, string? expected) =>
        Assert.Equal(expected, Parse(hocon).GetString("flood.a", null));

    [Theory]
    [InlineData("flood.a = [${PEER}, \"b:1\"]", "10.0.0.1:4053 b:1")]
    [InlineData("flood.a = [${?NOWHERE}, \"b:1\", ${?NOWHERE}]", "b:1")]
    [InlineData("flood.a = [\"b:1\"\n ${?NOWHERE}\n ${?PEER} ]", "b:1 10.0.0.1:4053")]
    [InlineData("flood.a = [${?NOWHERE}]", "")]
    [InlineData("flood.a = [ ${?NOWHERE}, ${?NOWHERE}\n ${?NOWHERE} ]", "")]
    [InlineData("flood.a = [ ]", "")]
    [InlineData("flood.a = [\n  # none yet\n]\nflood.b = 1", "")]
    [InlineData("flood.a = [ \"[ ]\" ]", "[ ]")]
    [InlineData("flood.a = [${HOST}\":1\", ${?NOWHERE}]", "node-7:1")]
    [InlineData("flood.b = 8, flood.a = [${flood.b}, ${flood.b}]", "8 8")]
    [InlineData("flood.a = ${flood.b}\nflood.b = [1, 2]", "1 2")]
    public void In_a_list_what_does_not_exist_is_no_element(string hocon, string expected) =>
        Assert.Equal(expected, string.Join(' ', Parse(hocon).GetStringList("flood.a")));

    [Fact]
    public void A_reference_to_a_section_brings_all_of_it()
    {
        var config = Parse("flood.b { x = 1, y = ${PORT} }\nflood.a = ${flood.b}");
        Assert.Equal((1, 4071), (config.GetInt("flood.a.x", 0), config.GetInt("flood.a.y", 0)));
    }

    [Theory]
    [InlineData("flood.a = ${NOWHERE}",
        "line 1: ${NOWHERE} is neither a setting of this file nor an environment variable.")]
    [InlineData("\n\nflood.a = [${NOWHERE}]", "line 3: ${NOWHERE} is neither")]
    [InlineData("flood.a = ${flood.a}", "${flood.a} leads back to itself")]
    [InlineData("flood.a = ${?flood.a}", "${?flood.a} leads back to itself")]
    [InlineData("flood.a = 1\nflood.a = ${flood.a}2", "line 2: ${flood.a} leads back to itself")]
    [InlineData("flood.a = [${flood.a}]", "${flood.a} leads back to itself")]
    [InlineData("flood.a = ${flood}", "${flood} leads back to itself")]
    [InlineData("flood { a { b = ${flood.a} } }", "${flood.a} leads back to itself")]
    [InlineData("flood.a = ${flood.b}\nflood.b = ${flood.c}\nflood.c = ${flood.a}", "leads back to itself")]
    [InlineData("flood.a = ${flood.b.x}\nflood.b = ${flood.a}", "leads back to itself")]
    [InlineData("flood.a = ${flood.b", "line 1")]
    [InlineData("flood.a = ${}", "${} names nothing")]
    [InlineData("include \"other.conf\"\nflood.a = 1", "line 1: include is not supported")]
    [InlineData("flood { include file(\"other.conf\") }", "include is not supported")]
    [InlineData("flood.a = [1]\nflood.a += 2", "line 2: += is not supported")]
    public void What_cannot_be_resolved_is_refused_in_one_sentence(string hocon, string expected)
    {
        var refused = Assert.Throws<HostException>(() => Parse(hocon));
        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.StartsWith("--config x.conf", refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Keys_that_only_begin_with_include_are_settings() =>
        Assert.Equal("1", Parse("flood { include = 1, include-x = 2 }").GetString("flood.include", null));

    [Fact]
    public async Task A_node_takes_its_port_and_peers_from_the_environment()
    {
        using var file = new ConfigFile(
            """
            flood { node-name = "fallback", node-name = ${?FLOOD_NAME}, peers = [${?FLOOD_PEER}, ${?FLOOD_OTHER_PEER}] }
            """);
        await using var hub = await NodeProcess.Start("hub");
        await using var node = await NodeProcess.StartIn(
            AppContext.BaseDirectory,
            new() { ["FLOOD_NAME"] = "from outside", ["FLOOD_PEER"] = hub.Address },
            "--config",
            file.Path);
        Assert.Equal("from outside", node.Name);
        await node.Connected("hub");
    }

    [Theory]
    [InlineData("flood.peers = [${?NOWHERE}]")]
    [InlineData("flood.capacity = ${?NOWHERE}")]
    public async Task A_node_whose_variable_is_not_set_starts_with_the_default_and_ends_on_SIGTERM(string hocon)
    {
        using var file = new ConfigFile(hocon);
        await using var node = await NodeProcess.StartWith("--config", file.Path);
        await node.Signal("TERM");
        Assert.Equal(0, await node.Ended());
    }

    private static Config Parse(string hocon) => ConfigFileReader.Parse(hocon, "x.conf", Environment.GetValueOrDefault);
}
