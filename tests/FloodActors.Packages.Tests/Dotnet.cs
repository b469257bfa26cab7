using System.Diagnostics;
using System.Text;

namespace FloodActors.Packages.Tests;

/// <summary>Runs <c>dotnet</c>, or a program, as a user would.</summary>
internal static class Dotnet
{
    /// <summary>Ends a program that hangs, so that a test fails instead of never ending.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs a command that must succeed.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(
        string folder, string packageCache, string program, params string[] arguments)
    {
        var (exitCode, output) = await TryRunAsync(folder, packageCache, program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>Runs a command that may fail.</summary>
    /// <returns>Its exit code and what it printed.</returns>
    public static async Task<(int ExitCode, string Output)> TryRunAsync(
        string folder, string packageCache, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // What the test runner's own MSBuild has set is not for another one.
        foreach (var name in start.Environment.Keys.Where(
            name => name.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["NUGET_PACKAGES"] = packageCache;
        // Neither may outlive the command: both would hold on to its output and its folder.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = new StringBuilder();
        process.OutputDataReceived += Collect;
        process.ErrorDataReceived += Collect;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end within {s_patience}:\n{output}");
        }
        return (process.ExitCode, output.ToString());

        void Collect(object _, DataReceivedEventArgs line)
        {
            lock (output) output.AppendLine(line.Data);
        }
    }
}
