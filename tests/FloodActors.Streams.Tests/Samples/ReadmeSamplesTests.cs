using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Akka.Actor;
using FloodActors.Streams.Tests.JavaScript;
using FloodActors.Streams.Tests.Streams;

namespace FloodActors.Streams.Tests.Samples;

public sealed class ReadmeSamplesTests
{
    private const string Quiet = "akka { loglevel = WARNING, stdout-loglevel = OFF, loggers = [] }";

    [Fact]
    public async Task The_original_server_and_client_examples_join_floods_and_JavaScript_peers()
    {
        var serverLog = new ConcurrentQueue<string>();
        var clientLog = new ConcurrentQueue<string>();
        using var serverSystem = ActorSystem.Create("server", Quiet);
        using var clientSystem = ActorSystem.Create("client", Quiet);
        var server = ReadmeSamples.CreateFlood(serverSystem, serverLog.Enqueue);
        var client = ReadmeSamples.CreateFlood(clientSystem, clientLog.Enqueue);
        var port = ((IPEndPoint)(await ReadmeSamples.Server(serverSystem, server, 0)).LocalAddress).Port;
        ReadmeSamples.Client(clientSystem, client, "127.0.0.1", port);
        // The pipeline of the original README, unchanged.
        await using var js = await JsPeer.StartAsync("net", "plain");
        js.Connect(port);
        await server.WhenConnected(2).WaitAsync(TimeSpan.FromSeconds(60));

        js.Append("{\"from\":\"JavaScript\"}");
        await client.AppendAsync("from the client \u00e9 \U0001F600");
        await Soon.Holds(() => js.Received.Count == 1, "JavaScript has the client's message");
        await Soon.Holds(
            () => serverLog.Count(l => l.StartsWith("received", StringComparison.Ordinal)) == 2, "the server has both");
        await Soon.Holds(() => clientLog.Contains("received {\"from\":\"JavaScript\"}"), "the client has JavaScript's");
        Assert.Contains($"connected: 127.0.0.1:{port}", clientLog);

        for (var i = 0; i < 110; i++) await server.AppendAsync($"{i}");
        await Soon.Holds(
            () => serverLog.Any(l => l.StartsWith("dropped", StringComparison.Ordinal)), "the server drops");
        js.Kill();
        await Soon.Holds(
            () => serverLog.Any(l => l.StartsWith("disconnected", StringComparison.Ordinal)), "the server is told");
        await Task.WhenAll(serverSystem.Terminate(), clientSystem.Terminate());
    }

    [Fact]
    public async Task The_short_way_listens_and_keeps_connected()
    {
        await using var node = LocalFlood.Start();
        await using var server = await JsPeer.StartAsync("pull-net");
        var port = await ReadmeSamples.Peers(node.Flood, "127.0.0.1", await server.ListenAsync());
        await using var client = await JsPeer.StartAsync("pull-net");
        client.Connect(port);
        foreach (var js in new[] { server, client })
            await Soon.Holds(() => js.Received.Contains("{\"hello\":\"from C#\"}"), "it has the message");
        Assert.NotNull(ReadmeSamples.Mapping().Mapping);
    }

    [Fact]
    public void The_guide_shows_the_samples_that_are_tested()
    {
        var repository = NodeJs.Repository();
        var guide = File.ReadAllText(Path.Combine(repository, "docs", "javascript-peers.md")).ReplaceLineEndings("\n");
        var source = File.ReadAllText(Path.Combine(
            repository, "tests", "FloodActors.Streams.Tests", "Samples", "ReadmeSamples.cs")).ReplaceLineEndings("\n");
        var samples = Regex.Matches(
            source, "^        // sample: (\\w+)\n(.*?)^        // end$",
            RegexOptions.Singleline | RegexOptions.Multiline);
        Assert.Equal(5, samples.Count);
        foreach (Match sample in samples)
            Assert.Contains(Regex.Replace(sample.Groups[2].Value, "^        ", "", RegexOptions.Multiline), guide);
    }
}
