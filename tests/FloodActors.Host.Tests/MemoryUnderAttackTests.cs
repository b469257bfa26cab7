using System.Net.Sockets;
using System.Text;
using Xunit.Abstractions;

namespace FloodActors.Host.Tests;

/// <summary>
/// The memory of a node's process under attacks that are made to take memory, against the sum that docs/operating.md
/// gives for the settings at hand. Unfinished requests are in <see cref="HttpAttackTests"/>.
/// </summary>
public sealed class MemoryUnderAttackTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Values_that_do_not_end_on_many_JSON_connections()
    {
        const int Connections = 200;
        const int Unfinished = 16;
        var port = FreePort.Next();
        using var file = new ConfigFile(
            $$"""
            flood { max-message-size = 1 MiB, max-peers = 1000 }
            flood-streams.json { listen = ["127.0.0.1:{{port}}"], max-peers = 250, unfinished-bytes = {{Unfinished}} MiB }
            """);
        await using var node = await NodeProcess.Start("a", "--config", file.Path);
        List<TcpClient> clients = [];
        try
        {
            await node.Until("it listens for JSON peers", async () => await TryConnect(port, clients));
            while (clients.Count < Connections) Assert.True(await TryConnect(port, clients));
            await node.Until("all are connected", () => node.Count("connected") == Connections);
            var before = node.Memory("VmRSS");
            var chunk = Encoding.ASCII.GetBytes(new string('x', 180_000));
            foreach (var client in clients) await client.GetStream().WriteAsync("\""u8.ToArray());
            for (var round = 0; round < 10; round++)
            {
                await Task.WhenAll(clients.Select(client => TryWrite(client, chunk)));
                output.WriteLine($"{round}: {node.Memory("VmRSS") - before:n0}");
            }
            Assert.True(await TryConnect(port, clients));
            await clients[^1].GetStream().WriteAsync(Encoding.ASCII.GetBytes($"[\"{new string('y', 900_000)}\"]\n\n"));
            await node.Until("an honest value gets through", () => node.Count("message") == 1);
            var formula = Unfinished + (Connections * 128 / 1024);
            output.WriteLine($"{node.Memory("VmHWM") - before:n0} MiB, {node.Memory("VmRSS") - before:n0} now; formula {formula}");
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static async Task<bool> TryConnect(int port, List<TcpClient> clients)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            clients.Add(client);
            return true;
        }
        catch (SocketException)
        {
            client.Dispose();
            return false;
        }
    }

    private static async Task TryWrite(TcpClient client, byte[] bytes)
    {
        try
        {
            await client.GetStream().WriteAsync(bytes);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
        {
            // It was ended to make room.
        }
    }
}
