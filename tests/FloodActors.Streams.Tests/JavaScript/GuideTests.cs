using System.Collections.Concurrent;
using System.Diagnostics;
using FloodActors.Streams.Tests.Streams;

namespace FloodActors.Streams.Tests.JavaScript;

/// <summary>
/// What docs/javascript-peers.md shows of JavaScript is what is in <c>tests/javascript</c>, word for word, and runs as
/// it is written.
/// </summary>
public sealed class GuideTests
{
    [Theory]
    [InlineData("peer-net.js")]
    [InlineData("peer-pull-net.js")]
    public async Task A_peer_of_the_guide_runs_as_written_and_floods_both_ways(string file)
    {
        await using var node = LocalFlood.Start();
        await using var listener = await node.Flood.ListenJsonAsync("127.0.0.1:0");
        await node.Flood.AppendAsync("from C# \u00e9 \U0001F600");
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("node", [file, $"{listener.LocalEndPoint.Port}"])
            {
                WorkingDirectory = await NodeJs.FolderAsync(),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        var (said, errors) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        process.OutputDataReceived += (_, line) => said.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data ?? "");
        process.Start();
        try
        {
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            Assert.Equal("{\"hello\":\"from JavaScript\"}", (await node.Event<MessageReceived>()).Message.AsText());
            await Soon.Holds(
                () => said.Contains("received \"from C# \u00e9 \U0001F600\""),
                $"it has the node's message: {string.Join(' ', said)} {string.Join(' ', errors)}");
            await Soon.Holds(
                () => said.Any(line => line.StartsWith("listening ", StringComparison.Ordinal)),
                "it says where it listens");

            // And the other way about: the node dials it.
            await using var other = LocalFlood.Start("other");
            var listening = said.First(line => line.StartsWith("listening ", StringComparison.Ordinal));
            await using var connector = other.Flood.ConnectJson($"127.0.0.1:{listening["listening ".Length..]}");
            await Soon.Holds(() => other.Received.Count() == 2, "a node that dials it has both messages");
            Assert.All(errors, line => Assert.Empty(line));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    [Theory]
    [InlineData("peer-net.js")]
    [InlineData("peer-pull-net.js")]
    [InlineData("pull-net-on-node-20.js")]
    [InlineData("text.js")]
    public void The_guide_shows_the_files_that_are_tested(string file)
    {
        var guide = File.ReadAllText(Path.Combine(NodeJs.Repository(), "docs", "javascript-peers.md"))
            .ReplaceLineEndings("\n");
        var text = File.ReadAllText(Path.Combine(NodeJs.Repository(), "tests", "javascript", file));
        Assert.Contains($"```js\n{text.ReplaceLineEndings("\n")}```\n", guide);
    }
}
