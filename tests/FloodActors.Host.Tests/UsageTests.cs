namespace FloodActors.Host.Tests;

public sealed class UsageTests
{
    private const string Tls = "akka.remote.dot-netty.tcp.enable-ssl = on, akka.remote.dot-netty.tcp.ssl { ";

    [Theory]
    [InlineData("--bogus", "'--bogus' is not an option of flood run")]
    [InlineData("jump", "'jump' is not a verb of flood")]
    [InlineData("--port 65536", "--port 65536: it must be a whole number from 0 to 65535")]
    [InlineData("--peer somewhere", "'somewhere' is not the address of a node")]
    [InlineData("--peer host:0", "'host:0' is not the address of a node")]
    [InlineData("--capacity none", "--capacity none: it must be a whole number")]
    [InlineData("--config /no/such.conf", "there is no such file")]
    [InlineData("--hostname not_a_host!", "is neither a host name nor an address")]
    [InlineData("--hostname 203.0.113.7", "cannot listen on 203.0.113.7:0: it is not an address of this machine")]
    [InlineData("send TEXT", "'--peer' is required")]
    [InlineData("send --peer 127.0.0.1:1", "argument")]
    [InlineData("demo --topology heap", "heap")]
    [InlineData("demo --nodes 0", "--nodes 0: it must be a whole number from 1 to 64")]
    public async Task Wrong_usage_is_one_clear_line_and_exit_code_2(string arguments, string expected) =>
        await Refused(expected, arguments.Split(' '));

    [Theory]
    [InlineData("flood.capacty = 5", "flood.capacty is no setting of FloodActors")]
    [InlineData("flood.capacity = many", "flood.capacity = many is wrong: it must be a whole number")]
    [InlineData("flood.capacity = 0", "flood.capacity = 0 is out of range: allowed is 1 to 10000000")]
    [InlineData("flood.peer-timeout = 1ms", "flood.peer-timeout = 1ms is out of range: allowed is 1s to 10m")]
    [InlineData("flood.peers = [nowhere]", "flood.peers: 'nowhere' is not the address of a node")]
    [InlineData("flod { capacity = 5 }", "nothing reads 'flod'")]
    [InlineData("flood { capacity = 5", "is not HOCON")]
    [InlineData("akka.actor.provider = local", "akka.actor.provider must be remote or cluster")]
    [InlineData("akka.remote.dot-netty.tcp.port = many", "many")]
    [InlineData("flood.peers = [${?NOWHERE}", "is not HOCON")]
    [InlineData("flood.name = ${NOWHERE}", "line 1: ${NOWHERE} is neither a setting of this file nor an environment")]
    [InlineData(Tls + "certificate.path = \"/no/such.pfx\" }",
        "ssl.certificate.path = /no/such.pfx: there is no such file")]
    [InlineData(Tls + "certificate.path = \"hocon/tls.conf\" }",
        "(.pfx), or akka.remote.dot-netty.tcp.ssl.certificate.password")]
    [InlineData(Tls + "x = 1 }", "akka.remote.dot-netty.tcp.ssl.certificate.path is not set")]
    public async Task A_wrong_key_or_value_is_one_clear_line_and_exit_code_2(string hocon, string expected)
    {
        using var file = new ConfigFile(hocon);
        await Refused(expected, "--config", file.Path);
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_line_and_exit_code_2()
    {
        await using var a = await NodeProcess.Start("a");
        var port = a.Address.Split(':')[1];
        await Refused($"cannot listen on 127.0.0.1:{port}: the port is in use", "--port", port);
    }

    [Fact]
    public async Task An_empty_name_is_one_clear_line_and_exit_code_2() =>
        await Refused("--name is empty", "--name", "");

    [Fact]
    public async Task Send_ends_with_0_when_the_peer_has_the_message_and_with_1_when_nobody_answers()
    {
        await using var a = await NodeProcess.Start("a");
        var (exitCode, output, error) = await FloodProgram.Run("send", "--peer", a.Address, "hello");
        // On a machine that is slow at the moment it may say, on standard error, that the peer takes its time.
        Assert.True((exitCode, output) == (0, ""), error);
        await a.Until("the message is there", () => a.Count("message") == 1);
        await a.Until("the sender is gone", () => a.Count("disconnected") == 1);
        Assert.EndsWith("left the flood", a.Of("disconnected").Single().Reason, StringComparison.Ordinal);

        (exitCode, _, error) = await FloodProgram.Run("send", "--peer", $"127.0.0.1:{FreePort.Next()}", "--timeout",
            "1", "hello");
        Assert.Equal(1, exitCode);
        Assert.Contains("did not take the message within 1 s", Assert.Single(error.TrimEnd().Split('\n')),
            StringComparison.Ordinal);
    }

    private static async Task Refused(string expected, params string[] arguments)
    {
        var (exitCode, output, error) = await FloodProgram.Run(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        var line = Assert.Single(error.TrimEnd().Split('\n'));
        Assert.StartsWith("flood: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }
}
