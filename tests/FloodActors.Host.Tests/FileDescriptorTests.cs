using System.Diagnostics;

namespace FloodActors.Host.Tests;

public sealed class FileDescriptorTests
{
    [Theory]
    [InlineData(771, 256, "with flood.max-peers = 256 a node may need 772 (260, and 2 for each peer)")]
    [InlineData(771, 256, "lower flood.max-peers to 255.")]
    [InlineData(772, 256, null)]
    [InlineData(ulong.MaxValue, 65_535, null)]
    public void A_limit_that_is_too_low_for_all_peers_is_told_with_what_is_needed(ulong limit, int maxPeers,
        string? expected)
    {
        var warning = FileDescriptors.Warning(limit, maxPeers);
        if (expected is null) Assert.Null(warning);
        else Assert.Contains(expected, warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Below_what_a_node_needs_it_does_not_start_and_says_so()
    {
        var (exitCode, error) = await RunWithLimit(FileDescriptors.Base - 1, "run");
        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.Contains(
            "this process may have 259 files open; a node needs 260", Assert.Single(error.TrimEnd().Split('\n')));
    }

    [Fact]
    public async Task A_node_without_peers_runs_with_what_it_says_it_needs_and_warns()
    {
        var (exitCode, error) = await RunWithLimit(FileDescriptors.Base, "run", "--http", "127.0.0.1:0");
        Assert.Equal(ExitCodes.Done, exitCode);
        Assert.Contains(
            "this process may have 260 files open; with flood.max-peers = 256",
            Assert.Single(error.TrimEnd().Split('\n')));
    }

    private static async Task<(int ExitCode, string Error)> RunWithLimit(int limit, params string[] arguments)
    {
        var command = FloodProgram.Command(arguments);
        string[] shell = ["-c", $"ulimit -n {limit} && exec \"$@\"", "sh", command.FileName, .. command.ArgumentList];
        var start = new ProcessStartInfo("sh", shell)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.WriteLineAsync("/quit");
        await process.WaitForExitAsync();
        await output;
        return (process.ExitCode, await error);
    }
}
