using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using FloodActors.Wire;
using Xunit.Abstractions;

namespace FloodActors.Host.Tests;

/// <summary>
/// The memory of a node's process under attacks that are made to take memory, against the sum that docs/operating.md
/// gives for the settings at hand. Unfinished requests are in <see cref="HttpAttackTests"/>.
/// </summary>
[Collection(Alone.Name)]
public sealed class MemoryUnderAttackTests(ITestOutputHelper output)
{
    /// <summary>Mebibytes of what is not used any more and not collected yet: see docs/operating.md.</summary>
    private const int Garbage = 80;

    [Fact]
    public async Task Values_that_do_not_end_on_many_JSON_connections()
    {
        const int Connections = 200;
        const int Unfinished = 16;
        var port = FreePort.Next();
        using var file = new ConfigFile(
            $$"""
            flood { max-message-size = 1 MiB, max-peers = 1000 }
            flood-streams.json {
              listen = ["127.0.0.1:{{port}}"], max-peers = 250, unfinished-bytes = {{Unfinished}} MiB
            }
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
            }
            Assert.True(await TryConnect(port, clients));
            await clients[^1].GetStream().WriteAsync(Encoding.ASCII.GetBytes($"[\"{new string('y', 900_000)}\"]\n\n"));
            await node.Until("an honest value gets through", () => node.Count("message") == 1);
            IsWithin(Unfinished + (Connections * 128 / 1024), node, before);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task Messages_that_are_not_finished_on_many_links()
    {
        const int Links = 60;
        const int MessageSize = 4 << 20;
        await using var node = await NodeProcess.Start("a");
        await using var attacker = new LinkAttacker();
        List<AttackingLink> links = [];
        for (var i = 0; i < Links; i++)
        {
            links.Add(await attacker.Link(node, $"liar-{i}"));
            links.ForEach(link => link.StayAlive());
        }
        var before = node.Memory("VmRSS");
        // All but the last bytes of each: for sixteen there is room, and the others are told that there is none.
        var head = Record(PayloadKind.Bytes, 1, MessageSize);
        var part = new byte[50_000];
        for (var sent = 0; sent < MessageSize - part.Length; sent += part.Length)
        {
            Random.Shared.NextBytes(part);
            await Task.WhenAll(links.Where(link => !link.IsRefusedRoom && !link.IsOver).Select(
                link => sent == 0 ? link.Frame([.. head, .. part], MessageSize) : link.Frame(part)));
            links.ForEach(link => link.StayAlive());
        }
        Assert.Equal(Links - 16, links.Count(link => link.IsRefusedRoom));
        IsWithin(64 + (Links * 0.5), node, before);
    }

    [Fact]
    public async Task Messages_that_are_refused()
    {
        const int Frames = 200;
        const int Records = 5000;
        using var file = new ConfigFile("flood.message-id = sequence");
        await using var node = await NodeProcess.Start("a", "--config", file.Path);
        await using var attacker = new LinkAttacker();
        var settings = new FloodSettings { MessageId = MessageIdMode.Sequence };
        var link = await attacker.Link(node, "liar", settings);
        await using var other = await NodeProcess.Start("b", "--config", file.Path, "--peer", node.Address);
        await node.Connected("b");
        // Of an origin that cannot have come so far.
        await link.Frame([.. Record(PayloadKind.Bytes, 2, 0, Varint.ZigZag(-1))]);
        byte[] again = [(byte)PayloadKind.Bytes, 1, 1, 0, 0];
        var frame = Enumerable.Repeat(again, Records).SelectMany(record => record).ToArray();
        var before = node.Memory("VmRSS");
        for (var i = 0; i < Frames; i++) await link.Frame(frame);
        Assert.False(link.IsOver);

        await node.Until("all are told", () => Refused(node).Sum() == (Frames * Records) + 1);
        // One at once, and then one a second.
        Assert.InRange(Refused(node).Count(), 2, 120);
        await other.Type("still here");
        await node.Until("others are heard", () => node.Received.Contains("still here"));
        Assert.Equal(0, (await node.Ask("/stats", "stats")).GetProperty("eventsLost").GetInt64());
        IsWithin((1024 * 4 / 1024.0) + (2 * 0.5), node, before);
    }

    /// <summary>
    /// What the node takes beyond what it took before is within the sum, and what .NET keeps beside it.
    /// </summary>
    private void IsWithin(double sum, NodeProcess node, double before)
    {
        var most = node.Memory("VmHWM") - before;
        output.WriteLine($"{before:n0} MiB before, {most:n0} more at most; the sum is {sum:n0}");
        Assert.InRange(most, 0, sum + Garbage);
    }

    /// <summary>How many messages each line says were refused.</summary>
    private static IEnumerable<long> Refused(NodeProcess node) =>
        from line in node.Of("error")
        let text = line.Json!.Value.GetProperty("message").GetString()!
        where text.Contains("farther ahead", StringComparison.Ordinal)
        select text.StartsWith("message ", StringComparison.Ordinal)
            ? 1
            : long.Parse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>All of a record but its body, of an origin that was not named before.</summary>
    private static byte[] Record(PayloadKind kind, ulong incarnation, int length, ulong? number = null)
    {
        var bytes = new byte[64];
        bytes[0] = (byte)kind;
        bytes[1] = 1;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(3), incarnation);
        (bytes[11], bytes[12]) = (1, (byte)'x');
        var at = 14;
        if (number is { } difference) at += Varint.Write(bytes.AsSpan(at), difference);
        at += Varint.Write(bytes.AsSpan(at), (ulong)length);
        return bytes[..at];
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
