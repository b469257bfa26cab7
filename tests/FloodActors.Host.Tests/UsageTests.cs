using System.Text.Json;

namespace FloodActors.Host.Tests;

[Collection(Processes.Name)]
public sealed class UsageTests
{
    [Theory]
    [InlineData("--bogus", "'--bogus' is no command or option")]
    [InlineData("jump", "'jump' is no command or option")]
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
    public async Task Wrong_usage_is_one_clear_line_and_exit_code_2(string arguments, string expected) => await Refused(expected, arguments.Split(' '));

    [Theory]
    [InlineData("flood.capacty = 5", "flood.capacty is no setting of FloodActors")]
    [InlineData("flood.capacity = many", "flood.capacity = many is wrong: it must be a whole number")]
    [InlineData("flood.capacity = 0", "flood.capacity = 0 is out of range: allowed is 1 to 10000000")]
    [InlineData("flood.peer-timeout = 1ms", "flood.peer-timeout = 00:00:00.0010000 is out of range")]
    [InlineData("flood.peers = [nowhere]", "flood.peers: 'nowhere' is not the address of a node")]
    [InlineData("flod { capacity = 5 }", "nothing reads 'flod'")]
    [InlineData("flood { capacity = 5", "is not HOCON")]
    [InlineData("akka.actor.provider = local", "akka.actor.provider must be remote or cluster")]
    [InlineData("akka.remote.dot-netty.tcp.port = many", "many")]
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
    public async Task An_empty_name_is_one_clear_line_and_exit_code_2() => await Refused("--name is empty", "--name", "");

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

        (exitCode, _, error) = await FloodProgram.Run("send", "--peer", $"127.0.0.1:{FloodProgram.FreePort()}", "--timeout", "1", "hello");
        Assert.Equal(1, exitCode);
        Assert.Contains("did not take the message within 1 s", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ring", 4, 4)]
    [InlineData("complete", 4, 6)]
    public async Task The_demo_counts_each_message_once_on_each_node_within_the_bound(string topology, int nodes, int links)
    {
        const int Messages = 2000;
        var (exitCode, output, error) = await FloodProgram.Run("demo", "--nodes", $"{nodes}", "--topology", topology, "--messages", $"{Messages}", "--size", "64", "--json");
        Assert.True(exitCode == 0, output + error);
        var result = JsonDocument.Parse(output).RootElement;
        long Of(string field) => result.GetProperty(field).GetInt64();
        Assert.Equal((nodes, links, Messages, 64), (Of("nodes"), Of("links"), Of("messages"), Of("size")));
        Assert.Equal(topology, result.GetProperty("topology").GetString());
        Assert.Equal((0, 0, Messages * (nodes - 1)), (Of("lost"), Of("repeated"), Of("delivered")));
        Assert.Equal(Of("delivered") + Of("duplicates"), Of("transmissions"));
        Assert.InRange(Of("transmissions"), Messages * (nodes - 1), Messages * ((2 * links) - nodes + 1));
        Assert.True(result.GetProperty("seconds").GetDouble() > 0);
    }

    [Fact]
    public async Task A_demo_that_is_killed_leaves_no_process_behind()
    {
        using var demo = System.Diagnostics.Process.Start(FloodProgram.Command(["demo", "--nodes", "2", "--messages", "10000000"]))!;
        try
        {
            while (await demo.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("flooding", StringComparison.Ordinal))
            {
            }
            var children = Children(demo.Id);
            Assert.Equal(2, children.Count);
            demo.Kill();
            await demo.WaitForExitAsync();
            foreach (var child in children)
            {
                using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
                using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
                while (IsRunning(child)) await timer.WaitForNextTickAsync(timeout.Token);
            }
        }
        finally
        {
            if (!demo.HasExited) demo.Kill(entireProcessTree: true);
        }
    }

    private static List<string> Children(int parent) =>
        [.. Directory.GetDirectories($"/proc/{parent}/task").SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>A process that has ended, and was adopted by one that does not ask for it, still has its number.</summary>
    private static bool IsRunning(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
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
