using System.Diagnostics;

namespace FloodActors.Streams.Tests.JavaScript;

/// <summary>
/// Node.js and the packages of <c>tests/javascript</c>, installed as its lockfile says when they are not there yet.
/// </summary>
internal static class NodeJs
{
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>The folder with the scripts and their packages.</summary>
    public static Task<string> FolderAsync() => Installed.Value;

    private static async Task<string> InstallAsync()
    {
        var folder = Path.Combine(Repository(), "tests", "javascript");
        var version = (await RunAsync("node", ["--version"], folder)).Trim();
        if (!int.TryParse(version.TrimStart('v').Split('.')[0], out var major) || major < 20)
            throw new InvalidOperationException(
                $"The JavaScript peers need Node.js 20 or later on the PATH; 'node --version' says '{version}'.");
        // One test process installs, others that start at the same time wait for it.
        await using var gate = await GateAsync(Path.Combine(folder, ".install.lock"));
        if (!File.Exists(Path.Combine(folder, "node_modules", ".package-lock.json")))
            await RunAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund"], folder);
        return folder;
    }

    public static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FloodActors.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException(
            $"FloodActors.sln is in none of the folders above {AppContext.BaseDirectory}.");
    }

    private static async Task<FileStream> GateAsync(string path)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var left = 1200; ; left--)
        {
            try
            {
                return new FileStream(
                    path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (left > 0)
            {
                await timer.WaitForNextTickAsync();
            }
        }
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException(
                $"'{program}' is not on the PATH: install Node.js 20 or later, "
                + "which the JavaScript peers of these tests run on.",
                e);
        }
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode == 0) return await output;
            throw new InvalidOperationException(
                $"'{program} {string.Join(' ', arguments)}' in {folder} failed with "
                + $"{process.ExitCode}:\n{await output}\n{await errors}");
        }
    }
}
