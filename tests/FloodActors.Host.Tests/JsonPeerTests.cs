using System.Net.Sockets;

namespace FloodActors.Host.Tests;

public sealed class JsonPeerTests
{
    [Fact]
    public async Task Nodes_flood_with_each_other_and_with_a_bare_socket_by_JSON_over_TCP()
    {
        var port = FreePort.Next();
        using var file = new ConfigFile($"flood-streams.json.listen = [\"127.0.0.1:{port}\"]");
        // The one that connects is there first.
        await using var b = await NodeProcess.Start("b", "--connect-json", $"127.0.0.1:{port}");
        await using var a = await NodeProcess.Start("a", "--config", file.Path);
        await b.Connected($"127.0.0.1:{port}");
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", port);
        await socket.GetStream().WriteAsync("{ \"from\": \"a socket\" }\n\n"u8.ToArray());
        await b.Until("the socket's message is there", () => b.Count("message") == 1);
        await a.Type("a line");
        await b.Until("the line is there", () => b.Received.Contains("a line"));
        using var reader = new StreamReader(socket.GetStream());
        Assert.Equal("\"a line\"", await reader.ReadLineAsync());

        await a.Type("/quit");
        Assert.Equal(0, await a.Ended());
        await b.Disconnected($"127.0.0.1:{port}");
    }

    [Fact]
    public async Task A_port_in_use_is_one_clear_line_and_exit_code_2()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        await A_wrong_address_is_one_clear_line_and_exit_code_2($"--listen-json {taken.LocalEndpoint}",
            $"cannot listen for JSON peers on {taken.LocalEndpoint}: the port is in use");
    }

    [Theory]
    [InlineData("--listen-json nowhere", "'nowhere' is no address")]
    [InlineData("--listen-json 203.0.113.7:9000",
        "cannot listen for JSON peers on 203.0.113.7:9000: it is not an address of this machine")]
    [InlineData("--connect-json host:0", "'host:0' is no address")]
    public async Task A_wrong_address_is_one_clear_line_and_exit_code_2(string arguments, string expected)
    {
        var (exitCode, _, error) = await FloodProgram.Run(["run", .. arguments.Split(' ')]);
        Assert.Equal(2, exitCode);
        Assert.Contains(expected, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }
}
