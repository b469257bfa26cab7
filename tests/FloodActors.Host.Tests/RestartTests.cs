namespace FloodActors.Host.Tests;

public sealed class RestartTests
{
    [Fact]
    public async Task A_node_that_is_dialled_and_restarts_is_linked_again_by_whoever_dialled_it()
    {
        var port = FreePort.Next();
        await using var a = await NodeProcess.Start("a", "--peer", $"127.0.0.1:{port}");
        await a.Until("it says that nobody answers", () => a.Count("unreachable") == 1);
        var unreachable = a.Of("unreachable").Single().Json!.Value;
        Assert.Equal($"127.0.0.1:{port}", unreachable.GetProperty("address").GetString());
        Assert.Contains("refused", unreachable.GetProperty("hint").GetString(), StringComparison.OrdinalIgnoreCase);
        await using (var b = await NodeProcess.Start("b", "--port", $"{port}"))
        {
            await a.Connected("b");
            await b.Signal("KILL");
            await b.Ended();
        }
        await using var again = await NodeProcess.Start("b", "--port", $"{port}");
        await a.Connected("b", times: 2);
        await a.Type("hello");
        await again.Until("the message is there", () => again.Count("message") == 1);
    }

    [Fact]
    public async Task A_node_that_is_told_to_end_gives_its_last_messages_and_says_goodbye()
    {
        await using var a = await NodeProcess.Start("a");
        await using var b = await NodeProcess.Start("b", "--peer", a.Address);
        await a.Connected("b");
        await b.Type("last words");
        await b.Until("it is appended", () => b.Count("appended") == 1);
        await b.Signal("TERM");
        Assert.Equal(0, await b.Ended());
        await a.Disconnected("b");
        Assert.Equal("b left the flood", a.Of("disconnected").Single().Reason);
        Assert.Equal(["last words"], a.Received);
    }
}
