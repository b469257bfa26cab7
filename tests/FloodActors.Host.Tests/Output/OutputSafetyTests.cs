using System.Diagnostics;
using System.Text;
using FloodActors.Host.Output;

namespace FloodActors.Host.Tests.Output;

/// <summary>What a peer sends, and how it calls itself, neither moves the cursor nor forges a line.</summary>
public sealed class OutputSafetyTests
{
    /// <summary>Names hold no control characters: a node refuses its own, and a peer's.</summary>
    private const string HostileName = "x\u2028* forged\u2029\u202Ey\u2066z";

    private const string Hostile = "x\u001b[2J\r\u2028* forged\u2029\u202Ey\u0085\u009b1mz";

    [Theory]
    [InlineData("INFO")]
    [InlineData("DEBUG")]
    public async Task Text_output_and_the_log_have_no_lines_and_no_sequences_of_a_strangers(string level)
    {
        using var config = new ConfigFile($"akka.loglevel = {level}");
        using var process = Process.Start(FloodProgram.Command(["run", "--name", "us", "--config", config.Path]))!;
        var output = process.StandardOutput;
        var error = process.StandardError.ReadToEndAsync();
        var listening = await output.ReadLineAsync();
        await using var stranger = await NodeProcess.Start(HostileName, "--peer", listening!.Split(' ')[3]);
        var connected = await output.ReadLineAsync();
        await stranger.Type(Hostile.Replace("\r", "", StringComparison.Ordinal));
        var message = await output.ReadLineAsync();
        await stranger.Type("/quit");
        Assert.Equal(0, await stranger.Ended());
        var disconnected = await output.ReadLineAsync();
        await process.StandardInput.WriteLineAsync("/quit");
        var rest = await output.ReadToEndAsync();

        Assert.StartsWith("* connected with x\uFFFD* forged", connected, StringComparison.Ordinal);
        Assert.Contains("> x\uFFFD[2J\uFFFD* forged\uFFFD\uFFFDy", message, StringComparison.Ordinal);
        Assert.StartsWith("* disconnected from x\uFFFD", disconnected, StringComparison.Ordinal);
        foreach (var line in $"{connected}\n{message}\n{disconnected}\n{rest}\n{await error}".Split('\n'))
        {
            Assert.DoesNotContain(line.EnumerateRunes(), Printable.IsUnsafe);
            Assert.False(line.StartsWith("forged", StringComparison.Ordinal), line);
        }
        Assert.Contains("Connected with x\uFFFD", await error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task JSON_output_is_one_line_an_event_without_such_characters_and_says_the_same()
    {
        using var process = Process.Start(FloodProgram.Command(["run", "--json"]))!;
        var listening = NodeEvent.Parse((await process.StandardOutput.ReadLineAsync())!);
        await using var stranger = await NodeProcess.Start(
            HostileName, "--peer", listening.Json!.Value.GetProperty("address").GetString()!);
        var connected = (await process.StandardOutput.ReadLineAsync())!;
        var text = Hostile.Replace("\r", "", StringComparison.Ordinal);
        await stranger.Type(text);
        var message = (await process.StandardOutput.ReadLineAsync())!;
        process.Kill();
        Assert.Equal(HostileName, NodeEvent.Parse(connected).Peer);
        Assert.Equal(text, NodeEvent.Parse(message).Text);
        Assert.True(Ascii.IsValid(connected + message));
        Assert.DoesNotContain((connected + message).EnumerateRunes(), Printable.IsUnsafe);
    }
}
