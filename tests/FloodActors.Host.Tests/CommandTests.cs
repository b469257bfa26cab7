namespace FloodActors.Host.Tests;

public sealed class CommandTests
{
    [Fact]
    public async Task Each_line_is_appended_and_each_command_answered_by_the_events_that_scripts_read()
    {
        await using var a = await NodeProcess.Start("a", "--capacity", "2");
        await using var b = await NodeProcess.Start("b");
        await a.Ask($"/connect {b.Address}", "connected");
        await b.Connected("a");

        Assert.True((await a.Ask("grüße", "appended")).GetProperty("new").GetBoolean());
        Assert.False((await a.Ask("grüße", "appended")).GetProperty("new").GetBoolean());
        Assert.Equal("/x", (await a.Ask("//x", "appended")).GetProperty("payload").GetString());
        Assert.Equal("", (await a.Ask("", "appended")).GetProperty("payload").GetString());
        await a.Until("the first is dropped", () => a.Count("dropped") == 1);
        Assert.Equal("grüße", a.Of("dropped").Single().Text);

        await b.Until("all are there", () => b.Count("message") == 3);
        Assert.Equal(["grüße", "/x", ""], b.Received);
        var message = b.Of("message").First().Json!.Value;
        Assert.Equal(("a", 1), (message.GetProperty("peer").GetString(), message.GetProperty("hops").GetInt32()));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$", message.GetProperty("time").GetString());

        var data = (await a.Ask("/data", "data")).GetProperty("messages");
        Assert.Equal(["/x", ""], data.EnumerateArray().Select(m => m.GetProperty("payload").GetString()));
        var peer = Assert.Single((await a.Ask("/peers", "peers")).GetProperty("peers").EnumerateArray());
        Assert.Equal(("b", b.Address, true), (peer.GetProperty("peer").GetString(),
            peer.GetProperty("address").GetString(), peer.GetProperty("connected").GetBoolean()));
        var stats = await a.Ask("/stats", "stats");
        Assert.Equal((3, 1, 3), (stats.GetProperty("appended").GetInt32(),
            stats.GetProperty("appendedAgain").GetInt32(), stats.GetProperty("forwarded").GetInt32()));

        await a.Type("/disconnect b");
        await a.Disconnected("b");
        await b.Disconnected("a");
        await a.Type("/quit");
        Assert.Equal(0, await a.Ended());
        Assert.Equal("", a.Errors);
    }

    [Fact]
    public async Task A_line_that_is_no_UTF8_is_reported_and_the_next_is_appended()
    {
        await using var a = await NodeProcess.Start("a");
        await a.Type((byte[])[0xFF, .. "\nwindows\r\nlast"u8]);
        a.EndInput();
        await a.Until("the others are appended", () => a.Count("appended") == 2);
        Assert.Equal("Line 1 is not valid UTF-8.", a.Of("rejected").Single().Reason);
        Assert.Equal(["windows", "last"], a.Of("appended").Select(e => e.Text));
        await a.Signal(IsInterruptIgnored ? "TERM" : "INT");
        Assert.Equal(0, await a.Ended());
    }

    /// <summary>
    /// Started in the background by a shell without job control, this process and all its children ignore it, as they
    /// should.
    /// </summary>
    private static bool IsInterruptIgnored =>
        (Convert.ToUInt64(File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim(), 16) & 2) != 0;

    [Fact]
    public async Task A_second_node_with_the_same_name_is_refused_and_both_sides_are_told_why()
    {
        await using var hub = await NodeProcess.Start("hub");
        await using var first = await NodeProcess.Start("twin", "--peer", hub.Address);
        await hub.Connected("twin");
        await using var second = await NodeProcess.Start("twin", "--peer", hub.Address);
        await second.Until("it is told", () => second.Count("refused") == 1);
        Assert.Contains("the peer id 'twin' is taken", second.Of("refused").Single().Reason, StringComparison.Ordinal);
        Assert.Equal(1, hub.Count("connected"));
    }
}
