using System.Text.Json;

namespace FloodActors.Host.Tests;

[Collection(Alone.Name)]
public sealed class DemoTests
{
    [Theory]
    [InlineData("ring", 4, 4)]
    [InlineData("complete", 4, 6)]
    public async Task The_demo_counts_each_message_once_on_each_node_within_the_bound(string topology, int nodes,
        int links)
    {
        const int Messages = 2000;
        var (exitCode, output, error) = await FloodProgram.Run("demo", "--nodes", $"{nodes}", "--topology", topology,
            "--messages", $"{Messages}", "--size", "64", "--json");
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
        using var demo = System.Diagnostics.Process.Start(
            FloodProgram.Command(["demo", "--nodes", "2", "--messages", "10000000"]))!;
        try
        {
            while (await demo.StandardOutput.ReadLineAsync() is { } line
                && !line.StartsWith("flooding", StringComparison.Ordinal))
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
        [.. Directory.GetDirectories($"/proc/{parent}/task").SelectMany(thread =>
            File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>
    /// A process that has ended, and was adopted by one that does not ask for it, still has its number.
    /// </summary>
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
}
