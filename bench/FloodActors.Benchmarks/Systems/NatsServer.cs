using System.Diagnostics;
using System.Text.Json;

namespace FloodActors.Benchmarks.Systems;

/// <summary>A NATS server of the machine's own package, on a port of its choice. Disposing ends it.</summary>
internal sealed class NatsServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;

    private NatsServer(Process process, DirectoryInfo folder, string url) =>
        (Process, _folder, Url) = (process, folder, url);

    public Process Process { get; }

    public string Url { get; }

    /// <summary>Where the program is; null when it is not installed.</summary>
    public static string? Program() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, "nats-server")).FirstOrDefault(File.Exists);

    /// <exception cref="TimeoutException">It does not say where it listens.</exception>
    public static async Task<NatsServer> Start()
    {
        var folder = Directory.CreateTempSubdirectory("nats-");
        var start = new ProcessStartInfo(
            Program() ?? throw new InvalidOperationException("nats-server is not installed"),
            ["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder.FullName, "-l", "/dev/null"]);
        var process = Process.Start(start)!;
        for (var i = 0; i < 100; i++)
        {
            if (Url(folder) is { } url) return new NatsServer(process, folder, url);
            await Task.Delay(100);
        }
        process.Kill();
        throw new TimeoutException("nats-server does not listen");

        static string? Url(DirectoryInfo folder)
        {
            // Seen while it is still being written, the file has no end.
            var text = folder.EnumerateFiles("*.ports").Select(file => File.ReadAllText(file.FullName))
                .FirstOrDefault();
            if (text is null || !text.TrimEnd().EndsWith('}')) return null;
            using var ports = JsonDocument.Parse(text);
            return ports.RootElement.GetProperty("nats")[0].GetString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited) Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
        _folder.Delete(recursive: true);
    }
}
