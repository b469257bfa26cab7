using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace FloodActors.Host.Tests;

[Collection(Alone.Name)]
public sealed class FaultTests(ITestOutputHelper output)
{
    /// <summary>
    /// With <c>FLOOD_LONG_TESTS=1</c> the frozen node is frozen for 60 s while 1 GB is appended, and clusters are
    /// larger.
    /// </summary>
    internal static bool IsLong => Environment.GetEnvironmentVariable("FLOOD_LONG_TESTS") == "1";

    [Fact]
    public async Task A_killed_node_is_reported_and_has_everything_again_when_it_is_started_again()
    {
        var port = FreePort.Next();
        await using var a = await NodeProcess.Start("a");
        await using var c = await NodeProcess.Start("c", "--peer", a.Address);
        await using (var b = await NodeProcess.Start("b", "--port", $"{port}", "--peer", a.Address))
        {
            await a.Connected("b");
            await c.Type("before");
            await b.Until("it has the message", () => b.Count("message") == 1);
            var clock = Stopwatch.StartNew();
            await b.Signal("KILL");
            await a.Disconnected("b");
            output.WriteLine($"disconnected after {clock.Elapsed.TotalSeconds:n1} s");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(6), $"A killed node was noticed after {clock.Elapsed}.");
        }
        await a.Type("while it was away");
        await using var again = await NodeProcess.Start("b", "--port", $"{port}", "--peer", a.Address);
        await a.Connected("b", times: 2);
        await again.Until("it has caught up", () => again.Count("message") >= 2);
        Assert.Equal(["before", "while it was away"], again.Received);
        await again.Type("after");
        await c.Until("it hears the node again", () => c.Received.Contains("after"));
    }

    [Fact]
    public async Task A_frozen_node_costs_the_others_bounded_memory_and_is_linked_again_by_itself()
    {
        var isLong = IsLong;
        var (seconds, megabytes) = isLong ? (60, 1000) : (7, 100);
        await using var a = await NodeProcess.Start("a");
        await using var frozen = await NodeProcess.Start("frozen", "--peer", a.Address);
        await using var c = await NodeProcess.Start("c", "--peer", a.Address);
        await a.Connected("frozen");
        await a.Connected("c");
        await a.Type("before");
        await frozen.Until("it floods", () => frozen.Count("message") == 1);

        var frozenFor = Stopwatch.StartNew();
        await frozen.Signal("STOP");
        var count = megabytes * 100;
        var line = Encoding.UTF8.GetBytes(new string('.', 9_999) + "\n");
        var last = (count - 1).ToString("x8", CultureInfo.InvariantCulture);
        for (var i = 0; i < count; i++)
        {
            Encoding.ASCII.GetBytes(i.ToString("x8", CultureInfo.InvariantCulture), line);
            await a.Type(line);
        }
        await a.Until("all is appended", () => a.Count("appended") > count, seconds: 120);
        output.WriteLine($"{megabytes} MB appended in {frozenFor.Elapsed.TotalSeconds:n1} s; sender VmRSS "
            + $"{a.Memory("VmRSS"):n0} MB, VmHWM {a.Memory("VmHWM"):n0} MB");
        // On a busy machine 1 GB in one go is more than the node beside it, or who reads its output, may keep up with;
        // then it is told.
        await c.Until("the node beside it goes on to the last", () => c.Events.LastOrDefault(e =>
            e.Name == "message")?.Text?.StartsWith(last, StringComparison.Ordinal) == true, seconds: 120);
        await a.Until("what it was not given is told", () => c.Count("message") + Skipped(a, "c")
            + Skipped(c, null) >= count + 1);
        output.WriteLine($"the node beside it has {c.Count("message")} of {count + 1}; told as skipped: "
            + $"{Skipped(a, "c")} on the way, {Skipped(c, null)} in its output");
        await a.Until("it is frozen for long enough", () => frozenFor.Elapsed.TotalSeconds >= seconds, seconds + 10);
        await a.Until("its silence is told", () => a.Count("disconnected", "frozen") == 1);

        var relinked = Stopwatch.StartNew();
        await frozen.Signal("CONT");
        await a.Connected("frozen", times: 2);
        output.WriteLine($"linked again after {relinked.Elapsed.TotalSeconds:n1} s");
        Assert.True(relinked.Elapsed < TimeSpan.FromSeconds(6), $"It was linked again after {relinked.Elapsed}.");
        await a.Type("after");
        await frozen.Until("it is level", () => frozen.Received.Contains("after"));
        await a.Until("what it missed is told", () => a.Count("lagged", "frozen") > 0
            || frozen.Count("message") == count + 2);

        var (mine, its) = (await a.Ask("/data", "data"), await frozen.Ask("/data", "data"));
        output.WriteLine($"the frozen node has {frozen.Count("message")} of {count + 2}; told as skipped: "
            + $"{Skipped(a, "frozen")}");
        output.WriteLine($"sender VmRSS {a.Memory("VmRSS"):n0} MB, VmHWM {a.Memory("VmHWM"):n0} MB; frozen VmHWM "
            + $"{frozen.Memory("VmHWM"):n0} MB; relay VmHWM {c.Memory("VmHWM"):n0} MB");
        Assert.Equal(Payloads(mine), Payloads(its));
        Assert.True(a.Memory("VmHWM") < 250, $"The sender's memory rose to {a.Memory("VmHWM")} MB.");
    }

    /// <summary>What a node told that a peer, or null for whoever reads its output, was not given.</summary>
    private static long Skipped(NodeProcess node, string? peer) =>
        node.Of("lagged").Where(e => e.Peer == peer).Sum(e => e.Json!.Value.GetProperty("skipped").GetInt64());

    private static IEnumerable<string?> Payloads(System.Text.Json.JsonElement data) =>
        data.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("payload").GetString());
}
