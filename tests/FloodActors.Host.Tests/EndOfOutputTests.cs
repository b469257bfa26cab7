using System.Diagnostics;

namespace FloodActors.Host.Tests;

/// <summary>What becomes of the program when nobody takes its output.</summary>
public sealed class EndOfOutputTests
{
    [Theory]
    [InlineData("run --json")]
    [InlineData("run")]
    public async Task A_node_whose_reader_goes_away_ends_even_when_nothing_happens(string arguments)
    {
        using var process = Process.Start(FloodProgram.Command(arguments.Split(' ')))!;
        var first = await process.StandardOutput.ReadLineAsync();
        Assert.Contains("listening", first, StringComparison.Ordinal);
        process.StandardOutput.Close();
        Assert.Equal(ExitCodes.ReaderGone, await Ended(process));
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
    }

    [Theory]
    [InlineData("run", ">/dev/full", ExitCodes.Failed, "standard output cannot be written: No space left on device")]
    [InlineData("run --json", ">/dev/full", ExitCodes.Failed,
        "standard output cannot be written: No space left on device")]
    [InlineData("--help", ">/dev/full", ExitCodes.Failed, "standard output cannot be written: No space left on device")]
    [InlineData("simulate --nodes 10", ">/dev/full", ExitCodes.Failed,
        "standard output cannot be written: No space left on device")]
    [InlineData("demo --nodes 1 --messages 1", ">/dev/full", ExitCodes.Failed,
        "standard output cannot be written: No space left on device")]
    [InlineData("run", ">&-", ExitCodes.Usage, "standard output is closed")]
    [InlineData("run --json", ">&-", ExitCodes.Usage, "standard output is closed")]
    [InlineData("--version", ">&-", ExitCodes.Failed, "standard output cannot be written")]
    public async Task Output_that_cannot_be_written_is_one_line_and_no_success(string arguments, string redirection,
        int exitCode, string expected)
    {
        using var process = Shell($"exec \"$@\" {redirection}", arguments.Split(' '));
        process.StandardInput.Close();
        Assert.Equal(exitCode, await Ended(process));
        var error = await process.StandardError.ReadToEndAsync();
        Assert.Contains(expected, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<&-", "")]
    [InlineData("</", "standard input cannot be read")]
    public async Task A_node_without_an_input_goes_on(string redirection, string expected)
    {
        await using var hub = await NodeProcess.Start("hub");
        using var process = Shell(
            $"exec \"$@\" {redirection} >/dev/null", ["run", "--name", "mute", "--peer", hub.Address]);
        await hub.Connected("mute");
        await Signal(process, "TERM");
        Assert.Equal(ExitCodes.Done, await Ended(process));
        Assert.Contains(expected, await process.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_output_and_error_can_share_a_file()
    {
        var path = Path.GetTempFileName();
        try
        {
            using var process = Shell(
                $"exec \"$@\" >{path} 2>&1",
                ["run", "--peer", $"127.0.0.1:{FreePort.Next()}", "--config", "hocon/one-node.conf", "--port", "0"]);
            await process.StandardInput.WriteLineAsync("a line\n/stats\n/quit");
            Assert.Equal(ExitCodes.Done, await Ended(process));
            var lines = await File.ReadAllLinesAsync(path);
            Assert.StartsWith("* listening on ", lines[0], StringComparison.Ordinal);
            Assert.Contains(lines, line => line.Contains("| appended ", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_signal_ends_a_node_whose_output_nobody_reads()
    {
        using var process = Process.Start(FloodProgram.Command(["run", "--json"]))!;
        // Its first line says that it runs; nothing after that is read.
        Assert.Contains("listening", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        // More than a pipe and the node's own buffer hold. The writing ends when the node does.
        var line = new string('x', 100_000);
        var typing = Task.Run(() =>
        {
            try
            {
                for (var i = 0; i < 200; i++) process.StandardInput.WriteLine($"{i} {line}");
            }
            catch (IOException)
            {
                // It has ended.
            }
        });
        var seen = 0L;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        // Its output is stuck when it does nothing any more.
        for (var still = 0; still < 5; await timer.WaitForNextTickAsync())
        {
            process.Refresh();
            var used = process.TotalProcessorTime.Ticks / TimeSpan.TicksPerMillisecond / 50;
            still = used == seen && used > 0 ? still + 1 : 0;
            seen = used;
        }
        await Signal(process, "TERM");
        Assert.Equal(ExitCodes.Done, await Ended(process));
        await typing;
    }

    [Fact]
    public async Task A_signal_ends_a_node_that_is_still_starting()
    {
        // A file that never comes to its end: the start waits in the midst of it.
        var directory = Directory.CreateTempSubdirectory("flood-");
        try
        {
            var pipe = Path.Combine(directory.FullName, "endless.conf");
            using (var make = Process.Start("mkfifo", [pipe])) await make.WaitForExitAsync();
            using var process = Process.Start(FloodProgram.Command(["run", "--config", pipe]))!;
            // Opening for writing answers when the other side has opened for reading.
            await using var writer = await Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write));
            await Signal(process, "TERM");
            Assert.Equal(128 + 15, await Ended(process));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static Process Shell(string script, string[] arguments)
    {
        var command = FloodProgram.Command(arguments);
        var start = new ProcessStartInfo("sh", ["-c", script, "sh", command.FileName, .. command.ArgumentList])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        return Process.Start(start)!;
    }

    private static async Task Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static async Task<int> Ended(Process process)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("It does not end.");
        }
        return process.ExitCode;
    }
}
